"""Every order of acts over both tenants, with deliveries that come when they come (Hypothesis)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from access.actor import Actor
from community.handover import services
from community.handover.exchange.models import Envelope, Offer
from community.handover.models import HandoverCase, HandoverEvent, HandoverWork
from community.handover.tests import kit
from followup.programmes.models import Enrolment
from followup.worklist.models import Task
from followup.worklist.services import submit_task
from kernel.clock import FixedClock, current_clock, use_clock
from kernel.errors import DomainError
from tests.cast import actor_named

LIVE = {"offered", "accepted"}
OVER_HERE = {"accepted"}
BACK = {"declined", "expired", "recalled", "returned"}
# act → (states of the offer in which it may be done, the state after it)
ACTS: dict[str, tuple[set[str], str]] = {
    "accept": ({"offered"}, "accepted"),
    "decline": ({"offered"}, "declined"),
    "recall": ({"offered"}, "recalled"),
    "give_back": ({"accepted"}, "returned"),
    "complete": ({"accepted"}, "completed"),
}


class Handovers(RuleBasedStateMachine):
    """The model knows, of each stay, its offers and their states; the product has to agree after every step."""

    people: dict[str, tuple[int, int]]
    agreement: int
    reached: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock = FixedClock(current_clock().now())
        self.time = use_clock(self.clock)
        self.time.__enter__()
        self.in_force = self.agreement
        # Case number → [stay, state, sender's case, deadline]; in the order in which they were offered.
        self.offers: dict[str, dict[str, Any]] = {}
        self.done: set[str] = set()

    @initialize()
    def begin(self) -> None:
        with kit.at_home("alpha"):
            self.centre_of_alpha: Actor = actor_named("centre")
            self.clinician: Actor = actor_named("clinician")
        with kit.at_home("beta"):
            self.centre_of_beta: Actor = actor_named("centre")
            self.doctor: Actor = actor_named("doctor")

    def teardown(self) -> None:
        try:
            self.settle()
            self.check_both_sides()
        finally:
            self.time.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # --- acts --------------------------------------------------------------------------------------------------

    def live(self, who: str) -> bool:
        return any(offer["who"] == who and offer["state"] in LIVE for offer in self.offers.values())

    @rule(
        what=st.sampled_from(["act"] * 6 + ["offer", "reoffer", "work", "wait", "wait", "deliver", "agree"]),
        who=st.sampled_from(["first", "second"]), tenant=st.sampled_from(["alpha", "beta"]),
        number=st.integers(0, 5), pick=st.integers(0, 5), is_wild=st.integers(0, 3), prompt=st.booleans(),
    )  # fmt: skip
    def step(
        self, what: str, who: str, tenant: str, number: int, pick: int, is_wild: int, prompt: bool
    ) -> None:
        """One rule for all: rules of their own would each be left out of half of the runs."""
        if prompt:
            self.settle()
        under_way = any(offer["state"] in LIVE for offer in self.offers.values())
        if what == "offer" or (what == "act" and not under_way):
            self.offer(who)
        elif what == "act":
            self.act(number, pick, is_wild)
        elif what == "reoffer":
            self.reoffer(number)
        elif what == "work":
            self.work(number)
        elif what == "wait":
            self.clock.instant += timedelta(hours=(49, 20, 1)[pick % 3])
            if is_wild:
                self.sweep(tenant)
        elif what == "agree":
            self.agree(tenant)
        else:
            kit.deliver(tenant)

    def offer(self, who: str) -> None:
        _, encounter = self.people[who]
        with kit.at_home("beta"):
            # What has not come back yet is not there to be offered again.
            held = HandoverWork.objects.filter(encounter_id=encounter, is_open=True).exists()
        allowed = self.in_force and not held and who not in self.done
        if not allowed and not self.in_force and who in self.done:
            return
        case_id = self.attempt(
            allowed,
            lambda: kit.send(encounter, self.in_force or self.agreement, enrolment_ids=self.running(who)),
        )
        if case_id is not None:
            self.note_offer(who, case_id)

    def running(self, who: str) -> list[int]:
        with kit.at_home("beta"):
            rows = Enrolment.objects.filter(encounter_id=self.people[who][1], state__in=("active", "paused"))
            return list(rows.values_list("pk", flat=True)) or [0]

    def note_offer(self, who: str, case_id: int) -> None:
        with kit.at_home("beta"):
            case = HandoverCase.objects.get(pk=case_id)
        self.offers[case.case_no] = {
            "who": who, "state": "offered", "case": case_id, "accept_by": case.accept_by,
            "agreement": self.in_force,
        }  # fmt: skip

    def act(self, number: int, pick: int, is_wild: int) -> None:
        """Mostly what may be done with an offer that is under way, or else the run would be refusals only."""
        live = [no for no, offer in self.offers.items() if offer["state"] in LIVE]
        if is_wild == 0 or not live:
            self.act_on(list(self.offers), number, sorted(ACTS)[pick % len(ACTS)])
        else:
            case_no = live[number % len(live)]
            if pick % 2:
                kit.deliver("alpha")
            if self.offers[case_no]["state"] == "accepted":
                may = ["work", "give_back", "complete"]
            else:
                may = ["accept", "accept", "decline", "recall"]
            what = may[pick % len(may)]
            if what == "work":
                self.work(number)
            else:
                self.act_on([case_no], 0, what)

    def act_on(self, cases: list[str], number: int, act: str) -> None:
        if not cases:
            return
        case_no = cases[number % len(cases)]
        offer, (states, after) = self.offers[case_no], ACTS[act]
        allowed = offer["state"] in states
        tenant, actor = ("beta", self.doctor) if act == "recall" else ("alpha", self.centre_of_alpha)
        with kit.at_home(tenant):
            found = HandoverCase.objects.filter(case_no=case_no).values_list("pk", flat=True).first()
        if found is None:
            return  # not delivered: there is nothing to act on
        if act == "accept":
            allowed = allowed and self.clock.now() <= offer["accept_by"]
        more: dict[str, Any] = {
            "decline": {"reason_code": "other", "reason": "暂不接收"}, "recall": {"reason": "资料有误"},
            "give_back": {"reason": "患者回市区"}, "complete": {"conclusion": "恢复良好"},
        }.get(act, {})  # fmt: skip

        def do() -> int:
            with kit.at_home(tenant):
                getattr(services, act)(actor=actor, case_id=found, **more)
            return found

        if self.attempt(allowed, do) is not None:
            offer["state"] = after
            self.reached[act] += 1
            if after == "completed":
                self.done.add(offer["who"])

    def reoffer(self, number: int) -> None:
        if not self.offers:
            return
        back = [no for no, offer in self.offers.items() if offer["state"] in BACK] or list(self.offers)
        offer = self.offers[back[number % len(back)]]
        _, encounter = self.people[offer["who"]]
        with kit.at_home("beta"):
            here = HandoverCase.objects.get(pk=offer["case"]).state
            held = HandoverWork.objects.filter(encounter_id=encounter, is_open=True).exists()
        allowed = (
            offer["state"] in BACK and here == offer["state"] and not held
            and self.in_force == offer["agreement"] and offer["who"] not in self.done
        )  # fmt: skip

        def do() -> int:
            with kit.at_home("beta"):
                return services.reoffer(actor=self.doctor, case_id=offer["case"])

        case_id = self.attempt(allowed, do)
        if case_id is not None:
            self.note_offer(offer["who"], case_id)
            self.reached["reoffer"] += 1

    def work(self, number: int) -> None:
        """The receiver does a task; its result is on its way."""
        accepted = [no for no, offer in self.offers.items() if offer["state"] == "accepted"]
        if not accepted:
            return
        with kit.at_home("alpha"):
            case = HandoverCase.objects.get(case_no=accepted[number % len(accepted)])
            assert case.encounter_id is not None
            task = (
                Task.objects.filter(encounter_id=case.encounter_id, state="planned")
                .order_by("due_on", "pk")
                .first()
            )
            if task is not None:
                submit_task(
                    actor=self.clinician, task_id=task.pk, answers={}, conclusion="好", late_reason="补录"
                )
                self.reached["work"] += 1

    def sweep(self, tenant: str) -> None:
        with kit.at_home(tenant):
            services.sweep()
        for offer in self.offers.values():
            if offer["state"] == "offered" and offer["accept_by"] < self.clock.now():
                offer["state"] = "expired"
                self.reached["expire"] += 1

    def agree(self, tenant: str) -> None:
        """One of the two revokes; the next time they agree again."""
        if not self.in_force:
            self.in_force = kit.agree()
            return
        with kit.at_home(tenant):
            services.revoke(actor=kit.boss(), agreement_id=self.in_force, reason="合作结束")
        for offer in self.offers.values():
            if offer["state"] == "offered":
                offer["state"] = "recalled"
        self.in_force = 0
        self.reached["revoke"] += 1

    def attempt(self, allowed: Any, do: Callable[[], int]) -> int | None:
        """Done where the model says that it may be, refused with a reason where not."""
        refused: DomainError | None = None
        done: int | None = None
        try:
            with transaction.atomic():
                done = do()
        except DomainError as error:
            refused = error
        assert (refused is None) == bool(allowed), refused
        return done

    # --- what always holds -----------------------------------------------------------------------------------------

    @invariant()
    def the_public_truth_is_the_models(self) -> None:
        with kit.bind_schema("public"):
            found = dict(Offer.objects.values_list("case_no", "state"))
        assert found == {no: offer["state"] for no, offer in self.offers.items()}

    @invariant()
    def exactly_one_owner(self) -> None:
        """Never two offers of a stay at once, and never nobody: the sender's follow-up runs, waits, or was done."""
        for who, (_, encounter) in self.people.items():
            live = [no for no, o in self.offers.items() if o["who"] == who and o["state"] in LIVE]
            assert len(live) <= 1
            with kit.at_home("beta"):
                states = set(Enrolment.objects.filter(encounter_id=encounter).values_list("state", flat=True))
            if states == {"paused"}:
                # Waiting here: the receiver has it, or its sending it back is on the way.
                assert any(o["who"] == who and o["state"] in {"accepted", "returned", "completed"}
                           for o in self.offers.values())  # fmt: skip
            elif states == {"stopped"}:
                assert who in self.done
            else:
                assert states == {"active"}
            assert self.started(encounter) == 2

    def started(self, encounter: int) -> int:
        """Tasks of the sender: none is ever deleted."""
        with kit.at_home("beta"):
            return Task.objects.filter(encounter_id=encounter).count()

    def settle(self) -> None:
        for _ in range(3):
            kit.deliver("alpha", "beta")

    def check_both_sides(self) -> None:
        """When all is delivered both tell the same story, and every envelope is an event on both sides."""
        for case_no, offer in self.offers.items():
            mine, theirs = kit.case_of("beta", case_no), kit.case_of("alpha", case_no)
            assert (mine.state, theirs.state) == (offer["state"], offer["state"])
            with kit.bind_schema("public"):
                sent = list(
                    Envelope.objects.filter(offer__case_no=case_no)
                    .order_by("seq")
                    .values_list("pk", "from_tenant", "to_tenant", "delivered_at")
                )
            assert all(delivered is not None for *_, delivered in sent)
            for tenant, case in (("beta", mine), ("alpha", theirs)):
                with kit.at_home(tenant):
                    told = set(HandoverEvent.objects.filter(case=case).values_list("envelope_id", flat=True))
                    open_work = HandoverWork.objects.filter(case=case, is_open=True).exists()
                expected = {pk for pk, sender, receiver, _ in sent if tenant in (sender, receiver)}
                assert told - {None} == expected
                assert open_work == (
                    offer["state"] in LIVE and (tenant == "beta" or offer["state"] == "accepted")
                )
        for who, (_, encounter) in self.people.items():
            self.check_work(who, encounter)

    def check_work(self, who: str, encounter: int) -> None:
        states = [offer["state"] for offer in self.offers.values() if offer["who"] == who]
        expected = "stopped" if who in self.done else "paused" if "accepted" in states else "active"
        today = self.clock.now().date()
        with kit.at_home("beta"):
            assert Enrolment.objects.get(encounter_id=encounter).state == expected
            for task in Task.objects.filter(encounter_id=encounter):
                gone = expected == "stopped" or task.window_end < today
                allowed = {"active": {"planned"}, "paused": {"paused"}, "stopped": {"cancelled"}}[expected]
                assert task.state in allowed | ({"cancelled"} if gone else set())
        with kit.at_home("alpha"):
            running = Enrolment.objects.filter(
                encounter__source_system="handover:beta", patient__name=NAMES[who], state="active"
            ).count()
        finished = expected == "paused" and running == 0
        assert running == (expected == "paused") or finished


NAMES = {"first": "张三", "second": "李四"}


@pytest.mark.django_db
@pytest.mark.req("D6", "C17")
def test_every_order_of_acts(two: Any) -> None:
    """Invariants: exactly one owner, no lost task, a complete log, and both sides agree after delivery."""
    Handovers.agreement = kit.agree()
    Handovers.people = {
        "first": kit.discharge(mrn="A"),
        "second": kit.discharge(mrn="B", name=NAMES["second"], id_no=kit.events.OTHER_ID),
    }
    Handovers.reached = Counter()
    run_state_machine_as_test(
        Handovers,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    # A net that never came to an act would hold for it in vain.
    assert all(Handovers.reached[act] for act in (*ACTS, "reoffer", "work", "expire", "revoke")), (
        Handovers.reached
    )
