"""R2, the isolation matrix: every operation × everybody × every situation."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from tests.isolation import matrix
from tests.isolation.bodies import body_of
from tests.isolation.bureau import find_bureau_faults
from tests.isolation.caller import Caller
from tests.isolation.operations import (
    PUBLIC_OPERATIONS,
    TENANT_OPERATIONS,
    Operation,
    Unknown,
    variant_of,
)
from tests.isolation.world import ABSENT_ID, World

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
        "GET enrolments/{id}": ("enrolment", "clinician", ("name_masked", "tag")),
        "GET files/{token}": ("file_link", "admin", ("tag",)),
        "GET patients/{id}/flags": ("patient", "clinician", ("tag",)),
        "GET patients/{id}/labels": ("patient", "clinician", ("tag",)),
        "GET patients/{id}/registers": ("patient", "clinician", ("tag",)),
        "POST screening/preview": ("previewed_stay", "doctor", ("name_masked", "tag")),
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


def _of_another(world: World) -> Iterator[tuple[str, str, str, dict[str, str], dict[str, Any], int]]:
    """(key, who, id in the path, query, body, answer): a second id that is not the first's, or not the tenant's."""
    mine, other = (world.ids_by_place(kind) for kind in ("programme_version", "programme"))
    stay, lead = world.of("encounter")[0].id, world.of("task", "lead")[0].id
    yield "GET programme-versions/{id}/diff", "centre", mine["story"], {"against": mine["signed"]}, {}, 422
    for member in (world.of("task", "open")[0].id, ABSENT_ID):
        yield "POST tasks/{id}/detach", "clinician", lead, {}, {"member_id": member}, 422
    body = {"from_version_id": mine["signed"]}
    yield "POST programmes/{id}/drafts", "centre", other["story"], {}, body, 422
    body = {"programme_id": ABSENT_ID, "encounter_id": stay, "reason": "需要随访"}
    yield "POST enrolments", "clinician", "", {}, body, 422
    yield "PUT patients/{id}/labels", "clinician", world.of("patient")[0].id, {}, {"codes": ["novelty"]}, 422


@pytest.mark.parametrize("home", ["alpha", "beta"])
def test_a_second_id_is_of_the_same_thing(home: str, caller: Caller) -> None:
    by_key = {operation.key: operation for operation in TENANT_OPERATIONS}
    for key, who, pk, query, body, expected in _of_another(caller.worlds[home]):
        answer = caller.call(by_key[key], home, who, pk, query=query, body=body)
        assert answer.status == expected, (key, answer.content.decode())


def test_counts_are_of_ones_own_tenant(caller: Caller) -> None:
    """With a programme of the other tenant nobody is enrolled; with one's own, everybody."""
    preview = next(op for op in TENANT_OPERATIONS if op.key == "POST screening/preview")
    for home, world in caller.worlds.items():
        other = next(w for tenant, w in caller.worlds.items() if tenant != home)
        body = {**body_of(preview, world, None), "programme_id": other.of("programme")[0].id}
        answer = caller.call(preview, home, "admin", body=body)
        assert (answer.json["enrolled"], answer.json["count"], answer.json["items"]) == (0, 3, None)


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
