"""A valid document with its defaults written out and its keys in one order: what is stored, signed and compared."""

from collections.abc import Mapping
from typing import Any, Final

from followup.programmes.rules.words import STOP_ALIASES

EXCLUSION_DEFAULTS: Final[Mapping[str, bool]] = {
    "unreachable": True,
    "invalid_contact": True,
    "refused": True,
    "frequent_visits": False,
}


def normalise_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Idempotent; the document has no faults."""
    readmission = document.get("on_readmission") or "pause"
    if isinstance(readmission, str):
        readmission = {"same_diagnosis": readmission, "other": readmission}
    stop = [STOP_ALIASES.get(rule, rule) for rule in document.get("stop") or ()]
    return {
        "key": document["key"],
        "name": document["name"].strip(),
        "kind": document["kind"],
        "specialty": (document.get("specialty") or "").strip(),
        "source": list(document.get("source") or ()),
        "licence": document.get("licence") or "",
        "criteria": document["criteria"],
        "exclusions": {**EXCLUSION_DEFAULTS, **(document.get("exclusions") or {})},
        "merge": document.get("merge") or "none",
        "steps": [_normalise_step(step) for step in document["steps"]],
        "stop": list(dict.fromkeys(["death", *stop])),
        "on_readmission": readmission,
        "metrics": list(document.get("metrics") or ()),
    }


def _normalise_step(step: Mapping[str, Any]) -> dict[str, Any]:
    repeat, revisit = step.get("repeat"), step.get("revisit")
    return {
        "code": step["code"],
        "name": step["name"].strip(),
        "kind": step.get("kind") or "follow_up",
        "text": (step.get("text") or "").strip(),
        "anchor": step.get("anchor") or "discharge",
        "day": step["day"],
        "window": list(step.get("window") or (0, 0)),
        "repeat": None if repeat is None else dict(repeat),
        # Only where there is one: what was signed before steps could have it keeps its digest.
        **({} if revisit is None else {"revisit": _normalise_revisit(revisit)}),
        "channel": list(step["channel"]),
        "owner": step["owner"],
        "staff_no": step.get("staff_no") or "",
        "questionnaire": step.get("questionnaire"),
        "education": list(step.get("education") or ()),
    }


def _normalise_revisit(revisit: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "level": revisit["level"],
        "days": revisit["days"],
        "window": list(revisit.get("window") or (0, 0)),
    }
