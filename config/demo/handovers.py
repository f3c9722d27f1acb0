"""What passed between the tertiary hospital and the county in the past days: agreements, and a case in each state."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection

from access.actor import Actor, build_actor
from accounts.models import StaffAccount
from accounts.services import reload_account
from community.handover import selectors, services
from community.handover.errors import ProgrammeNeeded
from community.handover.exchange import bureau
from community.handover.rules import FIELDS
from config.demo import history, plan
from followup.programmes.selectors import list_programmes
from kernel import clock
from kernel.errors import DomainError, NotFound
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema
from tenants.registry.models import Tenant

Say = Callable[[str], None]
Act = Callable[[], object]
# Stays whose follow-up still runs and that nobody handed over yet, the latest discharges first.
_STAYS = """
SELECT e.id, array_agg(n.id ORDER BY n.id)
  FROM records_encounter e
  JOIN programmes_enrolment n ON n.encounter_id = e.id AND n.state = 'active'
 WHERE e.status = 'discharged' AND e.discharged_at <= %s
   AND NOT EXISTS (SELECT 1 FROM handover_handovercase h WHERE h.encounter_id = e.id)
 GROUP BY e.id, e.discharged_at
 ORDER BY e.discharged_at DESC, e.id
 LIMIT 60
"""
_NOTES = ("术后请上门换药并看伤口", "请监测血压、血糖并核对用药", "独居，请先联系子女再上门")


@dataclass(frozen=True, slots=True)
class Side:
    """A tenant, who signs for it (`manager`), who decides there (`desk`), and who sends what they see (`senders`)."""

    schema: str
    code: str
    manager: Actor
    desk: Actor
    senders: tuple[Actor, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A case of the sender's and its number, which both sides know."""

    id: int
    case_no: str


def tell_handovers(*, settle: Act, say: Say) -> int:
    """The demonstration's own two sides; see make_handovers."""
    hospital, county = (read_side(schema_of(code), code) for code in ("yichang", "zhijiang"))
    return make_handovers(
        hospital, county, read_bureau(plan.BUREAU_LOGIN.username), settle=settle, say=say,
        work_off=lambda: history.live_through(today=clock.today(), say=say),
    )  # fmt: skip


def schema_of(code: str) -> str:
    return Tenant.objects.values_list("schema_name", flat=True).get(code=code)


def read_side(schema: str, code: str) -> Side:
    with bind_schema(schema):
        desk, doctor = _actor("suifang"), _actor("zhuguan")
        return Side(schema, code, _actor("guanli"), desk, (desk, doctor))


def read_bureau(username: str) -> Actor:
    with bind_schema(PUBLIC):
        return _actor(username)


def _actor(username: str) -> Actor:
    pk = StaffAccount.objects.values_list("pk", flat=True).get(username=username)
    return build_actor(reload_account(pk))


def make_handovers(
    hospital: Side, county: Side, approver: Actor, *, settle: Act, work_off: Act, say: Say
) -> int:
    """Agreements and cases, once; returns how many cases were made.

    `settle` works off the bound tenant's jobs, `work_off` its follow-ups whose day has passed.
    """
    with bind_schema(hospital.schema):
        known = _count("SELECT count(*) FROM handover_handovercase")
    if known:
        return 0
    down, up = _agree(hospital, county, approver)
    story = _Story(hospital, county, settle, work_off, say)
    story.tell_downward(down)
    story.tell_upward(up)
    return story.made


def _agree(hospital: Side, county: Side, approver: Actor) -> tuple[int, int]:
    """Down and up in force; one that waits for the bureau and a draft, so that there is something to do."""
    now = clock.now()
    every = list(FIELDS)
    down = {"purpose": "continued_care", "kinds": ["discharge"], "fields": every, "consent_basis": "separate"}
    up = {
        "purpose": "specialist_opinion",
        "kinds": ["referral_up"],
        "fields": every,
        "consent_basis": "treatment",
    }
    few = [key for key in every if not FIELDS[key].sensitive]
    waits = {"purpose": "chronic_care", "kinds": ["discharge"], "fields": few, "consent_basis": "separate"}
    ids = []
    for giver, taker, values, upto in (
        (hospital, county, down, 3), (county, hospital, up, 3), (county, hospital, waits, 2),
        (hospital, county, waits, 0),
    ):  # fmt: skip
        with _at(now - timedelta(days=20)):
            today = clock.today()
            dates = {"valid_from": today, "valid_to": today + timedelta(days=365), "note": ""}
            with bind_schema(giver.schema):
                pk = services.create_agreement(
                    actor=giver.manager, values={**values, **dates, "to_tenant": taker.code}
                )
                if upto:
                    services.propose(actor=giver.manager, agreement_id=pk)
        if upto >= 2:
            with _at(now - timedelta(days=19)), bind_schema(taker.schema):
                services.countersign(actor=taker.manager, agreement_id=pk)
        if upto >= 3:
            with _at(now - timedelta(days=18)), bind_schema(PUBLIC):
                bureau.decide(actor=approver, agreement_id=pk, act="approved")
        ids.append(pk)
    return ids[0], ids[1]


