"""The demonstration's hand-overs, told between two tenants of the test: one case in each state, once."""

from collections import Counter
from typing import Any

import pytest

from community.handover.models import HandoverCase
from community.handover.tests import kit
from config.demo.handovers import Side, make_handovers
from kernel import jobs
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema
from tests.cast import actor_named

pytestmark = [pytest.mark.django_db, pytest.mark.req("D6", "C17")]


def _side(code: str) -> Side:
    with kit.at_home(code):
        centre, doctor = actor_named("centre"), actor_named("doctor")
        return Side(f"t_{code}", code, kit.boss(), centre, (centre, doctor))


def _states(code: str) -> Counter[tuple[str, str]]:
    with kit.at_home(code):
        return Counter(HandoverCase.objects.values_list("direction", "state"))


def test_demo_has_a_case_in_each_state_and_is_told_once(alpha: Any, beta: Any, at: Any) -> None:
    with at("2026-11-21 09:00"):
        kit.prepare()
        for number in range(9):
            kit.discharge(name=f"张三{number}", id_no="", mrn=f"M{number}")
    with at("2026-11-29 09:00"):
        for number in range(2):
            kit.discharge(tenant="alpha", name=f"李四{number}", id_no="", mrn=f"A{number}")
        said: list[str] = []
        with bind_schema(PUBLIC):
            bureau = actor_named("bureau")

        def tell() -> int:
            return make_handovers(
                _side("beta"), _side("alpha"), bureau,
                settle=jobs.drain, work_off=lambda: None, say=said.append,
            )  # fmt: skip

        assert tell() == 11, said
        assert tell() == 0
        cases = {
            "offered": 2,
            "accepted": 2,
            "completed": 1,
            "declined": 1,
            "expired": 1,
            "recalled": 1,
            "returned": 1,
        }
        upward = {"offered": 1, "accepted": 1}
        sent = Counter({("out", state): n for state, n in cases.items()})
        taken = Counter({("in", state): n for state, n in upward.items()})
        assert _states("beta") == sent + taken
        sent = Counter({("in", state): n for state, n in cases.items()})
        taken = Counter({("out", state): n for state, n in upward.items()})
        assert _states("alpha") == sent + taken
        with kit.at_home("beta"):
            waiting = HandoverCase.objects.filter(desk_by__isnull=False).values_list("state", flat=True)
            assert sorted(waiting) == ["declined", "expired", "returned"]
