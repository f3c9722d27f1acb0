"""A plan of a document that nobody has saved yet: what the capacity rehearsal runs on."""

from typing import Any

from followup.programmes.contracts import StepPlan, VersionPlan
from followup.programmes.criteria import describe
from followup.programmes.rules import find_document_faults, normalise_document
from followup.programmes.selectors.versions import list_local_institutions
from kernel import clock
from kernel.errors import FieldError, InvalidInput


def plan_document(document: object, *, institution_id: int | None = None) -> VersionPlan:
    """Sources, forms and cards are not looked up: only days, owners and criteria count. Raises InvalidInput with
    every fault, pointers below /document.
    """
    faults = find_document_faults(document, is_complete=False)
    if faults or not isinstance(document, dict):
        raise InvalidInput(
            "随访路径有误",
            errors=[FieldError(f"/document{f.pointer}", f.code, f"{f.message}；{f.cure}") for f in faults],
        )
    whole = normalise_document(document)
    return VersionPlan(
        id=0,
        programme_id=0,
        key=whole["key"],
        name=whole["name"],
        version=0,
        criteria=whole["criteria"],
        criteria_text=tuple(describe(whole["criteria"])),
        starts_on=clock.today(),
        steps=tuple(_plan_step(n, step) for n, step in enumerate(whole["steps"], start=1)),
        excluded_flags=tuple(sorted(flag for flag, is_on in whole["exclusions"].items() if is_on)),
        institution_id=institution_id,
        excluded_institution_ids=list_local_institutions(key=whole["key"]) if institution_id is None else (),
        merge=whole["merge"],
        kind=whole["kind"],
    )


def _plan_step(seq: int, step: dict[str, Any]) -> StepPlan:
    repeat = step["repeat"] or {}
    return StepPlan(
        id=0,
        seq=seq,
        code=step["code"],
        name=step["name"],
        anchor=step["anchor"],
        day=step["day"],
        window_before=-step["window"][0],
        window_after=step["window"][1],
        channel=step["channel"][0],
        owner=step["owner"],
        questionnaire_version_id=None,
        kind=step["kind"],
        text=step["text"],
        repeat_every=repeat.get("every"),
        repeat_times=repeat.get("times"),
        repeat_until=repeat.get("until"),
        owner_staff_no=step["staff_no"],
        education=tuple(step["education"]),
    )