class _Story:
    """Each case is offered, and decided on, at its own hour before the present."""

    def __init__(self, hospital: Side, county: Side, settle: Act, work_off: Act, say: Say) -> None:
        self.hospital, self.county, self.say = hospital, county, say
        self.settle, self.work_off = settle, work_off
        self.now, self.made = clock.now(), 0

    def tell_downward(self, agreement: int) -> None:
        giver, taker = self.hospital, self.county
        # Those whose first call was due in the days since they were accepted: their results are back.
        stays = self._stays(giver, days=8)
        early = (("running", 96, "normal"), ("second", 90, "normal"), ("done", 120, "normal"))
        sent = {name: self._offer(giver, agreement, stays, hours, urgency=how) for name, hours, how in early}
        stays = self._stays(giver, days=3)
        late = (
            ("expired", 56, "normal"), ("declined", 20, "normal"), ("returned", 60, "normal"),
            ("recalled", 30, "normal"), ("waiting", 5, "normal"), ("green", 1.5, "green"),
        )  # fmt: skip
        sent |= {name: self._offer(giver, agreement, stays, hours, urgency=how) for name, hours, how in late}
        self._deliver(taker)
        for name, hours in (("running", 90), ("second", 80), ("done", 110), ("returned", 50)):
            self._decide(taker, sent[name], hours, partial(_accept, taker.desk))
        with bind_schema(taker.schema):
            self.work_off()
        self._decide(
            taker, sent["declined"], 9,
            lambda pk: services.decline(
                actor=taker.desk, case_id=pk, reason_code="out_of_area", reason="患者常住外县，请联系居住地机构"
            ),
        )  # fmt: skip
        self._decide(
            taker, sent["returned"], 8,
            lambda pk: services.give_back(actor=taker.desk, case_id=pk, reason="伤口渗液加重，需手术医院处理"),
        )  # fmt: skip
        self._decide(
            taker, sent["done"], 4,
            lambda pk: services.complete(
                actor=taker.desk, case_id=pk, conclusion="伤口愈合良好，行走恢复，转入乡镇卫生院常规管理。"
            ),
        )  # fmt: skip
        self._recall(giver, sent["recalled"], 28)
        with _at(self.now - timedelta(hours=6)), bind_schema(taker.schema):
            services.sweep()
        self._deliver(giver)
        self._deliver(taker)

    def tell_upward(self, agreement: int) -> None:
        giver, taker = self.county, self.hospital
        stays = self._stays(giver, days=0)
        fresh = self._offer(giver, agreement, stays, 0.3, urgency="green", kind="referral_up")
        seen = self._offer(giver, agreement, stays, 3, urgency="normal", kind="referral_up")
        self._deliver(taker)
        self._decide(taker, seen, 2, lambda pk: services.acknowledge(actor=taker.desk, case_id=pk))
        self._decide(taker, seen, 1, partial(_accept, taker.desk))
        self._deliver(giver)
        self.say(f"    {fresh.case_no if fresh else '—'} waits in the hospital's green channel")

    def _stays(self, giver: Side, *, days: int) -> Iterator[tuple[int, list[int]]]:
        with bind_schema(giver.schema), connection.cursor() as cursor:
            cursor.execute(_STAYS, [self.now - timedelta(days=days)])
            return iter(cursor.fetchall())

    def _offer(
        self, giver: Side, agreement: int, stays: Iterator[tuple[int, list[int]]], hours: float, *, urgency: str,
        kind: str = "discharge",
    ) -> Sent | None:  # fmt: skip
        """The next stay that may be handed over; None when none is left."""
        instant = self.now - timedelta(hours=hours)
        consent = {"basis": "signed", "given_by": "本人", "at": instant - timedelta(minutes=20), "proof": ""}
        for encounter_id, enrolment_ids, sender in (
            (*stay, sender) for stay in stays for sender in giver.senders
        ):
            try:
                with _at(instant), bind_schema(giver.schema):
                    pk = services.offer(
                        actor=sender, encounter_id=encounter_id, agreement_id=agreement, urgency=urgency, kind=kind,
                        enrolment_ids=enrolment_ids, consent=consent, note=_NOTES[self.made % len(_NOTES)],
                    )  # fmt: skip
                    case_no = selectors.get_case(giver.desk, pk)["case_no"]
            except NotFound:
                continue  # another's patient
            except DomainError as error:
                self.say(f"    encounter {encounter_id}: {error.detail}")
                continue
            self.made += 1
            return Sent(pk, case_no)
        return None

    def _decide(self, taker: Side, sent: Sent | None, hours: float, act: Callable[[int], None]) -> None:
        if sent is None:
            return
        with _at(self.now - timedelta(hours=hours)), bind_schema(taker.schema):
            row = selectors.list_cases(taker.desk, direction="in", state=None, q=sent.case_no).first()
            try:
                if row is not None:
                    act(row["id"])
            except DomainError as error:
                self.say(f"    {sent.case_no}: {error.detail}")

    def _recall(self, giver: Side, sent: Sent | None, hours: float) -> None:
        if sent is not None:
            with _at(self.now - timedelta(hours=hours)), bind_schema(giver.schema):
                services.recall(actor=giver.desk, case_id=sent.id, reason="家属决定留在原医院随访")

    def _deliver(self, side: Side) -> None:
        with bind_schema(side.schema):
            self.settle()


def _accept(actor: Actor, case_id: int) -> None:
    """By the rules; where none of them fits, on a routine path that somebody chose."""
    try:
        services.accept(actor=actor, case_id=case_id)
    except ProgrammeNeeded:
        keys = [
            row["key"] for row in list_programmes() if row["state"] == "active" and row["kind"] == "routine"
        ]
        services.accept(actor=actor, case_id=case_id, programme_keys=keys[:1])


def _count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


@contextmanager
def _at(instant: datetime) -> Iterator[Any]:
    with clock.use_clock(clock.FixedClock(instant)) as fixed:
        yield fixed
