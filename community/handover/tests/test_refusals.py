"""What is refused, with its reason; and that nothing is left behind by a refusal."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from community.handover import selectors, services
from community.handover.errors import (
    AlreadyOffered,
    OfferMoved,
    PacketChanged,
    ProgrammeNeeded,
    TransferRefused,
)
from community.handover.models import HandoverCase
from community.handover.tests import kit
from kernel.errors import InvalidInput, NotAllowed, NotFound
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = [pytest.mark.django_db, pytest.mark.req("D6", "C17")]


def left() -> list[int]:
    """Cases, work, offers, envelopes: what a refusal must not add to."""
    counts = []
    for schema, table in (
        ("t_beta", "handover_handovercase"), ("t_beta", "handover_handoverwork"), ("public", "exchange_offer"),
        ("public", "exchange_envelope"),
    ):  # fmt: skip
        with kit.bind_schema(schema), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts.append(cursor.fetchone()[0])
    return counts


def refuse(encounter: int, agreement: int, code: str, **more: Any) -> None:
    before = left()
    with pytest.raises(TransferRefused) as refused:
        kit.send(encounter, agreement, **more)
    assert refused.value.code == code
    assert left() == before


def test_outside_the_agreement(two: Any) -> None:
    _, encounter = kit.discharge()
    refuse(encounter, kit.agree(), "kind_not_agreed", kind="referral_up")
    refuse(encounter, kit.agree(upto="countersigned"), "agreement_not_active")
    later = kit.agree(valid=(date(2026, 12, 1), date(2027, 1, 1)))
    refuse(encounter, later, "agreement_not_valid")
    # The agreement is one-way.
    back = kit.agree(sender="alpha", receiver="beta")
    refuse(encounter, back, "not_sender")


def test_an_expired_agreement(two: Any, at: Any) -> None:
    _, encounter = kit.discharge()
    agreement = kit.agree(valid=(date(2026, 1, 1), date(2026, 11, 21)))
    with at("2026-11-22 00:01"):
        refuse(encounter, agreement, "agreement_not_valid")
        with kit.at_home("alpha"):
            services.sweep()
        assert kit.agreement_row(agreement).state == "expired"


def test_a_revoked_agreement_recalls_what_is_open_and_lists_what_was_shared(two: Any, api: Any) -> None:
    agreement = kit.agree()
    _, first = kit.discharge(mrn="A")
    _, second = kit.discharge(mrn="B", name="李四", id_no=kit.events.OTHER_ID)
    accepted, pending = kit.send(first, agreement), kit.send(second, agreement)
    kit.deliver()
    with kit.at_home("alpha"):
        services.accept(actor=actor_named("centre"), case_id=kit.mirror("beta", accepted).pk)
        services.revoke(actor=kit.boss(), agreement_id=agreement, reason="合作结束")
    kit.deliver()
    assert kit.mirror("beta", accepted).state == "accepted"
    for case in (kit.mirror("beta", pending), kit.case_of("beta", kit.mirror("beta", pending).case_no)):
        assert (case.state, case.reason) == ("recalled", "共享协议已撤销：合作结束")
    refuse(second, agreement, "agreement_not_active")
    shared = api("beta", "admin").get(f"/handover/agreements/{agreement}/shared").json()
    assert [(row["state"], len(row["fields"])) for row in shared["items"]] == [
        ("recalled", 10),
        ("accepted", 10),
    ]
    assert (shared["totals"]["offers"], shared["totals"]["accepted"]) == (2, 1)


def test_twice(two: Any) -> None:
    _, encounter = kit.discharge()
    agreement = kit.agree()
    out = kit.send(encounter, agreement)
    before = left()
    with pytest.raises(AlreadyOffered):
        kit.send(encounter, agreement)
    assert left() == before
    with kit.at_home("beta"):
        services.recall(actor=actor_named("doctor"), case_id=out, reason="资料有误")
    assert kit.send(encounter, agreement) != out


@pytest.mark.parametrize("who", ["alpha", "beta"])
def test_from_or_to_a_suspended_tenant(two: Any, who: str) -> None:
    _, encounter = kit.discharge()
    agreement = kit.agree()
    out = kit.send(encounter, agreement)
    kit.deliver()
    incoming = kit.mirror("beta", out)
    kit.set_status(who, "suspended")
    with kit.at_home("alpha"), pytest.raises(TransferRefused) as refused:
        services.accept(actor=actor_named("centre"), case_id=incoming.pk)
    assert refused.value.code == "tenant_suspended"
    kit.set_status(who)
    with kit.at_home("beta"):
        services.recall(actor=actor_named("doctor"), case_id=out, reason="资料有误")
    kit.set_status(who, "suspended")
    refuse(encounter, agreement, "tenant_suspended")


@pytest.mark.req("D6")
@pytest.mark.parametrize(
    ("consent", "code"),
    [
        (None, "consent_missing"),
        ({"basis": "none"}, "consent_missing"),
        ({**kit.CONSENT, "given_by": " "}, "consent_giver"),
        ({**kit.CONSENT, "at": kit.events.moment("2026-11-21 09:01")}, "consent_time"),
        ({**kit.CONSENT, "at": None}, "consent_time"),
        ({"basis": "override", "proof": "急"}, "override_reason"),
    ],
)
def test_without_the_consent_that_the_agreement_demands(two: Any, consent: Any, code: str) -> None:
    _, encounter = kit.discharge()
    refuse(encounter, kit.agree(), code, consent=consent)


def test_an_override_is_told(two: Any) -> None:
    _, encounter = kit.discharge()
    reason = "昏迷，家属未到，需连续换药"
    out = kit.send(encounter, kit.agree(), consent={"basis": "override", "proof": reason})
    with kit.at_home("beta"):
        row = TrailRow.objects.get(action="handover.case.consent_overridden", object_id=str(out))
    assert (row.actor_name, row.reason) == ("孙主任", reason)


def test_no_consent_is_asked_where_treatment_is_the_basis(two: Any) -> None:
    _, encounter = kit.discharge()
    assert kit.send(encounter, kit.agree(basis="treatment"), consent=None)


def test_a_changed_record_asks_for_a_new_preview(two: Any) -> None:
    _, encounter = kit.discharge()
    agreement = kit.agree()
    before = left()
    with pytest.raises(PacketChanged):
        kit.send(encounter, agreement, digest="0" * 64)
    assert left() == before


def test_not_discharged_dead_or_out_of_sight(two: Any) -> None:
    from records.models import Encounter, Patient

    patient, encounter = kit.discharge()
    agreement = kit.agree()
    with kit.at_home("beta"):
        Encounter.objects.filter(pk=encounter).update(status="open", discharged_on=None)
    refuse(encounter, agreement, "not_discharged")
    with kit.at_home("beta"):
        Encounter.objects.filter(pk=encounter).update(status="discharged", discharged_on=date(2026, 11, 20))
        Patient.objects.filter(pk=patient).update(deceased_at=kit.events.DISCHARGED)
    refuse(encounter, agreement, "patient_deceased")
    with kit.at_home("beta"):
        given = {"encounter_id": encounter, "agreement_id": agreement, "enrolment_ids": []}
        with pytest.raises(NotAllowed):
            services.preview(actor=actor_named("clinician"), **given)
        with pytest.raises(NotFound):
            services.preview(actor=actor_named("doctor"), **{**given, "encounter_id": 999_999})
        with pytest.raises(InvalidInput):
            services.preview(actor=actor_named("doctor"), **{**given, "enrolment_ids": [999_999]})


def test_without_a_programme_nobody_would_do_the_work(two: Any) -> None:
    from followup.programmes.models import ProgrammeVersion

    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree())
    kit.deliver()
    incoming = kit.mirror("beta", out)
    with kit.at_home("alpha"):
        ProgrammeVersion.objects.filter(programme__key="hip_county").update(state="retired")
        centre = actor_named("centre")
        with pytest.raises(ProgrammeNeeded):
            services.accept(actor=centre, case_id=incoming.pk)
        assert HandoverCase.objects.get(pk=incoming.pk).patient_id is None
        with pytest.raises(InvalidInput):
            services.accept(actor=centre, case_id=incoming.pk, programme_keys=["nothing"])
        services.accept(actor=centre, case_id=incoming.pk, programme_keys=["spare"])
        stay = HandoverCase.objects.get(pk=incoming.pk).encounter_id
    assert stay is not None
    assert kit.tasks_of("alpha", stay) == [("d7", "planned", "TEAM"), ("d30", "planned", "TEAM")]


def test_what_is_over_is_over(two: Any) -> None:
    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree())
    kit.deliver()
    incoming = kit.mirror("beta", out)
    with kit.at_home("beta"):
        services.recall(actor=actor_named("doctor"), case_id=out, reason="资料有误")
    # Not delivered yet: the public row is the truth, whatever this side still shows.
    assert kit.case_of("alpha", incoming.case_no).state == "offered"
    with kit.at_home("alpha"):
        for act in (
            lambda: services.accept(actor=actor_named("centre"), case_id=incoming.pk),
            lambda: services.decline(
                actor=actor_named("centre"), case_id=incoming.pk, reason_code="other", reason="晚了"
            ),
            lambda: services.acknowledge(actor=actor_named("centre"), case_id=incoming.pk),
        ):
            with pytest.raises(OfferMoved):
                act()


def test_upward_referral_by_the_green_channel(two: Any, at: Any) -> None:
    """The county sends a sick person up: acknowledged within half an hour, accepted within two."""
    agreement = kit.agree(sender="alpha", receiver="beta", kinds=["referral_up"], basis="treatment")
    _, encounter = kit.discharge(tenant="alpha")
    out = kit.send(encounter, agreement, sender="alpha", urgency="green", enrolment_ids=[])
    kit.deliver()
    incoming = kit.mirror("alpha", out)
    with kit.at_home("beta"):
        centre = actor_named("centre")
        with at("2026-11-21 09:31"):
            assert selectors.count_cases(centre)["inbox_overdue"] == 1
            assert selectors.get_case(centre, incoming.pk)["overdue"] is True
            services.acknowledge(actor=centre, case_id=incoming.pk)
            assert selectors.count_cases(centre)["inbox_overdue"] == 0
    with at("2026-11-21 09:40"):
        kit.deliver()
        assert kit.mirror("beta", incoming.pk).acknowledged_at == kit.events.moment("2026-11-21 09:31")
        with kit.at_home("beta"):
            services.accept(actor=centre, case_id=incoming.pk)
            case = HandoverCase.objects.select_related("encounter").get(pk=incoming.pk)
            assert case.encounter is not None
            assert (case.encounter.kind, case.encounter.status, case.encounter.main_diagnosis) == (
                "outpatient", "open", "股骨颈骨折",
            )  # fmt: skip
            services.complete(actor=centre, case_id=incoming.pk, conclusion="已收住院")
        kit.deliver()
    assert kit.mirror("beta", incoming.pk).conclusion == "已收住院"
