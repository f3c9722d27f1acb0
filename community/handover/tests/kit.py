"""Two tenants and a person: beta, a tertiary hospital, gives; alpha, the county community, takes."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from community.handover import services
from community.handover.enums import IN_USE
from community.handover.exchange import bureau
from community.handover.exchange.models import Agreement, Envelope, Offer
from community.handover.models import HandoverCase
from community.handover.rules import FIELDS
from community.routing.tests.factories import enter_catchments
from followup.screening.tests.programme_kit import make_programme
from kernel import jobs
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema
from records.contracts import CanonicalEvent, DiagnosisData, DiagnosisKind, EventKind, SourceData
from records.tests import events
from tests.cast import actor_named

ALL_FIELDS = tuple(FIELDS)
FRACTURE = {"field": "diagnosis", "op": "stem_in", "value": ["S72"]}
HOSPITAL_STEPS = [
    {"code": "d7", "name": "七天电话", "day": 7, "window": [-1, 2], "channel": ["T"], "owner": "hospital"},
    {"code": "d30", "name": "一月电话", "day": 30, "window": [-3, 5], "channel": ["T"], "owner": "hospital"},
]
COUNTY_STEPS = [
    {"code": "d7", "name": "七天上门", "day": 7, "window": [-1, 3], "channel": ["V"], "owner": "community"},
    {"code": "d30", "name": "一月上门", "day": 30, "window": [-3, 5], "channel": ["V"], "owner": "community"},
]
CONSENT = {"basis": "signed", "given_by": "本人", "at": events.moment("2026-11-20 10:30"), "proof": ""}
NAME, ID_NO, PHONE = "张三", events.ID_NO, "13812345678"
_numbers = count(1)


def at_home(tenant: str) -> AbstractContextManager[None]:
    return bind_schema(f"t_{tenant}")


def boss(role: str = "centre") -> Any:
    """A member of the cast with the hands for agreements too, as the office of the community has them."""
    actor = actor_named(role)
    return replace(
        actor, functions=actor.functions | {"handover.agreement.manage", "handover.agreement.view"}
    )


def prepare() -> None:
    """Programmes on both sides, and the county's catchments."""
    with at_home("beta"):
        make_programme("hip_hospital", FRACTURE, steps=HOSPITAL_STEPS)
    with at_home("alpha"):
        enter_catchments()
        make_programme("hip_county", FRACTURE, steps=COUNTY_STEPS)
        make_programme("spare", {"field": "age", "op": "gte", "value": 111}, steps=COUNTY_STEPS)


def agree(
    *,
    sender: str = "beta",
    receiver: str = "alpha",
    kinds: Sequence[str] = ("discharge",),
    fields: Sequence[str] = ALL_FIELDS,
    basis: str = "separate",
    valid: tuple[date, date] = (date(2026, 1, 1), date(2027, 12, 31)),
    upto: str = "approved",
) -> int:
    """An agreement, signed as far as `upto`: drafted, proposed, countersigned, approved."""
    values = {
        "to_tenant": receiver, "purpose": "continued_care", "note": "", "kinds": list(kinds), "fields": list(fields),
        "consent_basis": basis, "valid_from": valid[0], "valid_to": valid[1],
    }  # fmt: skip
    with at_home(sender):
        pk = services.create_agreement(actor=boss(), values=values)
        if upto != "drafted":
            services.propose(actor=boss(), agreement_id=pk)
    if upto in ("countersigned", "approved"):
        with at_home(receiver):
            services.countersign(actor=boss(), agreement_id=pk)
    if upto == "approved":
        with bind_schema(PUBLIC):
            bureau.decide(actor=actor_named("bureau"), agreement_id=pk, act="approved")
    return pk


def discharge(
    *,
    tenant: str = "beta",
    name: str = NAME,
    id_no: str = ID_NO,
    mrn: str = "",
    ward: str = "W41",
    **more: Any,
) -> tuple[int, int]:
    """(patient, encounter) of a hip fracture that went home, screened and enrolled."""
    number = next(_numbers)
    facility = f"HIS-{tenant.upper()}"
    event = CanonicalEvent(
        kind=EventKind.DISCHARGE, source=SourceData(system=facility), control_id=f"K{number}",
        occurred_at=events.DISCHARGED,
        patient=events.person(mrn or f"P{number}", name, id_no=id_no, authority=facility, **more),
        encounter=events.visit(
            f"ZY{number}", ward_code=ward, discharge_at=events.DISCHARGED, admit_at=events.ADMITTED
        ),
        diagnoses=(
            DiagnosisData(1, "S72.000", "S72.000", "股骨颈骨折", DiagnosisKind.DISCHARGE, is_main=True),
        ),
    )  # fmt: skip
    from access.actor import SYSTEM
    from records.services import apply_event

    with at_home(tenant):
        applied = apply_event(actor=SYSTEM, event=event, source_system=facility)
        jobs.drain()
    assert applied.encounter_id is not None
    return applied.patient_id, applied.encounter_id


def enrolments(tenant: str, encounter_id: int) -> list[int]:
    from followup.programmes.models import Enrolment

    with at_home(tenant):
        rows = Enrolment.objects.filter(encounter_id=encounter_id).order_by("pk")
        return list(rows.values_list("pk", flat=True))


def send(encounter_id: int, agreement_id: int, *, sender: str = "beta", **more: Any) -> int:
    """Offer it with its follow-up; the sender's case."""
    given: dict[str, Any] = {
        "consent": CONSENT, "note": "术后请上门换药", "urgency": "normal",
        "enrolment_ids": enrolments(sender, encounter_id),
    }  # fmt: skip
    with at_home(sender):
        return services.offer(
            actor=actor_named("doctor"),
            encounter_id=encounter_id,
            agreement_id=agreement_id,
            **(given | more),
        )


def deliver(*tenants: str) -> int:
    """Let both sides work off what waits for them, as their workers would."""
    done = 0
    for tenant in tenants or ("alpha", "beta", "alpha", "beta"):
        with at_home(tenant):
            done += jobs.drain()
    return done


def case_of(tenant: str, case_no: str) -> HandoverCase:
    with at_home(tenant):
        return HandoverCase.objects.get(case_no=case_no)


def mirror(tenant: str, case_id: int) -> HandoverCase:
    """The other side's case of this side's."""
    with at_home(tenant):
        case = HandoverCase.objects.get(pk=case_id)
    return case_of("alpha" if tenant == "beta" else "beta", case.case_no)


def offer_row(case_no: str) -> Offer:
    with bind_schema(PUBLIC):
        return Offer.objects.get(case_no=case_no)


def envelopes(case_no: str) -> list[tuple[int, str, str, bool]]:
    with bind_schema(PUBLIC):
        rows = Envelope.objects.filter(offer__case_no=case_no).order_by("seq")
        return [(row.seq, row.to_tenant, row.act, row.delivered_at is not None) for row in rows]


def agreement_row(pk: int) -> Agreement:
    with bind_schema(PUBLIC):
        return Agreement.objects.get(pk=pk)


def tasks_of(tenant: str, encounter_id: int) -> list[tuple[str, str, str]]:
    """(step, state, who does it) in the order of their days."""
    from followup.worklist.models import Task

    with at_home(tenant):
        rows = Task.objects.filter(encounter_id=encounter_id).order_by("due_on", "pk")
        return list(rows.values_list("step__code", "state", "ward__code"))


def set_status(code: str, status: str = IN_USE) -> None:
    from tenants.registry.models import Tenant

    with bind_schema(PUBLIC):
        Tenant.objects.filter(code=code).update(status=status)
