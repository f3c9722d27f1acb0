"""Everything about one person in the order of time (患者 360)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q

from access.actor import Actor
from kernel import clock
from records import ports
from records.enums import Disposition, EncounterKind, EncounterStatus
from records.models import Encounter, LabReport, Operation
from records.selectors.people import require_visible

_MAX_OF_A_KIND = 500
# OBX-8: every flag but "normal" asks to be looked at.
_NORMAL_FLAGS = ("", "N", "正常")
_SHOWN_AS: dict[str, str] = {EncounterKind.EMERGENCY: "outpatient"}


def timeline(actor: Actor, patient_id: int) -> list[dict[str, Any]]:
    """Items of docs/notes/spine.md, the newest first. Raises NotFound for a patient out of sight."""
    require_visible(actor, patient_id)
    items = [*_encounters(patient_id), *_operations(patient_id), *_labs(patient_id)]
    for provider in ports.timelines():
        items += provider(patient_id)
    return sorted(
        (item for item in items if item["at"] is not None), key=lambda item: item["at"], reverse=True
    )


def _encounters(patient_id: int) -> list[dict[str, Any]]:
    rows = (
        Encounter.objects.filter(patient_id=patient_id)
        .exclude(status=EncounterStatus.CANCELLED)
        .order_by("-admitted_at", "-id")
        .values(
            "id", "kind", "status", "admitted_at", "discharged_at", "disposition", "main_diagnosis",
            "department_text", "ward_text", "attending_name", "created_at",
        )[:_MAX_OF_A_KIND]
    )  # fmt: skip
    return [
        {
            "at": row["admitted_at"] or row["discharged_at"] or row["created_at"],
            "kind": _SHOWN_AS.get(row["kind"], row["kind"]),
            "title": "：".join(
                part for part in (EncounterKind(row["kind"]).label, row["main_diagnosis"]) if part
            ),
            "summary": "，".join(_describe_stay(row)),
            "department": row["department_text"] or None,
            "ref": str(row["id"]),
            "abnormal": row["disposition"] == Disposition.DEATH,
        }
        for row in rows
    ]


def _describe_stay(row: Mapping[str, Any]) -> list[str]:
    parts: list[str] = []
    if row["admitted_at"] and row["kind"] == EncounterKind.INPATIENT:
        parts.append(f"{clock.day_of(row['admitted_at'])} 入院")
    if row["discharged_at"]:
        parts.append(f"{clock.day_of(row['discharged_at'])} 出院")
    elif row["kind"] == EncounterKind.INPATIENT:
        parts.append("在院")
    if row["disposition"]:
        parts.append(Disposition(row["disposition"]).label)
    if row["ward_text"]:
        parts.append(row["ward_text"])
    if row["attending_name"]:
        parts.append(f"主管医生 {row['attending_name']}")
    return parts


def _operations(patient_id: int) -> list[dict[str, Any]]:
    rows = (
        Operation.objects.filter(encounter__patient_id=patient_id, superseded_at=None)
        .exclude(encounter__status=EncounterStatus.CANCELLED)
        .order_by("-operated_at", "-id")
        .values(
            "id", "name", "code", "operated_at", "surgeon", "encounter__admitted_at",
            "encounter__department_text", "encounter_id",
        )[:_MAX_OF_A_KIND]
    )  # fmt: skip
    return [
        {
            "at": row["operated_at"] or row["encounter__admitted_at"],
            "kind": "operation",
            "title": f"手术：{row['name'] or row['code']}",
            "summary": f"术者 {row['surgeon']}" if row["surgeon"] else "",
            "department": row["encounter__department_text"] or None,
            "ref": str(row["encounter_id"]),
            "abnormal": False,
        }
        for row in rows
    ]


def _labs(patient_id: int) -> list[dict[str, Any]]:
    out_of_range = Count("results", filter=~Q(results__flag__in=_NORMAL_FLAGS))
    rows = (
        LabReport.objects.filter(patient_id=patient_id, superseded_at=None)
        .annotate(items=Count("results"), abnormal_items=out_of_range)
        .order_by("-reported_at", "-id")
        .values(
            "id", "name", "reported_at", "created_at", "items", "abnormal_items", "encounter__department_text"
        )[:_MAX_OF_A_KIND]
    )
    return [
        {
            "at": row["reported_at"] or row["created_at"],
            "kind": "lab",
            "title": f"检验：{row['name'] or '检验报告'}",
            "summary": f"{row['items']} 项"
            + (f"，其中 {row['abnormal_items']} 项异常" if row["abnormal_items"] else "，未见异常"),
            "department": row["encounter__department_text"] or None,
            "ref": str(row["id"]),
            "abnormal": row["abnormal_items"] > 0,
        }
        for row in rows
    ]
