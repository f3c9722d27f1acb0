"""The demonstration from end to end: every step goes through the product's own doors and may be repeated."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from access.actor import SYSTEM, build_actor
from accounts.models import StaffAccount
from accounts.services import reload_account
from community.supervision.services import refresh_all
from config.demo import handovers, history, people, plan
from divisions.selectors import divisions_inside, get_division
from divisions.services import import_seed
from followup.programmes.selectors import list_programmes
from followup.programmes.services import load_library, review_version
from followup.screening.services import run_screening
from integrations.hl7v2.client import MllpClient
from integrations.synthetic.discharges import SyntheticMessage, generate_days
from kernel import clock, jobs
from kernel.tenancy import bind_schema
from tenants.provisioning.services import provision_tenant
from tenants.registry.models import HealthBureau, Tenant

Say = Callable[[str], None]


class Steps:
    """Runs the steps one by one, says how far it is, and keeps the seconds of each."""

    def __init__(self, say: Say, timings: dict[str, float]) -> None:
        self.say, self.timings = say, timings

    @contextmanager
    def step(self, key: str, text: str) -> Iterator[None]:
        started = time.monotonic()
        self.say(f"  {text} …")
        yield
        self.timings[key] = round(time.monotonic() - started, 2)
        self.say(f"    {self.timings[key]:.1f} s")


def make_tenants(*, say: Say) -> dict[str, float]:
    """Divisions, bureau, tenants with their people: what must be there before the listener starts. Seconds by step."""
    steps = Steps(say, {})
    with steps.step("divisions", "importing administrative divisions"):
        import_seed("hubei")
    bureau = people.make_bureau()
    for each in plan.TENANTS:
        with steps.step(f"provision_{each.code}", f"provisioning {each.name}"):
            _provision(each, bureau)
    return steps.timings


def run_demo(*, say: Say, timings: dict[str, float]) -> dict[str, Any]:
    """Let the month travel, or what is missing of it; returns what var/demo.json holds."""
    steps = Steps(say, timings)
    tenants = [(each, Tenant.objects.get(code=each.code)) for each in plan.TENANTS]
    for each, tenant in tenants:
        days = f"{each.days} days of discharges of {each.hospital_name}"
        with steps.step(f"intake_{each.code}", f"sending {days} over MLLP"):
            _send(each, tenant, say)
    for each, tenant in tenants:
        work = steps.step(f"work_{each.code}", f"routing and screening in {each.name}")
        with work, bind_schema(tenant.schema_name):
            _settle(say)
            # What a run that was killed left half-way is taken up by the set-based run: it finds nothing else.
            run_screening(actor=SYSTEM)
    for each, tenant in tenants:
        living = steps.step(f"history_{each.code}", f"living through the past weeks in {each.name}")
        with living, bind_schema(tenant.schema_name):
            done = history.live_through(today=clock.today(), say=say)
            say(f"    {done} follow-ups done on their own days")
            _settle(say)
    with steps.step("handovers", "handing patients over between the hospital and the county"):
        handovers.tell_handovers(settle=lambda: _settle(say), say=say)
    for _, tenant in tenants:
        with bind_schema(tenant.schema_name):
            refresh_all()
            _report(say, tenant)
    return _describe(tenants, steps.timings, say)


def _provision(each: plan.TenantPlan, bureau: HealthBureau) -> Tenant:
    hosts = [f"{each.code}.localhost", each.address]
    tenant = provision_tenant(
        code=each.code, name=each.name, kind=each.kind, hosts=hosts, division_code=each.division_code,
        bureau=bureau, sending_facilities=[each.hospital.facility_code],
    )  # fmt: skip
    with bind_schema(tenant.schema_name):
        people.make_people(each)
        load_library(
            actor=SYSTEM, signer_name=plan.SIGNER, licence_no=plan.SIGNER_LICENCE, starts_on=_start_of(tenant, each),
            unsigned=plan.UNSIGNED,
        )  # fmt: skip
        _hand_to_the_signer()
    return tenant


def _hand_to_the_signer() -> None:
    """The centre has read some of the drafts: the doctor's inbox has something to sign."""
    centre = build_actor(
        reload_account(StaffAccount.objects.values_list("pk", flat=True).get(username="suifang"))
    )
    for row in list_programmes():
        if row["key"] in plan.REVIEWED and row["state"] == "draft":
            review_version(actor=centre, version_id=int(row["version_id"]), note_text="已核对入组条件和问卷")


