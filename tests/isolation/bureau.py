"""The public host: two bureaus, each with tenants of its own, and everybody who does not belong there."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client

from access.actor import SYSTEM
from kernel import clock
from kernel.doors import ANYONE
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema
from tests.cast import PASSWORD, ApiClient
from tests.isolation.bodies import body_of
from tests.isolation.caller import encode
from tests.isolation.divisions import fingerprint_of_list, give_bureau_lists
from tests.isolation.handover import seed_bureau_agreements
from tests.isolation.operations import OPEN, PUBLIC_OPERATIONS, Operation
from tests.isolation.words import WORDS

MONTH = date(2026, 11, 1)
# Bureau account → tenants whose names and townships it may read.
_SEEN = {"bureau": {"alpha", "beta"}, "bureau2": {"gamma"}, "stranger": set[str]()}
_MARKS = {tenant: f"{tenant}县域暗记" for tenant in ("alpha", "beta", "gamma")}


def find_bureau_faults() -> list[str]:
    """Every operation of the public host as both bureaus, an account without one, a tenant's staff, and nobody.

    Makes its rows and rolls them back.
    """
    faults: list[str] = []
    with transaction.atomic():
        agreements = _seed()
        lists = give_bureau_lists({"bureau": "420583000000", "bureau2": "420582000000"})
        cookies = {who: _session(PUBLIC, who) for who in _SEEN}
        staff = _session("alpha", "operations")
        for operation in PUBLIC_OPERATIONS:
            for pk, owner in _objects_of(operation, agreements, lists):
                for who, cookie in cookies.items():
                    faults += _judge(operation, who, cookie, known=True, pk=pk, owner=owner)
                faults += _judge(operation, "alpha's operations", staff, known=False, pk=pk)
                faults += _judge(operation, "nobody", "", known=False, pk=pk)
        transaction.set_rollback(True)
    return faults


def _objects_of(
    operation: Operation, agreements: dict[tuple[str, str], int], lists: dict[str, int]
) -> list[tuple[str, str]]:
    """(id, whose) of each thing that the operation is tried on; ("", "") for one without an id."""
    if operation.path.startswith("divisions/imports/{id}"):
        return [(str(pk), bureau) for bureau, pk in lists.items()]
    if not operation.path.startswith("handover/agreements/{id}"):
        return [("", "")]
    wanted = "countersigned" if operation.action in {"approve", "reject"} else "active"
    return [(str(pk), bureau) for (bureau, state), pk in agreements.items() if state == wanted]


def _seed() -> dict[tuple[str, str], int]:
    from access.services import assign_role
    from accounts.services import create_account
    from community.supervision.models import TownshipIndicator
    from tenants.registry.models import BureauMembership, HealthBureau, Tenant

    now = clock.now()
    with bind_schema(PUBLIC):
        second = HealthBureau.objects.create(
            code="second", name="第二卫生健康局", division_code="420582000000"
        )
        Tenant.objects.create(
            code="gamma", schema_name="t_gamma", name=f"{_MARKS['gamma']}医院", kind="hospital", status="active",
            bureau=second, created_at=now,
        )  # fmt: skip
        for who in ("bureau2", "stranger"):
            account = create_account(username=who, name=who, password=PASSWORD)
            assign_role(actor=SYSTEM, account=account, role="bureau_admin")
            if who == "bureau2":
                BureauMembership.objects.create(account=account, bureau=second)
        for tenant, mark in _MARKS.items():
            TownshipIndicator.objects.create(
                tenant_code=tenant, tenant_name=tenant, county_code="420583000000", township_code="420583106000",
                township_name=mark, institution_code="T1", institution_name=mark, month=MONTH, discharged=1,
                computed_at=now,
            )  # fmt: skip
        return seed_bureau_agreements()


def _session(tenant: str, who: str) -> str:
    return str(ApiClient(tenant, who).client.cookies[settings.SESSION_COOKIE_NAME].value)


def _judge(
    operation: Operation, who: str, cookie: str, *, known: bool, pk: str = "", owner: str = ""
) -> list[str]:
    client = Client(headers={"host": "localhost"}, raise_request_exception=False)
    if cookie:
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    is_fixed = operation.key == "POST session" or operation.key.startswith(
        ("POST handover/", "POST divisions/")
    )
    body: Any = body_of(operation, None, None) if is_fixed else {}  # type: ignore[arg-type]
    if operation.path == "divisions/imports/{id}/apply":
        body = {"fingerprint": fingerprint_of_list(pk)}
    data, content_type = encode(operation, body)
    with transaction.atomic():
        response = client.generic(operation.method, operation.url(pk), data, content_type=content_type)
        transaction.set_rollback(True)
    where = f"{operation.key} as {who} on the public host"
    faults = []
    if operation.function == ANYONE:
        expected = {OPEN[operation.key]}
    elif not known:
        expected = {401}
    elif owner:
        expected = {200} if who == owner else {404} if _SEEN[who] else {403}
    else:
        expected = {200, 201} if _SEEN[who] else {403, 404}
    if response.status_code not in expected:
        faults.append(f"{where}: got {response.status_code}, expected {sorted(expected)}")
    text = response.content.decode()
    seen = _SEEN.get(who, set())
    faults += [f"{where}: {mark}" for tenant, mark in _MARKS.items() if mark in text and tenant not in seen]
    if operation.key == "GET supervision/overview":
        faults += [
            f"{where}: {mark} is missing"
            for tenant, mark in _MARKS.items()
            if tenant in seen and mark not in text
        ]
    faults += [
        f"{where}: {canary}" for words in WORDS.values() for canary in words.canaries if canary in text
    ]
    return faults
