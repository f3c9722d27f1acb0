"""Event handlers of one patient. They decide anew from the facts; the same facts leave no new row."""

from typing import Any

from django.db import transaction

from community.routing.contracts import BY_PERSON
from community.routing.enums import UNRESOLVED
from community.routing.models import (
    CurrentRouting,
    PlaceAlias,
    ResidenceClaim,
    RoutingDecision,
    RoutingOverride,
)
from community.routing.selectors.facts import load_contexts
from community.routing.services.locking import lock_patient
from community.routing.services.settling import settle, settle_all
from kernel import clock
from kernel.events import publish

_AT_ONCE = 500


# No savepoint: a handler runs in its job's transaction, and two round trips for each discharge would be for nothing.
@transaction.atomic(savepoint=False)
def route_encounter(*, encounter_id: int, patient_id: int, **_: Any) -> None:
    """Hears encounter.discharged: brings the patient's routing up to date and lets screening begin.

    `patient.routed` is published also when nothing changed: screening waits for it.
    """
    settled = settle(patient_id, encounter_id=encounter_id)
    publish("patient.routed", encounter_id=encounter_id, patient_id=settled.patient_id)


@transaction.atomic(savepoint=False)
def reroute_patient(*, patient_id: int, **_: Any) -> None:
    """Hears patient.changed. Whoever was never routed waits for a discharge.

    With another owner the tasks that wait move, and those begun stay (patient.rerouted; standards 1.5, step 9).
    """
    if RoutingDecision.objects.filter(patient_id=patient_id).exists():
        settle(patient_id)


@transaction.atomic(savepoint=False)
def merge_patient(*, survivor_id: int, retired_id: int, **_: Any) -> None:
    """Hears patient.merged: the survivor is decided anew, with what a person said or asked for of either of the two."""
    for patient_id in sorted((survivor_id, retired_id)):
        lock_patient(patient_id)
    contexts = load_contexts({survivor_id: None, retired_id: None})
    retired, survivor = contexts[retired_id], contexts[survivor_id]
    now = clock.now()
    spoken = {claim["kind"] for claim in survivor.claims if claim["source"] in BY_PERSON}
    for row in retired.claims:
        if row["source"] in BY_PERSON and row["kind"] not in spoken:
            claim = ResidenceClaim.objects.get(pk=row["id"])
            claim.pk, claim.patient_id = None, survivor_id
            claim.save(force_insert=True)
    ResidenceClaim.objects.filter(patient_id=retired_id, valid_to=None).update(valid_to=now)
    wishes = RoutingOverride.objects.filter(patient_id=retired_id, ended_at=None)
    wish = wishes.first()
    if wish is not None:
        wishes.update(ended_at=now, end_reason="患者档案合并")
        if survivor.override is None:
            wish.pk, wish.patient_id = None, survivor_id
            wish.save(force_insert=True)
    CurrentRouting.objects.filter(patient_id=retired_id).delete()
    if retired.current is not None or survivor.current is not None:
        encounter_id = retired.current["encounter_id"] if retired.current and not survivor.current else None
        settle(survivor_id, encounter_id=encounter_id)


@transaction.atomic(savepoint=False)
def unmerge_patient(*, survivor_id: int, retired_id: int, **_: Any) -> None:
    """Hears patient.unmerged: each of the two is decided by its own facts again."""
    for patient_id in sorted((survivor_id, retired_id)):
        reroute_patient(patient_id=patient_id)


@transaction.atomic(savepoint=False)
def apply_alias(*, alias_id: int, **_: Any) -> int:
    """Hears place.taught: whoever waits in the queue with the same place name leaves it. Returns how many did."""
    found = PlaceAlias.objects.filter(pk=alias_id).values_list("text", flat=True).first()
    if found is None:
        return 0
    waiting = CurrentRouting.objects.filter(state=UNRESOLVED, decision__address_text__contains=found)
    asked = list(waiting.order_by("patient_id").values_list("patient_id", flat=True)[:_AT_ONCE])
    settled = settle_all(dict.fromkeys(asked))
    return sum(each.decision.residence.state != UNRESOLVED for each in settled.values())