def _start_of(tenant: Tenant, each: plan.TenantPlan) -> date:
    """The first day of the synthetic month; a later run of the demonstration tells the same story again."""
    return clock.day_of(tenant.created_at) - timedelta(days=each.days)


def make_messages(each: plan.TenantPlan, start: date) -> list[SyntheticMessage]:
    """The month's messages up to now, in the order in which they were sent."""
    names = {d.code: d.name for d in divisions_inside(f"{each.hospital.county_code}000000")}
    county = get_division(each.hospital.county_code)
    villages = [
        (code, name, names.get(f"{code[:9]}000", ""), county.name if county else "")
        for code, name in names.items()
        if not code.endswith("000")
    ]
    messages = generate_days(plan.SEED, start, each.days, each.per_day, each.hospital, villages)
    return [message for message in messages if message.sent_at <= clock.now()]


def _send(each: plan.TenantPlan, tenant: Tenant, say: Say) -> None:
    messages = make_messages(each, _start_of(tenant, each))
    codes: dict[str, int] = {}
    port = int(os.environ["JIELI_MLLP_PORT"])
    with MllpClient("127.0.0.1", port) as client:
        for position, answer in enumerate(client.send(message.payload for message in messages), 1):
            codes[answer.code] = codes.get(answer.code, 0) + 1
            if position % 500 == 0:
                say(f"    {position} of {len(messages)} acknowledged")
    counts = "，".join(f"{code} {number}" for code, number in sorted(codes.items()))
    say(f"    {len(messages)} messages: {counts}")


def _settle(say: Say) -> None:
    """Until no job is due: the worker works beside us, and leases keep us apart."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        jobs.drain()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM kernel_job WHERE state IN ('queued', 'running') AND run_at <= now()"
            )
            left = cursor.fetchone()[0]
        if not left:
            return
        time.sleep(0.2)
    say("    some jobs are still waiting; the worker goes on with them")


def _report(say: Say, tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM records_patient WHERE merged_into_id IS NULL),"
            " (SELECT count(*) FROM records_encounter WHERE status = 'discharged'),"
            " (SELECT count(*) FROM programmes_enrolment), (SELECT count(*) FROM worklist_task),"
            " (SELECT count(*) FROM routing_currentrouting WHERE state = 'unresolved'),"
            " (SELECT count(*) FROM intake_quarantinedrow WHERE state = 'open'),"
            " (SELECT count(*) FROM worklist_escalation WHERE state <> 'closed')"
        )
        row = cursor.fetchone()
    words = ("位患者", "次出院", "次入组", "个随访任务", "位归属待确认", "条隔离待处理", "项异常待处理")
    say(f"  {tenant.name}：" + "，".join(f"{number} {word}" for number, word in zip(row, words, strict=True)))


def _describe(
    tenants: list[tuple[plan.TenantPlan, Tenant]], timings: dict[str, float], say: Say
) -> dict[str, Any]:
    port = os.environ["JIELI_PORT"]
    by_name = os.environ.get("JIELI_HOSTS_BY_NAME") == "1"
    owner = settings.DATABASES["owner"]
    url = f"http://localhost:{port}/"
    bureau_login = {
        "role": "bureau_admin",
        "role_name": "卫健局管理员",
        "username": plan.BUREAU_LOGIN.username,
    }
    listed: list[dict[str, Any]] = [
        {
            "code": each.code, "name": each.name, "kind": each.kind,
            "url": f"http://{each.code}.localhost:{port}/" if by_name or sys.platform != "linux"
            else f"http://{each.address}:{port}/",
            "logins": people.describe_logins(each),
        }
        for each, _ in tenants
    ]  # fmt: skip
    listed.insert(
        0,
        {
            "code": plan.BUREAU[0], "name": plan.BUREAU[1], "kind": "bureau", "url": url,
            "logins": [{**bureau_login, "password": plan.PASSWORD}],
        },
    )  # fmt: skip
    for tenant in listed:
        say(f"\n{tenant['name']}  {tenant['url']}")
        for login in tenant["logins"]:
            say(f"    {login['role_name']:<10}\t{login['username']:<12}{login['password']}")
    return {
        "public_url": url,
        "mllp": {"host": "127.0.0.1", "port": int(os.environ["JIELI_MLLP_PORT"])},
        "database_url": "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**owner),
        "redis_url": settings.REDIS_URL,
        "s3_endpoint_url": settings.S3_ENDPOINT_URL,
        "tenants": listed,
        "timings": timings,
    }
