"""Family-doctor contracts."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db.models import Q

from access.actor import Actor
from community.catchments.contracts import Contract
from community.catchments.models import CareContract
from community.catchments.policy import edits_any_contract, visible_to
from kernel import clock
from records.identity import age_on

ORDER = ("-id",)

_CONTRACT = (
    "patient_id", "patient__merged_into_id", "ward__department__institution_id",
    "ward__department__institution__name", "ward__department_id", "ward_id", "staff_id", "staff__name",
    "staff__is_active", "valid_from", "valid_to", "ward__is_active", "ward__department__is_active",
    "ward__department__institution__is_active",
)  # fmt: skip


def contracts_of(patient_ids: Collection[int], day: date) -> list[Contract]:
    """The contract in force on the day of each of these patients who has one; each patient at most once. One query.

    A contract of a record that went up in another one is the survivor's; of two the one that began last.
    """
    wanted = set(patient_ids)
    rows = (
        CareContract.objects.filter(Q(patient_id__in=wanted) | Q(patient__merged_into_id__in=wanted))
        .filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
        .order_by("valid_from", "pk")
        .values_list(*_CONTRACT)
    )
    found: dict[int, Contract] = {}
    for (
        patient, survivor, institution, name, department, ward, staff, staff_name, staff_works, first, last, *open_
    ) in rows:  # fmt: skip
        for patient_id in {patient, survivor} & wanted:
            found[patient_id] = Contract(
                patient_id=patient_id, institution_id=institution, institution_name=name, department_id=department,
                ward_id=ward, staff_id=staff if staff_works else None, staff_name=staff_name if staff_works else "",
                valid_from=first, valid_to=last, works=all(open_),
            )  # fmt: skip
    return list(found.values())


_ROW = (
    "id", "patient_id", "patient__name_masked", "patient__sex", "patient__birth_date", "ward_id", "ward__name",
    "ward__department__institution_id", "ward__department__institution__name", "staff_id", "staff__name",
    "contract_no", "valid_from", "valid_to", "end_reason", "created_at", "created_by_name", "ended_by_name",
)  # fmt: skip


def list_contracts(
    actor: Actor,
    *,
    patient_id: int | None = None,
    staff_id: int | None = None,
    ward_id: int | None = None,
    state: str = "active",
) -> Any:
    """In sight, the newest first; page by ORDER, then shape_contract. `state`: active (not over yet), ended or all."""
    rows = visible_to(actor, CareContract.objects.all())
    for column, value in (("patient_id", patient_id), ("staff_id", staff_id), ("ward_id", ward_id)):
        if value is not None:
            rows = rows.filter(**{column: value})
    today = clock.today()
    if state == "active":
        rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=today))
    elif state == "ended":
        rows = rows.filter(valid_to__lt=today)
    return rows.values(*_ROW)


def shape_contract(actor: Actor, row: Mapping[str, Any]) -> dict[str, Any]:
    today = clock.today()
    is_over = row["valid_to"] is not None and row["valid_to"] < today
    born = row["patient__birth_date"]
    may_edit = row["ward_id"] in actor.wards or edits_any_contract(actor)
    return {
        "id": str(row["id"]),
        "patient": {
            "id": str(row["patient_id"]),
            "name_masked": row["patient__name_masked"],
            "sex": row["patient__sex"],
            "age": age_on(born, today) if born is not None and born <= today else None,
        },
        "institution": {
            "id": str(row["ward__department__institution_id"]),
            "name": row["ward__department__institution__name"],
        },
        "team": {"id": str(row["ward_id"]), "name": row["ward__name"]},
        "staff": {"id": str(row["staff_id"]), "name": row["staff__name"]} if row["staff_id"] else None,
        "contract_no": row["contract_no"],
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "state": "ended" if is_over else "upcoming" if row["valid_from"] > today else "active",
        "end_reason": row["end_reason"],
        "created_at": row["created_at"],
        "created_by_name": row["created_by_name"],
        "ended_by_name": row["ended_by_name"],
        "can_end": not is_over and may_edit,
    }


def get_contract(actor: Actor, contract_id: int) -> dict[str, Any]:
    return shape_contract(actor, CareContract.objects.values(*_ROW).get(pk=contract_id))
