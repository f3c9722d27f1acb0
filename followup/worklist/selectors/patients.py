"""The patient beside a task, from the rooms that own it."""

from importlib.util import find_spec
from typing import Any

from followup.worklist.models import Task
from followup.worklist.rules import compute_age
from followup.worklist.selectors.townships import township_name
from kernel import clock

# PROVISIONAL: until records.selectors and community.routing.selectors are in the tree.
_RECORDS = find_spec("records.selectors")
_ROUTING = find_spec("community.routing.selectors")


def patient_detail_of(patient_id: int) -> dict[str, Any]:
    """PatientDetail of docs/notes/spine.md: masked."""
    routing = _routing_of(patient_id)
    return {**_patient(patient_id), "routing": routing}


def _patient(patient_id: int) -> dict[str, Any]:
    if _RECORDS:
        from records.selectors import patient_detail

        return patient_detail(patient_id)
    patients: Any = Task._meta.get_field("patient").related_model
    row = patients.objects.get(pk=patient_id)
    return {
        "id": str(row.pk), "name_masked": row.name_masked, "name": row.name, "sex": row.sex,
        "birth_date": row.birth_date, "age": compute_age(row.birth_date, clock.today()),
        "id_no_masked": row.id_no_masked or None, "phones": [], "address": None,
        "township_name": township_name(""), "identifiers": [], "allergies": None,
        "deceased": row.deceased_at is not None,
    }  # fmt: skip


def _routing_of(patient_id: int) -> dict[str, Any] | None:
    if _ROUTING:
        from community.routing.selectors import routing_of

        return routing_of(patient_id)
    return None


def count_unrouted() -> int:
    """Patients whose residence nobody knows yet."""
    if _ROUTING:
        from community.routing.selectors import count_unresolved

        return count_unresolved()
    return 0
