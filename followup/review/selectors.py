"""Reads of the review. The original record stays hidden until the reviewer's own answers are saved."""

from typing import Any

import orjson
from django.db import connection
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from access.actor import Actor
from followup.questionnaires.selectors import get_version
from followup.review.enums import ItemState
from followup.review.models import SampleDraw, SampleItem
from followup.review.policy import can_review, visible_to
from followup.review.rules import compute_age
from followup.worklist.selectors import list_recordings
from kernel import clock
from kernel.errors import NotFound

_DRAW = (
    "id", "tier", "department_names", "period_from", "period_to", "stratify", "size", "population", "seed",
    "drawn_by_name", "drawn_at",
)  # fmt: skip
_ITEM = (
    "id", "draw_id", "task_id", "state", "answers", "answered_at", "scores", "instant_fail", "total", "finding",
    "rectification_due_on", "scored_at", "scored_by_name", "department_id", "institution_id", "form_version_id",
)  # fmt: skip
# Nothing here tells how the original turned out: the reviewer calls first.
_JOINED = {
    "tier": F("draw__tier"),
    "drawn_by_id": F("draw__drawn_by_id"),
    "patient_id": F("task__patient_id"),
    "name_masked": F("task__patient__name_masked"),
    "sex": F("task__patient__sex"),
    "birth_date": F("task__patient__birth_date"),
    "programme_name": F("task__programme__name"),
    "step_name": F("task__step__name"),
    "department_name": F("department__name"),
    "ward_name": F("task__ward__name"),
    "done_by_name": F("task__closed_by_name"),
    "done_on": F("task__closed_on"),
    "diagnosis": F("task__encounter__main_diagnosis"),
    "discharged_on": F("task__encounter__discharged_on"),
}


def draw_rows(actor: Actor) -> QuerySet[SampleDraw, dict[str, Any]]:
    """Draws in sight, each with how far its visible items have come; for slice_page and draw_of."""
    counts = (
        visible_to(actor, SampleItem.objects.filter(draw=OuterRef("pk")))
        .order_by()
        .values("draw")
        .annotate(
            all=Count("pk"),
            pending=Count("pk", filter=Q(state=ItemState.PENDING)),
            scored=Count("pk", filter=Q(state=ItemState.SCORED)),
            rectification=Count("pk", filter=Q(state=ItemState.RECTIFICATION)),
        )
        .values(
            counts=JSONObject(items="all", pending="pending", scored="scored", rectification="rectification")
        )
    )
    return visible_to(actor, SampleDraw.objects.all()).values(*_DRAW, counts=Subquery(counts))


def draw_of(row: dict[str, Any]) -> dict[str, Any]:
    # The seed is wider than a JavaScript number.
    return {**row, "id": str(row["id"]), "seed": str(row["seed"])}


def get_draw(actor: Actor, draw_id: int) -> dict[str, Any]:
    """A draw with its items in the order of the draw. Raises NotFound."""
    row = draw_rows(actor).filter(pk=draw_id).first()
    if row is None:
        raise NotFound()
    today = clock.today()
    items = (
        visible_to(actor, SampleItem.objects.filter(draw_id=draw_id)).order_by("pk").values(*_ITEM, **_JOINED)
    )
    return {**draw_of(row), "items": [_item_of(item, actor, today) for item in items]}


def get_item(actor: Actor, item_id: int) -> dict[str, Any]:
    """The item with the reviewer's form; what the clinician recorded only once the own answers are saved.

    Raises NotFound.
    """
    row = visible_to(actor, SampleItem.objects.filter(pk=item_id)).values(*_ITEM, **_JOINED).first()
    if row is None:
        raise NotFound()
    answered = row["answered_at"] is not None
    return {
        "item": _item_of(row, actor, clock.today()),
        "form": get_version(row["form_version_id"]).document,
        "original": _get_original(row["task_id"]) if answered else None,
        "recordings": list_recordings(actor, row["task_id"]) if answered else [],
    }


def _item_of(row: dict[str, Any], actor: Actor, today: Any) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "draw_id": str(row["draw_id"]),
        "task_id": str(row["task_id"]),
        "tier": row["tier"],
        "state": row["state"],
        "patient": {
            "id": str(row["patient_id"]),
            "name_masked": row["name_masked"],
            "sex": row["sex"],
            "age": compute_age(row["birth_date"], today),
        },
        "programme_name": row["programme_name"],
        "step_name": row["step_name"] or "",
        "department_name": row["department_name"],
        "ward_name": row["ward_name"],
        "diagnosis": row["diagnosis"] or None,
        "discharged_on": row["discharged_on"],
        "done_by_name": row["done_by_name"],
        "done_on": row["done_on"],
        "answers": row["answers"],
        "answered_at": row["answered_at"],
        "scores": row["scores"] or None,
        "instant_fail": row["instant_fail"],
        "total": row["total"],
        "finding": row["finding"],
        "rectification_due_on": row["rectification_due_on"],
        "scored_at": row["scored_at"],
        "scored_by_name": row["scored_by_name"] or None,
        "can": {
            "review": row["state"] == ItemState.PENDING
            and can_review(
                actor,
                tier=row["tier"],
                drawn_by_id=row["drawn_by_id"],
                department_id=row["department_id"],
                institution_id=row["institution_id"],
            )
        },
    }


_ORIGINAL_SQL = """
SELECT t.state, t.level, t.channel, t.closed_at, t.closed_by_name,
       coalesce(nullif(s.conclusion, ''), t.conclusion) AS conclusion, t.late_reason,
       s.revision, s.at AS submitted_at, s.by_name AS submitted_by_name, coalesce(s.answers, t.answers) AS answers,
       coalesce(s.questionnaire_version_id, t.questionnaire_version_id) AS questionnaire_version_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('at', a.at, 'channel', a.channel, 'outcome', a.outcome,
                                                     'note', a.note, 'by_name', a.by_name) ORDER BY a.at, a.id), '[]')
          FROM worklist_taskattempt a WHERE a.task_id = t.id) AS attempts
  FROM worklist_task t
  LEFT JOIN LATERAL (SELECT * FROM worklist_submission s WHERE s.task_id = t.id ORDER BY s.revision DESC LIMIT 1) s
       ON true
 WHERE t.id = %s
"""


def _get_original(task_id: int) -> dict[str, Any]:
    """What tier 1 handed in last, how they tried, and how they concluded."""
    with connection.cursor() as cursor:
        cursor.execute(_ORIGINAL_SQL, [task_id])
        names = [column.name for column in cursor.description or ()]
        row: dict[str, Any] = dict(zip(names, cursor.fetchone(), strict=True))
    row["answers"], row["attempts"] = orjson.loads(row["answers"]), orjson.loads(row["attempts"])
    version_id = row.pop("questionnaire_version_id")
    return {
        **row,
        "level": row["level"] or None,
        "questionnaire": get_version(version_id).document if version_id is not None else None,
    }
