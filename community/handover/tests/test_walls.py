"""Nobody reads what is not theirs: neither the other tenant's schema nor what lies between the two."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from community.handover import gate, services
from community.handover.errors import NoTenantBound
from community.handover.sealing import make_pair, seal, unseal
from community.handover.services.keys import private_key
from community.handover.tests import kit
from kernel.crypto import CannotDecrypt
from kernel.errors import NotFound
from tests.cast import actor_named

pytestmark = pytest.mark.req("D3", "D6", "C17")
BETWEEN = ("agreement", "agreementfield", "agreementact", "tenantkey", "offer", "envelope")


@pytest.mark.django_db
def test_a_tenants_role_reads_neither_the_other_tenant_nor_what_lies_between(two: Any) -> None:
    _, encounter = kit.discharge()
    kit.send(encounter, kit.agree())
    statements = [
        "SELECT count(*) FROM t_beta.handover_handovercase",
        "SELECT count(*) FROM t_beta.records_patient",
        "INSERT INTO t_beta.kernel_job (name, args, state, run_at, created_at, attempts, max_attempts, last_error)"
        " VALUES ('handover.receive', '{}', 'queued', now(), now(), 0, 8, '')",
        *[f"SELECT count(*) FROM public.exchange_{name}" for name in BETWEEN],
        *[f"SELECT count(*) FROM exchange_{name}" for name in BETWEEN],
        "UPDATE public.exchange_offer SET state = 'accepted'",
        "DELETE FROM public.exchange_envelope",
        "SELECT nextval('public.exchange_offer_id_seq')",
    ]
    with kit.at_home("alpha"):
        for statement in statements:
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM handover_handovercase")
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_nothing_of_the_person_is_readable_between_the_two(two: Any) -> None:
    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree())
    secrets = [kit.NAME, kit.ID_NO, kit.PHONE, "股骨颈骨折", "问安镇", "术后请上门换药"]
    with kit.bind_schema("public"), connection.cursor() as cursor:
        for name in BETWEEN:
            cursor.execute(f"SELECT t::text FROM exchange_{name} t")
            text = "".join(row[0] for row in cursor.fetchall())
            for secret in secrets:
                assert secret not in text
                assert secret.encode().hex() not in text
    # At rest on either side the packet is encrypted too.
    kit.deliver()
    for tenant, case in (
        ("beta", kit.case_of("beta", kit.mirror("beta", out).case_no)),
        ("alpha", kit.mirror("beta", out)),
    ):
        for secret in secrets[:4]:
            assert secret.encode() not in bytes(case.packet_enc), tenant


@pytest.mark.django_db
def test_only_the_receiver_opens_an_envelope(two: Any) -> None:
    from community.handover.exchange.models import Envelope, TenantKey

    _, encounter = kit.discharge()
    kit.send(encounter, kit.agree())
    with kit.bind_schema("public"):
        envelope = Envelope.objects.select_related("offer").get()
        own = TenantKey.objects.get(tenant_code="beta")
    context = f"{envelope.offer.case_no}/1/offered"
    with kit.at_home("alpha"):
        opened = unseal(envelope.sealed, private=private_key(envelope.key_id), context=context)
    assert kit.NAME in opened.decode()
    with kit.at_home("beta"), pytest.raises(CannotDecrypt):
        unseal(envelope.sealed, private=private_key(own.pk), context=context)


@pytest.mark.django_db
def test_the_gate_knows_only_parties(two: Any, scratch_case: int) -> None:
    from community.handover.exchange.models import Agreement, Offer

    with kit.bind_schema("public"):
        Offer.objects.update(from_tenant="gamma", to_tenant="delta")
        agreement = Agreement.objects.get()
        offer_id = Offer.objects.get().pk
        Agreement.objects.update(from_tenant="gamma", to_tenant="delta")
    for tenant in ("alpha", "beta"):
        with kit.at_home(tenant):
            with pytest.raises(NotFound):
                gate.lock_offer(offer_id)
            with pytest.raises(NotFound):
                gate.find_agreement(agreement.pk)
    with kit.bind_schema("public"), pytest.raises(NoTenantBound), gate.opened():
        pass


@pytest.fixture
def scratch_case(two: Any) -> int:
    _, encounter = kit.discharge()
    return kit.send(encounter, kit.agree())


@pytest.mark.django_db
def test_an_agreement_is_a_draft_for_its_writer_alone(two: Any) -> None:
    pk = kit.agree(upto="drafted")
    with kit.at_home("beta"):
        assert gate.find_agreement(pk).state == "draft"
    with kit.at_home("alpha"), pytest.raises(NotFound):
        gate.find_agreement(pk)
    with kit.at_home("alpha"), pytest.raises(NotFound):
        services.countersign(actor=kit.boss(), agreement_id=pk)


@pytest.mark.django_db
def test_looking_into_a_case_leaves_a_row(two: Any, scratch_case: int) -> None:
    from trail.models import TrailRow

    with kit.at_home("beta"):
        services.view_case(actor=actor_named("doctor"), case_id=scratch_case)
        row = TrailRow.objects.get(action="handover.case.viewed")
    assert (row.actor_name, row.object_id) == ("孙主任", str(scratch_case))


def test_sealing() -> None:
    private, public = make_pair()
    sealed = seal("张三".encode(), public=public, context="ZJ1/1/offered")
    assert unseal(sealed, private=private, context="ZJ1/1/offered").decode() == "张三"
    assert seal("张三".encode(), public=public, context="ZJ1/1/offered") != sealed
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x02" + sealed[1:], sealed[:20], b""):
        with pytest.raises(CannotDecrypt):
            unseal(wrong, private=private, context="ZJ1/1/offered")
    with pytest.raises(CannotDecrypt):
        unseal(sealed, private=private, context="ZJ1/2/offered")
    with pytest.raises(CannotDecrypt):
        unseal(sealed, private=make_pair()[0], context="ZJ1/1/offered")
