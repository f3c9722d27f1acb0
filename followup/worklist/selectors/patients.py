"""The patient beside a task, from the rooms that own it."""

from importlib import import_module
from typing import Any

from followup.worklist.models import Task
from followup.worklist.rules import compute_age
from kernel import clock


def _find(module: str, name: str) -> Any:
    # PROVISIONAL: until records.selectors and community.routing.selectors are in the tree.
    try:
        return getattr(import_module(module), name, None)
    except ModuleNotFoundError:
        return None


def patient_detail_of(patient_id: int) -> dict[str, Any]:
    """PatientDetail of docs/notes/spine.md: masked."""
    patient_detail = _find("records.selectors", "patient_detail")
    routing_of = _find("community.routing.selectors", "routing_of")
    routing = routing_of(patient_id) if routing_of else None
    if patient_detail:
        return {**patient_detail(patient_id), "routing": routing}
    patients: Any = Task._meta.get_field("patient").related_model
    row = patients.objects.get(pk=patient_id)
    return {
        "id": str(row.pk), "name_masked": row.name_masked, "name": None, "sex": row.sex,
        "birth_date": row.birth_date, "age": compute_age(row.birth_date, clock.today()),
        "id_no_masked": row.id_no_masked or None, "phones": [], "address": None, "township_name": None,
        "identifiers": [], "allergies": None, "deceased": row.deceased_at is not None, "routing": routing,
    }  # fmt: skip


def count_unrouted() -> int:
    """Patients whose residence nobody knows yet."""
    count = _find("community.routing.selectors", "count_unresolved")
    return count() if count else 0
