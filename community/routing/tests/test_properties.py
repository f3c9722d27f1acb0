"""Whatever the facts: exactly one owner, who is open and there; the same facts, the same decision."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.catchments.contracts import AbsenceSpan, Area, Contract, NamedClinician
from community.catchments.rules import absence_of
from community.routing.contracts import Facts, Override, PersonClaim, RegionHint, TownshipHospital
from community.routing.rules import decide
from community.routing.tests.cases import (
    BAILIZHOU,
    DESK,
    GUANMIAOSHAN,
    HOME,
    NOW,
    WENAN,
    away,
    contract,
    doctor,
    facts,
    wish,
)
from community.routing.tests.cases import area as make_area

pytestmark = pytest.mark.req("D2")

TODAY = NOW.date()
# Closed from 5 on, so that no rule needs to know it but by `works`.
_OPEN = range(2, 5)
institutions = st.integers(2, 7)
staff = st.integers(20, 26)
days = st.integers(-3, 3).map(lambda n: TODAY + timedelta(days=n))
later = st.none() | days
codes = st.sampled_from([HOME, WENAN, GUANMIAOSHAN, BAILIZHOU, "420583108201", "420881001000"])
texts = st.sampled_from(
    ["枝江市问安镇关庙山村3组", "枝江市百里洲镇八亩滩村", "枝江市双湖村3组", "不详", "湖北省仙桃市干河街道"]
)


@st.composite
def areas(draw: Any) -> Area:
    pk = draw(institutions)
    return make_area(
        pk, draw(codes), f"机构{pk}", is_primary=draw(st.booleans()), valid_from=draw(days), valid_to=draw(later),
        works=pk in _OPEN, load=draw(st.integers(0, 50)), capacity=draw(st.none() | st.integers(0, 5)),
        institution_code=f"C{pk}", specialties=draw(st.sampled_from([(), ("骨科",), ("心内科",)])),
    )  # fmt: skip


@st.composite
def clinicians(draw: Any) -> NamedClinician:
    pk = draw(staff)
    return doctor(
        pk, f"医生{pk}", draw(institutions), draw(codes), valid_from=draw(days), valid_to=draw(later),
        works=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def absences(draw: Any) -> AbsenceSpan:
    deputy, works = draw(st.none() | staff), draw(st.booleans())
    return away(draw(staff), draw(days), draw(later), deputy, deputy_works=works and deputy is not None)


@st.composite
def contracts(draw: Any) -> Contract:
    pk = draw(institutions)
    member = draw(st.none() | staff)
    return contract(
        pk, f"机构{pk}", staff_id=member, staff_name=f"医生{member}" if member else "", valid_from=draw(days),
        valid_to=draw(later), works=pk in _OPEN,
    )  # fmt: skip


@st.composite
def wishes(draw: Any) -> Override:
    pk = draw(institutions)
    return wish(
        pk, f"机构{pk}", draw(days), staff_id=draw(st.none() | staff), works=pk in _OPEN,
        asked_by=draw(st.sampled_from(["patient", "clinician"])),
    )  # fmt: skip


@st.composite
def claims(draw: Any) -> PersonClaim:
    kind = draw(st.sampled_from(["current", "temporary", "registered", "work"]))
    return PersonClaim(
        draw(codes), "某地", "", "周护士", "verified", kind, NOW - timedelta(hours=draw(st.integers(-2, 2))),
        draw(later), draw(later),
    )  # fmt: skip


@st.composite
def all_facts(draw: Any) -> Facts:
    hospital = TownshipHospital(4, "机构4", 40, 400) if draw(st.booleans()) else None
    return facts(
        *draw(st.lists(texts, max_size=1)),
        home=draw(st.sampled_from([HOME, HOME, HOME, ""])),
        areas=tuple(draw(st.lists(areas(), max_size=6))),
        clinicians=tuple(draw(st.lists(clinicians(), max_size=6))),
        absences=tuple(draw(st.lists(absences(), max_size=5))),
        contracts=tuple(draw(st.lists(contracts(), max_size=1))),
        override=draw(st.none() | wishes()),
        claims=tuple(draw(st.lists(claims(), max_size=3))),
        hints=draw(st.sampled_from([(), (RegionHint("phone", (WENAN[:9],)),)])),
        specialty=draw(st.sampled_from(["", "骨科"])),
        present_institution_id=draw(st.none() | institutions),
        township_hospital=lambda _: hospital,
    )


@settings(max_examples=400, deadline=None)
@given(all_facts())
def test_one_owner_who_is_open_and_there_and_the_same_each_time(given_facts: Facts) -> None:
    decision = decide(given_facts)
    owner, at_desk = decision.owner, decision.owner.institution_id == DESK.institution_id
    assert (owner.institution_id, owner.department_id, owner.ward_id) > (0, 0, 0)
    assert at_desk or owner.institution_id in _OPEN, "a suspended institution was chosen"
    if owner.staff_id is not None:
        assert absence_of(owner.staff_id, TODAY, given_facts.absences) is None, (
            "an absent clinician was chosen"
        )
    assert decision.why
    assert len(decision.why) <= 300
    assert "。" not in decision.why
    assert decision.recheck_on is None or decision.recheck_on > TODAY
    assert decide(given_facts) == decision


@settings(max_examples=150, deadline=None)
@given(all_facts(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_arrive_changes_nothing(given_facts: Facts, random: Any) -> None:
    from dataclasses import replace

    def shuffled(rows: Any) -> Any:
        kept = list(dict.fromkeys(rows))
        random.shuffle(kept)
        return tuple(kept)

    other = replace(
        given_facts, areas=shuffled(given_facts.areas), clinicians=shuffled(given_facts.clinicians),
        absences=shuffled(given_facts.absences),
    )  # fmt: skip
    assert decide(other).owner == decide(given_facts).owner


@settings(max_examples=150, deadline=None)
@given(all_facts())
def test_until_the_next_look_the_decision_stays(given_facts: Facts) -> None:
    """recheck_on promises that nothing changes by itself before that day."""
    from dataclasses import replace

    decision = decide(given_facts)
    eve: date = (decision.recheck_on or TODAY + timedelta(days=6)) - timedelta(days=1)
    shifted = replace(given_facts, now=NOW + timedelta(days=(eve - TODAY).days))
    assert decide(shifted).owner == decision.owner
