"""R2, the isolation matrix: every operation × everybody × every situation."""

from dataclasses import replace

import pytest
from django.db import transaction

from tests.isolation import matrix
from tests.isolation.bureau import find_bureau_faults
from tests.isolation.caller import Caller
from tests.isolation.operations import (
    PUBLIC_OPERATIONS,
    TENANT_OPERATIONS,
    Operation,
    Unknown,
    variant_of,
)

pytestmark = pytest.mark.req("D1", "D4", "C16")


@pytest.mark.parametrize("operation", TENANT_OPERATIONS, ids=lambda operation: operation.key)
def test_nobody_gets_what_is_not_theirs(operation: Operation, caller: Caller) -> None:
    before = caller.cells
    try:
        found = list(matrix.check(operation, caller))
    except Unknown as missing:
        pytest.fail(str(missing))
    assert caller.cells > before
    if found:
        pytest.fail(f"{len(found)} deviations:\n" + "\n".join(map(str, found)))


@pytest.mark.parametrize("who", matrix.EVERYBODY)
def test_no_other_method_does_anything(who: str, caller: Caller) -> None:
    """A method that a route does not have is 405, whoever asks."""
    by_path: dict[str, set[str]] = {}
    for operation in TENANT_OPERATIONS:
        by_path.setdefault(operation.path, set()).add(operation.method)
    strange = []
    for operation in {op.path: op for op in TENANT_OPERATIONS}.values():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - by_path[operation.path]:
            other = replace(operation, method=method)
            answer = caller.call(other, "alpha", who, "1")
            if answer.status != 405:
                strange.append(f"{other.key}: {answer.status}")
    assert strange == []


def test_the_bureaus_routes_are_not_on_a_tenants_host(caller: Caller) -> None:
    shared = {operation.key for operation in TENANT_OPERATIONS}
    for operation in PUBLIC_OPERATIONS:
        if operation.key not in shared:
            for who in (None, *matrix.EVERYBODY):
                assert caller.call(operation, "alpha", who).status == 404, (operation.key, who)


def test_a_kept_answer_is_given_to_nobody_else(caller: Caller) -> None:
    """Idempotency-Key: the same request of somebody else, or on another host, is a request of its own."""
    unmask = next(op for op in TENANT_OPERATIONS if op.key == "POST patients/{id}/unmask")
    alpha, beta = caller.worlds["alpha"], caller.worlds["beta"]
    patient = alpha.of("patient")[0]
    key = {"Idempotency-Key": "the-same-key"}
    with transaction.atomic():
        first = caller.call(unmask, "alpha", "clinician", patient.id, headers=key, keep=True)
        again = caller.call(unmask, "alpha", "clinician", patient.id, headers=key)
        for home, who, expected in (
            ("alpha", "other_clinician", 404), ("alpha", "supervisor", 403), ("alpha", None, 401),
            ("beta", "clinician", 404),
        ):  # fmt: skip
            answer = caller.call(unmask, home, who, patient.id, headers=key)
            assert answer.status == expected, (home, who)
            assert not answer.holds(alpha.words.people["resident"].phone)
        transaction.set_rollback(True)
    assert (first.status, again.status) == (200, 200)
    assert first.json == again.json == {"value": alpha.words.people["resident"].phone}
    assert "Idempotency-Replayed" in again.headers
    assert beta.words.people["resident"].phone != alpha.words.people["resident"].phone


@pytest.mark.parametrize("home", ["alpha", "beta"])
def test_unmasking_one_patient_does_not_reach_anothers_phone(home: str, caller: Caller) -> None:
    unmask = next(op for op in TENANT_OPERATIONS if op.key == "POST patients/{id}/unmask")
    world = caller.worlds[home]
    patient = world.of("patient")[0]
    others = [
        t for w in caller.worlds.values() for t in w.of("phone") if (w, t.place) != (world, patient.place)
    ]
    for phone in others:
        body = {"field": "phone", "reason": "电话随访核对", "phone_id": phone.id}
        answer = caller.call(unmask, home, "clinician", patient.id, body=body)
        assert answer.status in {404, 409, 422}, (phone, answer.content)


def test_the_canaries_sing(caller: Caller) -> None:
    """A net without fish: the strings that the matrix looks for are really in the answers to who may see them."""
    heard = {
        "GET patients/{id}": ("patient", "clinician", ("name", "name_masked", "address")),
        "GET patients/{id}/timeline": ("patient", "clinician", ("tag",)),
        "GET tasks/{id}": ("task", "clinician", ("name", "name_masked", "tag")),
        "GET files/{token}": ("file_link", "admin", ("tag",)),
        "GET intake/quarantine/{id}": ("quarantine", "it", ()),
    }
    for operation in TENANT_OPERATIONS:
        if operation.key not in heard:
            continue
        kind, who, words = heard[operation.key]
        for home, world in caller.worlds.items():
            thing = world.of(kind, variant_of(operation, kind))[0]
            answer = caller.call(operation, home, who, thing.id)
            person = world.words.people["quarantined" if kind == "quarantine" else "resident"]
            for word in words or ("name_masked",):
                assert answer.holds(str(getattr(person, word))), (operation.key, word)


def test_an_operation_that_the_tables_do_not_know_fails(caller: Caller) -> None:
    known = next(op for op in TENANT_OPERATIONS if op.key == "GET tasks/{id}")
    for template in (
        "api/v1/novelties/<str:id>",
        "api/v1/novelties",
        "api/v1/tasks/<str:id>/parts/<str:part>",
    ):
        with pytest.raises(Unknown, match="GET "):
            list(matrix.check(replace(known, template=template), caller))


def test_bureaus_see_their_own_tenants_and_no_person(caller: Caller) -> None:
    assert find_bureau_faults() == []
