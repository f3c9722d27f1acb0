"""Programmes for tests: a document's version with its steps, active from the start."""

from datetime import date
from typing import Any

from followup.programmes.criteria import describe
from followup.programmes.library import compute_digest
from followup.programmes.models import Programme, ProgrammeStep, ProgrammeVersion
from followup.programmes.rules import normalise_document
from kernel import clock

INPATIENT = {"field": "patient_kind", "op": "eq", "value": "inpatient"}
STEPS: list[dict[str, Any]] = [
    {"code": "d3", "name": "三天电话", "day": 3, "window": [-1, 2], "channel": ["T"], "owner": "hospital"},
    {"code": "d14", "name": "两周微信", "day": 14, "window": [-2, 3], "channel": ["W", "T"], "owner": "community"},
    {"code": "op30", "name": "术后一月", "anchor": "operation", "day": 30, "window": [-5, 7], "channel": ["V"],
     "owner": "centre"},
]  # fmt: skip


def make_programme(
    key: str, criteria: dict[str, Any], *, steps: list[dict[str, Any]] | None = None,
    starts_on: date = date(2020, 1, 1), activate: bool = True, institution_id: int | None = None, **document: Any,
) -> ProgrammeVersion:  # fmt: skip
    """The next version of the programme, which retires the line's active one; the same content again changes nothing.

    Forms are left out: screening only hands their ids on.
    """
    whole = normalise_document(
        {
            "key": key,
            "name": f"路径{key}",
            "kind": "specialty",
            "criteria": criteria,
            "steps": steps or STEPS,
            **document,
        }
    )
    programme, _ = Programme.objects.get_or_create(
        key=key, defaults={"name": whole["name"], "kind": whole["kind"]}
    )
    digest = compute_digest(whole)
    latest = programme.versions.order_by("-version").first()
    if latest is not None and (latest.digest, latest.institution_id) == (digest, institution_id):
        return latest
    line = programme.versions.filter(institution_id=institution_id)
    if activate:
        line.filter(state="active").update(state="retired")
    version = ProgrammeVersion.objects.create(
        programme=programme, version=latest.version + 1 if latest else 1, institution_id=institution_id,
        state="active" if activate else "draft", document=whole, criteria=criteria,
        criteria_text=describe(criteria), exclusions=whole["exclusions"], merge=whole["merge"],
        on_readmission=whole["on_readmission"], stop_rules=whole["stop"], digest=digest, starts_on=starts_on,
        created_at=clock.now(), activated_at=clock.now() if activate else None,
    )  # fmt: skip
    ProgrammeStep.objects.bulk_create(
        _make_step(version, seq, step) for seq, step in enumerate(whole["steps"], start=1)
    )
    return version


def _make_step(version: ProgrammeVersion, seq: int, step: dict[str, Any]) -> ProgrammeStep:
    repeat = step["repeat"] or {}
    return ProgrammeStep(
        version=version, seq=seq, code=step["code"], name=step["name"], kind=step["kind"], text=step["text"],
        anchor=step["anchor"], day=step["day"], window_before=-step["window"][0], window_after=step["window"][1],
        repeat_every=repeat.get("every"), repeat_times=repeat.get("times"), repeat_until=repeat.get("until"),
        revisit=step.get("revisit"),
        channels=step["channel"], owner=step["owner"], owner_staff_no=step["staff_no"], education=step["education"],
    )  # fmt: skip
