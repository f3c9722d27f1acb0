"""Drawing in the database: the population is counted and sampled where it lies, no task is walked in Python."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from followup.review.enums import Stratify

_STRATUM: Final = {
    Stratify.NONE: "0::bigint",
    Stratify.STAFF: "coalesce(t.closed_by_id, 0)",
    Stratify.WARD: "t.ward_id",
}
# Closed and answered, by the moment of the draw, and nothing that the reviewer did themselves.
_POPULATION: Final = """
  FROM worklist_task t
 WHERE t.state IN ('done', 'partial') AND t.department_id = ANY(%(departments)s)
   AND t.closed_on BETWEEN %(period_from)s AND %(period_to)s AND t.closed_at <= %(moment)s
   AND t.closed_by_id IS DISTINCT FROM %(reviewer)s
   AND NOT EXISTS (SELECT 1 FROM worklist_submission s WHERE s.task_id = t.id AND s.by_id = %(reviewer)s)
   AND NOT EXISTS (SELECT 1 FROM worklist_taskattempt a WHERE a.task_id = t.id AND a.by_id = %(reviewer)s)
"""


@dataclass(frozen=True, slots=True)
class Population:
    department_ids: tuple[int, ...]
    period_from: date
    period_to: date
    moment: datetime
    reviewer_id: int
    stratify: Stratify

    def parameters(self) -> dict[str, Any]:
        return {
            "departments": list(self.department_ids),
            "period_from": self.period_from,
            "period_to": self.period_to,
            "moment": self.moment,
            "reviewer": self.reviewer_id,
        }


def count_strata(population: Population) -> dict[int, int]:
    """Stratum key → number of tasks; empty strata are not there."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_STRATUM[population.stratify]} AS stratum, count(*) {_POPULATION} GROUP BY 1",
            population.parameters(),
        )
        return dict(cursor.fetchall())


def insert_sample(
    population: Population, *, draw_id: int, seed: int, parts: dict[int, int], form_version_id: int
) -> int:
    """Put down `parts[stratum]` tasks of each stratum, in the order of md5(seed:task id); returns how many.

    The order depends on nothing else, so the same seed over the same population draws the same tasks.
    """
    statement = f"""
        INSERT INTO review_sampleitem (draw_id, task_id, department_id, institution_id, form_version_id, state,
                                       answers, scores, instant_fail, finding, scored_by_name)
        SELECT %(draw)s, r.id, r.department_id, r.institution_id, %(form)s, 'pending', '{{}}', '{{}}', '[]', '', ''
          FROM (SELECT t.id, t.department_id, t.institution_id, {_STRATUM[population.stratify]} AS stratum,
                       row_number() OVER (PARTITION BY {_STRATUM[population.stratify]}
                                          ORDER BY md5(%(seed)s::text || ':' || t.id::text), t.id) AS place
                {_POPULATION}) r
          JOIN unnest(%(strata)s::bigint[], %(parts)s::int[]) AS p (stratum, part) USING (stratum)
         WHERE r.place <= p.part
         ORDER BY md5(%(seed)s::text || ':' || r.id::text), r.id
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                **population.parameters(),
                "draw": draw_id,
                "seed": seed,
                "strata": list(parts),
                "parts": list(parts.values()),
                "form": form_version_id,
            },
        )
        return int(cursor.rowcount)
