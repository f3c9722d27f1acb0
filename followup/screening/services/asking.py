"""Questions about patients that leave a row in the trail: a preview with names, an explanation, a recommendation."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from access.actor import Actor
from access.functions import Function
from followup.programmes.criteria import parse_criteria
from followup.programmes.criteria.texts import escape_pointer, mask_unstorable
from followup.programmes.rules import EXCLUSION_DEFAULTS
from followup.programmes.selectors import list_local_institutions
from followup.screening import selectors
from followup.screening.cohort import CohortQuery
from kernel import clock
from kernel.errors import InvalidInput
from organization.selectors import is_institution
from trail.services import record

MAX_PREVIEW_DAYS = 1100


def preview(
    *,
    actor: Actor,
    criteria: Mapping[str, Any],
    exclusions: Mapping[str, bool],
    first: date,
    last: date,
    institution_id: int | None = None,
    programme_id: int | None = None,
    limit: int = 20,
    with_conditions: bool = False,
) -> dict[str, Any]:
    """How many discharges of the period meet the criteria; who, for those who may see names (masked).

    Of a programme's county line (`programme_id` without `institution_id`) without the institutions that run a line of
    their own. Raises InvalidInput for faulty criteria, an unknown exclusion or institution, or a period that is
    reversed or longer than three years.
    """
    parse_criteria(criteria)
    _check_exclusions(exclusions)
    if institution_id is not None and not is_institution(institution_id):
        raise InvalidInput.at("/institution_id", "unknown_institution", "没有这个机构，请从机构列表中选择")
    if first > last:
        raise InvalidInput.at(
            "/period_to", "reversed_range", f"结束日期早于开始日期 {first:%Y-%m-%d}，请对调"
        )
    if (last - first).days > MAX_PREVIEW_DAYS:
        raise InvalidInput.at("/period_from", "range_too_wide", "一次最多预览三年，请缩短时间范围")
    query = CohortQuery(
        criteria=criteria,
        first=first,
        last=last,
        excluded_flags=tuple(sorted(flag for flag, is_on in exclusions.items() if is_on)),
        institution_id=institution_id,
        excluded_institution_ids=list_local_institutions(programme_id=programme_id)
        if programme_id is not None and institution_id is None
        else (),
    )
    counts = selectors.count_cohort(query, programme_id=programme_id)
    items = None
    if limit and actor.can(Function.SCREENING_PREVIEW_NAMES):
        items = selectors.list_cohort(query, limit=limit, today=clock.today())
        if items:
            record(
                actor_id=actor.id or None, actor_name=actor.name, action="screening.preview.named",
                object_type="screening_preview", object_id=0, patients=[row["patient"]["id"] for row in items],
            )  # fmt: skip
    conditions = selectors.list_conditions(query) if with_conditions else None
    return {**counts, "items": items, "conditions": conditions}


def _check_exclusions(exclusions: Mapping[str, bool]) -> None:
    for name in exclusions:
        if name not in EXCLUSION_DEFAULTS:
            raise InvalidInput.at(
                f"/exclusions/{escape_pointer(name)}", "unknown_key",
                f"不认识的排除开关 {mask_unstorable(name)}；可用：{'、'.join(EXCLUSION_DEFAULTS)}",
            )  # fmt: skip


def explain(
    *,
    actor: Actor,
    encounter_id: int | None = None,
    patient_id: int | None = None,
    inpatient_no: str | None = None,
) -> list[dict[str, Any]]:
    """selectors.explain, and the trail row of having looked. Raises NotFound."""
    rows = selectors.explain(
        actor=actor, encounter_id=encounter_id, patient_id=patient_id, inpatient_no=inpatient_no
    )
    for row in rows:
        record(
            actor_id=actor.id or None, actor_name=actor.name, action="screening.encounter.explained",
            object_type="encounter", object_id=int(row["encounter"]["id"]),
        )  # fmt: skip
    return rows


def recommend(*, actor: Actor, patient_id: int) -> list[dict[str, Any]]:
    """selectors.recommend, and the trail row. Raises NotFound."""
    rows = selectors.recommend(actor=actor, patient_id=patient_id)
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="screening.patient.recommended",
        object_type="patient", object_id=patient_id,
    )  # fmt: skip
    return rows
