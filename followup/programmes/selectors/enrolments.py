"""Enrolments as lists and pages show them: only of patients in sight (records.policy)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from access.actor import Actor
from followup.programmes import ports
from followup.programmes.contracts import VersionPlan
from followup.programmes.enums import EnrolmentOrigin, StopCode, VersionState
from followup.programmes.models import Enrolment, ProgrammeVersion
from followup.programmes.selectors.plans import _read_plans
from kernel import clock
from kernel.errors import NotFound
from records.rules import age_at
from records.selectors import visible_patients
from trail.selectors import rows_of

_ACTS = {
    "enrolled": "人工入组",
    "stopped": "终止",
    "paused": "暂停",
    "resumed": "恢复",
    "completed": "完成",
    "reopened": "重新进行",
}
_BY_FLAG = "患者标识"  # as followup.screening begins the reason of what a flag stops
_NO_TASKS = {"done": 0, "open": 0, "total": 0}


def find_active_version(programme_id: int, *, institution_id: int | None) -> ProgrammeVersion | None:
    """The institution's local line, else the county's."""
    versions = ProgrammeVersion.objects.filter(programme_id=programme_id, state=VersionState.ACTIVE)
    lines = versions.filter(Q(institution=None) | Q(institution_id=institution_id)).select_related(
        "programme"
    )
    return lines.order_by(F("institution_id").asc(nulls_last=True)).first()


def plans_of(enrolment_ids: Collection[int]) -> list[VersionPlan]:
    """The versions on which these enrolments are, for screening to make their tasks."""
    rows = Enrolment.objects.filter(pk__in=enrolment_ids).values_list("version_id", flat=True)
    return _read_plans(sorted(set(rows)))


def list_enrolments(
    actor: Actor,
    *,
    programme_id: int | None = None,
    patient_id: int | None = None,
    state: str | None = None,
    origin: str | None = None,
    department_id: int | None = None,
    enrolled_from: date | None = None,
    enrolled_to: date | None = None,
    q: str = "",
) -> QuerySet[Enrolment, Any]:
    """For kernel.pagination, in the order `-id`; `present_page` makes rows of it."""
    rows = _visible(actor)
    if programme_id is not None:
        rows = rows.filter(programme_id=programme_id)
    if patient_id is not None:
        rows = rows.filter(patient_id=patient_id)
    if state:
        rows = rows.filter(state=state)
    if origin:
        rows = rows.filter(origin=origin)
    if department_id is not None:
        rows = rows.filter(encounter__department_id=department_id)
    if enrolled_from is not None:
        rows = rows.filter(enrolled_at__gte=_midnight(enrolled_from))
    if enrolled_to is not None:
        rows = rows.filter(enrolled_at__lt=_midnight(enrolled_to + timedelta(days=1)))
    if q:
        rows = rows.filter(
            Q(patient__name__startswith=q)
            | Q(patient__name_initials__startswith=q.lower())
            | Q(encounter__inpatient_no=q)
        )
    return rows.values(*_COLUMNS)


def present_page(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One query more for all rows: how far their tasks are."""
    counts = ports.reads().counts([row["id"] for row in rows]) if rows else {}
    today = clock.today()
    return [_present(row, counts, today) for row in rows]


def get_enrolment(actor: Actor, enrolment_id: int) -> dict[str, Any]:
    """The list's row with its tasks (`steps`) and what happened to it (`history`). Raises NotFound."""
    row = _visible(actor).filter(pk=enrolment_id).values(*_COLUMNS).first()
    if row is None:
        raise NotFound()
    steps = ports.reads().rows([enrolment_id]).get(enrolment_id, [])
    return {**present_page([row])[0], "steps": steps, "history": _history(row)}


_COLUMNS = (
    "id", "programme_id", "programme__name", "version_id", "version__version", "version__criteria_text", "patient_id",
    "patient__name_masked", "patient__sex", "patient__birth_date", "encounter_id", "encounter__discharged_on",
    "encounter__department_text", "encounter__main_diagnosis", "state", "origin", "reason", "enrolled_at",
    "enrolled_by_name", "ended_at", "paused_at", "paused_for_id", "stop_code", "stop_reason",
)  # fmt: skip


def _visible(actor: Actor) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(Exists(visible_patients(actor, pk=OuterRef("patient_id"))))


def _present(row: Mapping[str, Any], counts: Mapping[int, dict[str, int]], today: date) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "programme_id": str(row["programme_id"]),
        "programme_name": row["programme__name"],
        "version_id": str(row["version_id"]),
        "version": row["version__version"],
        "patient": {
            "id": str(row["patient_id"]),
            "name_masked": row["patient__name_masked"],
            "sex": row["patient__sex"],
            "age": age_at(row["patient__birth_date"], today),
        },
        "encounter": {
            "id": str(row["encounter_id"]),
            "discharged_on": row["encounter__discharged_on"],
            "department": row["encounter__department_text"] or None,
            "diagnosis": row["encounter__main_diagnosis"] or None,
        },
        "state": row["state"],
        "origin": row["origin"],
        "enrolled_at": row["enrolled_at"],
        "enrolled_by_name": row["enrolled_by_name"],
        "ended_at": row["ended_at"],
        "paused_at": row["paused_at"],
        "stop_code": row["stop_code"] or None,
        "stop_text": _stop_text(row),
        "reason_text": _reason_text(row),
        "tasks": counts.get(row["id"], _NO_TASKS),
    }


def _stop_text(row: Mapping[str, Any]) -> str | None:
    if not row["stop_code"]:
        return None
    label, reason = StopCode(row["stop_code"]).label, row["stop_reason"]
    if reason in ("", label):
        return label
    # A flag's reason names the flag, which is what the code says already.
    return f"{label}（{_BY_FLAG}）" if reason.startswith(f"{_BY_FLAG}：") else f"{label}：{reason}"


def _reason_text(row: Mapping[str, Any]) -> str:
    reason = row["reason"]
    if row["origin"] == EnrolmentOrigin.MANUAL:
        return f"{row['enrolled_by_name']}人工入组：{reason.get('by_hand', '')}"
    if row["origin"] == EnrolmentOrigin.RESTART:
        return "再次住院出院后，按路径约定重新开始"
    return "；".join(row["version__criteria_text"])


def _history(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The oldest first: the enrolment itself, then what its trail says."""
    label = EnrolmentOrigin(row["origin"]).label
    history = [
        {"at": row["enrolled_at"], "what": label, "by_name": row["enrolled_by_name"] or "系统", "reason": ""}
    ]
    for told in rows_of("enrolment", row["id"], prefix="programmes.enrolment."):
        act = told["action"].rpartition(".")[2]
        if act == "enrolled" and told["at"] == row["enrolled_at"]:
            history[0]["reason"] = told["reason"]
        else:
            history.append(
                {
                    "at": told["at"],
                    "what": _ACTS.get(act, act),
                    "by_name": told["actor_name"],
                    "reason": told["reason"],
                }
            )
    return sorted(history, key=lambda item: item["at"])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.SHANGHAI)
