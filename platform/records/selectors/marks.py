"""Flags, labels and registers of one patient."""

from collections.abc import Sequence
from typing import Any

from records.enums import PROPOSED_DEATH, FlagKind, FlagOrigin, FlagState, Register
from records.models import Label, PatientFlag, PatientLabel, RegisterEntry

_FLAG = (
    "id", "kind", "origin", "state", "reason", "evidence", "set_at", "set_by_name", "confirmed_at", "confirmed_by_name",
    "lifted_at", "lifted_by_name", "lift_reason",
)  # fmt: skip

_LABEL = ("id", "code", "name", "is_active", "version")


def flags_of(patient_id: int) -> dict[str, list[dict[str, Any]]]:
    """{current, history}: those in force or proposed, and those lifted or rejected; the newest first."""
    rows = PatientFlag.objects.filter(patient_id=patient_id).order_by("-set_at", "-id").values(*_FLAG)
    shown = [_show_flag(row) for row in rows]
    return {
        "current": [row for row in shown if row["lifted_at"] is None],
        "history": [row for row in shown if row["lifted_at"] is not None],
    }


def flag_row(flag_id: int) -> dict[str, Any]:
    return _show_flag(PatientFlag.objects.values(*_FLAG).get(pk=flag_id))


def kinds_in_force(patient_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Kinds of the flags in force, PROPOSED_DEATH for a death that is not confirmed, by patient; a patient without any
    is left out.
    """
    found: dict[int, set[str]] = {}
    rows = PatientFlag.objects.filter(patient_id__in=list(patient_ids), lifted_at=None)
    for patient_id, kind, state in rows.values_list("patient_id", "kind", "state"):
        found.setdefault(patient_id, set()).add(PROPOSED_DEATH if state == FlagState.PROPOSED else kind)
    return {patient_id: frozenset(kinds) for patient_id, kinds in found.items()}


def list_labels() -> list[dict[str, Any]]:
    """The dictionary: labels in use first."""
    rows = Label.objects.order_by("-is_active", "code").values(*_LABEL)
    return [{**row, "id": str(row["id"])} for row in rows]


def label_row(label_id: int) -> dict[str, Any]:
    return {**Label.objects.values(*_LABEL).get(pk=label_id), "id": str(label_id)}


def labels_of(patient_id: int) -> list[dict[str, Any]]:
    rows = (
        PatientLabel.objects.filter(patient_id=patient_id, removed_at=None)
        .order_by("label__code")
        .values("label__code", "label__name", "set_at", "set_by_name")
    )
    return [
        {
            "code": row["label__code"],
            "name": row["label__name"],
            "set_at": row["set_at"],
            "set_by_name": row["set_by_name"],
        }
        for row in rows
    ]


def registers_of(patient_id: int) -> list[dict[str, Any]]:
    """Every entry, those that stand first."""
    rows = (
        RegisterEntry.objects.filter(patient_id=patient_id)
        .order_by("-since", "-id")
        .values("id", "register", "since", "until", "source", "recorded_at", "recorded_by_name")
    )
    shown = [{**row, "id": str(row["id"]), "register_name": Register(row["register"]).label} for row in rows]
    return sorted(shown, key=lambda row: row["until"] is not None)


def _show_flag(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "id": str(row["id"]),
        "kind_name": FlagKind(row["kind"]).label,
        "origin_name": FlagOrigin(row["origin"]).label,
        "state_name": FlagState(row["state"]).label,
    }
