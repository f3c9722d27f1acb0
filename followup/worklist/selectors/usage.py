"""Which questions and options of a form have ever been answered: an editor may not take those away."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from followup.worklist.models import Submission

_CHOICES = frozenset({"single", "multiple"})
# Only options are read: what people wrote is nobody's business here.
_USED = """
WITH given AS (
  SELECT answers FROM worklist_submission WHERE questionnaire_version_id = ANY(%(versions)s::bigint[])),
one AS (
  SELECT a.key, a.value FROM given CROSS JOIN jsonb_each(given.answers) a
   UNION ALL
  SELECT a.key, a.value
    FROM given
   CROSS JOIN jsonb_each(given.answers) g
   CROSS JOIN jsonb_array_elements(CASE jsonb_typeof(g.value) WHEN 'array' THEN g.value ELSE '[]' END) row
   CROSS JOIN jsonb_each(CASE jsonb_typeof(row) WHEN 'object' THEN row ELSE '{}' END) a
   WHERE g.key = ANY(%(groups)s::text[]))
SELECT one.key, COALESCE(array_agg(DISTINCT v.value ORDER BY v.value) FILTER (WHERE v.value IS NOT NULL), '{}')
  FROM one
  LEFT JOIN jsonb_array_elements_text(
       CASE WHEN one.key <> ALL(%(choices)s::text[]) THEN '[]'
            WHEN jsonb_typeof(one.value) = 'array' THEN one.value ELSE jsonb_build_array(one.value) END) v ON true
 WHERE one.key = ANY(%(questions)s::text[])
 GROUP BY one.key
"""


def used_options(questionnaire_id: int) -> dict[str, list[str]]:
    """Link id of each question ever answered → the options handed in, sorted; [] for a question without options.

    Over all versions. Two queries.
    """
    versions = dict(
        Submission.objects.filter(questionnaire_version__questionnaire_id=questionnaire_id)
        .order_by()
        .values_list("questionnaire_version_id", "questionnaire_version__document")
        .distinct()
    )
    if not versions:
        return {}
    kinds: dict[str, set[str]] = {"questions": set(), "choices": set(), "groups": set()}
    for document in versions.values():
        _collect(document["items"], kinds)
    with connection.cursor() as cursor:
        cursor.execute(
            _USED, {"versions": list(versions), **{kind: sorted(keys) for kind, keys in kinds.items()}}
        )
        return dict(cursor.fetchall())


def _collect(items: Iterable[Mapping[str, Any]], kinds: Mapping[str, set[str]]) -> None:
    for item in items:
        if item["type"] == "group":
            if item.get("repeats"):
                kinds["groups"].add(item["link_id"])
            _collect(item["items"], kinds)
        elif item["type"] != "display":
            kinds["questions"].add(item["link_id"])
            if item["type"] in _CHOICES:
                kinds["choices"].add(item["link_id"])
