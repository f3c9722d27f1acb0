"""Stopped at every statement of offer, accept, return and delivery: all of it happened, or nothing did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from community.handover import selectors, services
from community.handover.tests import kit
from kernel import jobs
from kernel.tenancy import bound_schema
from tests.cast import actor_named

pytestmark = [pytest.mark.django_db, pytest.mark.req("D6", "C17")]

# What an act of a hand-over writes, in both tenants and between them.
_TABLES = {
    "public": ("exchange_offer", "exchange_envelope", "exchange_agreement"),
    "tenant": (
        "handover_handovercase", "handover_handoverwork", "handover_handoverevent", "records_patient",
        "records_patientidentifier", "records_encounter", "records_diagnosis", "routing_routingdecision",
        "routing_currentrouting", "programmes_enrolment", "worklist_task", "kernel_job", "kernel_outboxevent",
        "trail_trailrow",
    ),
}  # fmt: skip


class Stopped(BaseException):
    """No handler of the product catches it, as none catches a killed process."""


@contextmanager
def stopping_at(number: int) -> Iterator[list[int]]:
    """The statement of that number is not run any more; the list holds how many were seen."""
    seen = [0]

    def wrapper(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        # A test's outermost release stands for the commit, which the server does wholly or not at all.
        seen[0] += 0 if str(sql).startswith("RELEASE SAVEPOINT") else 1
        if seen[0] == number:
            seen[0] += 1
            raise Stopped
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield seen


def digest() -> list[tuple[str, str, Any]]:
    """Every row of those tables, as one number each."""
    found = []
    for schema, tables in (
        ("public", _TABLES["public"]), ("t_alpha", _TABLES["tenant"]), ("t_beta", _TABLES["tenant"]),
    ):  # fmt: skip
        with kit.bind_schema(schema), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {table} t")
                found.append((schema, table, cursor.fetchone()))
    return found


def stop_everywhere(tenant: str, act: Callable[[], object], *, atomic: bool = False) -> int:
    """Run the act again and again, each time stopped one statement later, until it comes to its end. How many."""
    before = digest()
    number = 0
    while True:
        number += 1
        with kit.at_home(tenant):
            try:
                with stopping_at(number) as seen:
                    if atomic:
                        with transaction.atomic():
                            act()
                    else:
                        act()
            except Stopped:
                assert bound_schema() == f"t_{tenant}"
            else:
                assert seen[0] < number
                return number - 1
        assert digest() == before, f"stopped at statement {number}"


def test_offer(two: Any) -> None:
    _, encounter = kit.discharge()
    agreement = kit.agree()
    stopped = stop_everywhere("beta", lambda: kit.send(encounter, agreement))
    assert stopped > 20
    kit.deliver()
    with kit.at_home("alpha"):
        assert selectors.count_cases(actor_named("centre"))["inbox_open"] == 1


def test_accept_and_give_back_and_their_delivery(two: Any) -> None:
    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree())
    offer_id = kit.offer_row(kit.case_of("beta", _no(out)).case_no).pk
    assert stop_everywhere("alpha", lambda: services.receive(offer_id=offer_id), atomic=True) > 10
    incoming = kit.mirror("beta", out)
    with kit.at_home("alpha"):
        jobs.drain()
    accept = stop_everywhere(
        "alpha", lambda: services.accept(actor=actor_named("centre"), case_id=incoming.pk)
    )
    assert accept > 50
    assert stop_everywhere("beta", lambda: services.receive(offer_id=offer_id), atomic=True) > 10
    kit.deliver()
    assert {state for _, state, _ in kit.tasks_of("beta", encounter)} == {"paused"}
    back = stop_everywhere(
        "alpha",
        lambda: services.give_back(actor=actor_named("centre"), case_id=incoming.pk, reason="患者回市区"),
    )
    assert back > 20
    assert stop_everywhere("beta", lambda: services.receive(offer_id=offer_id), atomic=True) > 10
    kit.deliver()
    assert {state for _, state, _ in kit.tasks_of("beta", encounter)} == {"planned"}
    assert [envelope[2:] for envelope in kit.envelopes(incoming.case_no)] == [
        ("offered", True), ("accepted", True), ("returned", True),
    ]  # fmt: skip


def _no(case_id: int) -> str:
    from community.handover.models import HandoverCase

    with kit.at_home("beta"):
        return HandoverCase.objects.get(pk=case_id).case_no


def test_an_envelope_is_delivered_once_however_often_the_job_runs(two: Any) -> None:
    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree())
    offer_id = kit.offer_row(_no(out)).pk
    with kit.at_home("alpha"):
        assert [services.receive(offer_id=offer_id) for _ in range(3)] == [1, 0, 0]
    # As if the mark had been lost: the event that the envelope made is there already.
    from community.handover.exchange.models import Envelope

    with kit.bind_schema("public"):
        Envelope.objects.update(delivered_at=None)
    before = _cases()
    with kit.at_home("alpha"):
        assert services.receive(offer_id=offer_id) == 1
    assert _cases() == before


def _cases() -> list[Any]:
    return [row for row in digest() if row[0] == "t_alpha" and row[1].startswith("handover")]


def test_a_lost_job_is_made_up_for(two: Any) -> None:
    """The wake-up of the other side may be lost: its sweep finds what waits."""
    from kernel.models import Job

    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree())
    with kit.at_home("alpha"):
        Job.objects.filter(name="handover.receive").delete()
        assert services.sweep() == 1
    assert kit.mirror("beta", out).state == "offered"


def test_one_that_cannot_be_delivered_stops_no_other(two: Any) -> None:
    from community.handover.exchange.models import Envelope

    agreement = kit.agree()
    _, first = kit.discharge(mrn="A")
    _, second = kit.discharge(mrn="B", name="李四", id_no=kit.events.OTHER_ID)
    bad, good = kit.send(first, agreement), kit.send(second, agreement)
    with kit.bind_schema("public"):
        Envelope.objects.filter(offer__case_no=_no(bad)).update(sealed=b"\x01" + b"0" * 80)
    with kit.at_home("alpha"):
        assert services.sweep() == 1
    assert kit.mirror("beta", good).state == "offered"
