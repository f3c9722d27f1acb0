"""Programmes for tests, made by the programmes room's own services."""

from datetime import date
from typing import Any

from access.actor import SYSTEM
from followup.programmes.models import ProgrammeVersion
from followup.programmes.services import activate_version, save_version, sign_version

INPATIENT = {"field": "patient_kind", "op": "eq", "value": "inpatient"}
STEPS: list[dict[str, Any]] = [
    {"code": "d3", "name": "三天电话", "day": 3, "window": [-1, 2], "channel": ["T"], "owner": "hospital"},
    {"code": "d14", "name": "两周微信", "day": 14, "window": [-2, 3], "channel": ["W", "T"], "owner": "community"},
    {"code": "op30", "name": "术后一月", "anchor": "operation", "day": 30, "window": [-5, 7], "channel": ["V"],
     "owner": "centre"},
]  # fmt: skip


def make_programme(
    key: str, criteria: dict[str, Any], *, steps: list[dict[str, Any]] | None = None,
    starts_on: date = date(2020, 1, 1), activate: bool = True,
) -> ProgrammeVersion:  # fmt: skip
    document = {
        "key": key,
        "name": f"路径{key}",
        "kind": "specialty",
        "criteria": criteria,
        "steps": steps or STEPS,
    }
    version = save_version(actor=SYSTEM, document=document, starts_on=starts_on)
    if activate and version.state == "draft":
        sign_version(actor=SYSTEM, version_id=version.pk, signer_name="王主任")
        activate_version(actor=SYSTEM, version_id=version.pk)
    return version
