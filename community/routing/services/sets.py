"""Routing of many at once. The decisions are those of the single path: both are settling.settle_all."""

from collections.abc import Collection

from django.db import transaction

from community.routing.selectors.waiting import patients_of, routed_among
from community.routing.services.publishing import publish_each
from community.routing.services.settling import settle_all

# Patients of one statement and one job: about a second's work.
SLICE = 2000


@transaction.atomic(savepoint=False)
def route_many(*, encounter_ids: Collection[int]) -> int:
    """Route these discharges as one set and let screening begin for each; how many. Unknown ids are left out.

    A fixed number of queries whatever the number; a repeat decides the same and publishes patient.routed again, which
    screening meets by its natural keys.
    """
    patients = patients_of(encounter_ids)
    newest: dict[int, int | None] = {}
    for encounter_id, patient_id in sorted(patients.items()):
        newest[patient_id] = encounter_id
    settled = settle_all(newest)
    publish_each(
        "patient.routed",
        [
            {"encounter_id": encounter_id, "patient_id": settled[patient_id].patient_id}
            for encounter_id, patient_id in sorted(patients.items())
            if patient_id in settled
        ],
    )
    return len(patients)


@transaction.atomic(savepoint=False)
def reroute_many(*, patient_ids: Collection[int]) -> int:
    """Decide these patients anew; how many got another owner. Whoever was never routed waits for a discharge."""
    settled = settle_all(dict.fromkeys(routed_among(patient_ids)))
    return sum(each.has_moved for each in settled.values())
