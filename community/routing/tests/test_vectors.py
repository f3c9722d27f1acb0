"""The test vectors of standards 1.5, and every step of the order, on facts by hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from community.routing.contracts import PersonClaim, RegionHint, TownshipHospital
from community.routing.rules import decide
from community.routing.tests.cases import (
    BAILIZHOU,
    CLINIC,
    GUANMIAOSHAN,
    ISLAND,
    NOW,
    WENAN,
    address,
    area,
    at_the_desk,
    away,
    contract,
    doctor,
    facts,
    judge,
    wish,
)
from kernel.clock import SHANGHAI

pytestmark = pytest.mark.req("D2", "C17")

HERE = "枝江市问安镇关庙山村3组"
TODAY = NOW.date()
LI, WANG = doctor(7, "李医生", 2, WENAN), doctor(8, "王医生", 2, GUANMIAOSHAN)


# 1 override ------------------------------------------------------------------------------------------------------


def test_a_wish_goes_before_everything_and_stops_by_itself() -> None:
    """Vector: patient override expiring."""
    asked = wish(3, "百里洲镇卫生院", TODAY, reason="女儿家在洲上")
    on_the_last_day = judge(HERE, override=asked, contracts=(contract(2, "问安镇卫生院"),))
    assert (on_the_last_day.residence.rule, on_the_last_day.owner.institution_id) == ("override", 3)
    assert on_the_last_day.residence.code == GUANMIAOSHAN
    assert on_the_last_day.why == ("患者要求由百里洲镇卫生院负责（理由：女儿家在洲上，至2026年11月20日）")
    assert on_the_last_day.recheck_on == TODAY + timedelta(days=1)
    day_after = decide(facts(HERE, override=asked, now=NOW + timedelta(days=1)))
    assert (day_after.residence.rule, day_after.owner.institution_id) == ("his_text", 2)
    assert "override:patient" not in day_after.evidence


def test_a_wish_for_a_closed_team_is_not_followed() -> None:
    decision = judge(HERE, override=wish(3, "百里洲镇卫生院", TODAY, works=False))
    assert decision.owner.institution_id == 2
    assert "override:void" in decision.evidence


def test_a_refusal_of_the_community_stays_with_the_centre_and_is_counted() -> None:
    refusal = wish(1, "人民医院", TODAY, is_refusal=True, reason="不愿社区上门")
    decision = judge(HERE, override=refusal)
    assert at_the_desk(decision)
    assert "override:refused" in decision.evidence
    assert decision.why.startswith("患者不同意转社区随访，由随访中心负责")


def test_the_reason_of_a_wish_shows_no_number_of_a_person() -> None:
    decision = judge(HERE, override=wish(3, "百里洲镇卫生院", TODAY, reason="女儿电话13812345678"))
    assert "13812345678" not in decision.why


# 2 contract ------------------------------------------------------------------------------------------------------


def test_a_contract_in_force_goes_before_the_place() -> None:
    signed = contract(3, "百里洲镇卫生院", staff_id=9, staff_name="赵医生", valid_to=TODAY)
    decision = judge(HERE, contracts=(signed,))
    assert (decision.residence.state, decision.residence.rule) == ("auto", "contract")
    assert (decision.owner.institution_id, decision.owner.staff_id) == (3, 9)
    assert decision.why == "已签约家庭医生，由签约机构百里洲镇卫生院（赵医生）负责"
    assert decision.recheck_on == TODAY + timedelta(days=1)
    over = judge(HERE, contracts=(replace(signed, valid_to=TODAY - timedelta(days=1)),))
    assert over.owner.institution_id == 2


def test_a_contract_with_a_closed_team_falls_back_to_the_place() -> None:
    decision = judge(HERE, contracts=(contract(3, "百里洲镇卫生院", works=False),))
    assert decision.owner.institution_id == 2
    assert "contract:void" in decision.evidence


def test_a_contract_routes_even_where_the_address_says_nothing() -> None:
    decision = judge("不详", contracts=(contract(3, "百里洲镇卫生院"),))
    assert (decision.residence.state, decision.residence.code, decision.owner.institution_id) == (
        "auto",
        "",
        3,
    )


# 3 and 4 residence -----------------------------------------------------------------------------------------------


def claim(code: str, kind: str = "current", **values: object) -> PersonClaim:
    return PersonClaim(code, "某地", "", "周护士", "verified", kind, NOW - timedelta(hours=1), **values)  # type: ignore[arg-type]


def test_a_verified_residence_beats_what_the_hospital_sent_before() -> None:
    decision = judge(address(HERE, days=1), claims=(claim(BAILIZHOU),))
    assert (decision.residence.state, decision.residence.rule) == ("manual", "verified")
    assert decision.owner.institution_id == 3
    assert decision.residence.confidence == 1.0


def test_an_address_changed_after_the_word_is_a_move() -> None:
    """Vector: address changed by an A08 after routing."""
    word = claim(BAILIZHOU)
    later = replace(address(HERE), reported_at=NOW)
    moved = judge(later, claims=(word,))
    assert (moved.residence.rule, moved.owner.institution_id) == ("his_text", 2)
    earlier = replace(address(HERE), reported_at=NOW - timedelta(hours=2))
    assert judge(earlier, claims=(word,)).owner.institution_id == 3


def test_a_temporary_stay_goes_first_through_its_last_day_and_then_back() -> None:
    stay = claim(BAILIZHOU, "temporary", valid_from=TODAY, until=TODAY + timedelta(days=10))
    home = replace(address(HERE), reported_at=NOW)
    during = judge(home, claims=(stay, claim(WENAN)))
    assert during.owner.institution_id == 3
    assert "claim:temporary" in during.evidence
    assert during.recheck_on == TODAY + timedelta(days=11)
    last = decide(facts(home, claims=(stay,), now=NOW + timedelta(days=10)))
    after = decide(facts(home, claims=(stay,), now=NOW + timedelta(days=11)))
    assert (last.owner.institution_id, after.owner.institution_id) == (3, 2)
    before = judge(home, claims=(replace(stay, valid_from=TODAY + timedelta(days=2)),))
    assert (before.owner.institution_id, before.recheck_on) == (2, TODAY + timedelta(days=2))


def test_a_stay_in_another_county_is_outside() -> None:
    stay = claim("420881001000", "temporary", until=TODAY)
    decision = judge(HERE, claims=(stay,))
    assert decision.residence.state == "outside"
    assert at_the_desk(decision)


def test_a_workplace_never_routes() -> None:
    decision = judge("不详", claims=(claim(BAILIZHOU, "work"),))
    assert (decision.residence.state, decision.residence.code) == ("unresolved", "")


def test_a_verified_registration_speaks_only_alone_and_is_confirmed_by_the_first_call() -> None:
    registered = claim(BAILIZHOU, "registered")
    alone = decide(facts(claims=(registered,)))
    assert (alone.residence.state, alone.owner.institution_id) == ("auto_flagged", 3)
    assert judge(HERE, claims=(registered,)).owner.institution_id == 2


def test_an_identity_card_of_here_with_a_residence_in_zhongxiang_routes_zhongxiang() -> None:
    """Vector: ID prefix 420583 with residence 钟祥 (must route 钟祥)."""
    decision = judge("湖北省荆门市钟祥市石牌镇彭墩村", hints=(RegionHint("id", ("420583",)),))
    assert (decision.residence.state, decision.residence.code[:6]) == ("outside", "420881")


def test_a_landline_of_one_of_two_townships_picks_it_and_the_first_call_confirms() -> None:
    """Vector: village that exists in 2 townships + phone hint."""
    undecided = judge("枝江市双湖村3组")
    assert undecided.residence.state == "unresolved"
    decision = judge("枝江市双湖村3组", hints=(RegionHint("phone", (WENAN[:9],)),))
    assert (decision.residence.state, decision.residence.confidence) == ("auto_flagged", 0.6)
    assert (decision.residence.code[:9], decision.owner.institution_id) == (WENAN[:9], 2)
    assert "region:picked" in decision.evidence
    assert decision.why.endswith("首次通话请核实住址")


@pytest.mark.parametrize("prefixes", [("420583",), ("420881",), (WENAN[:9], "420583105")])
def test_a_hint_that_fits_both_or_neither_picks_nothing(prefixes: tuple[str, ...]) -> None:
    both = {c.code[:9] for c in judge("枝江市双湖村3组").residence.candidates}
    hint = RegionHint("id", tuple(both) if prefixes == (WENAN[:9], "420583105") else prefixes)
    assert judge("枝江市双湖村3组", hints=(hint,)).residence.state == "unresolved"


@pytest.mark.parametrize("text", ["不详", "市直单位宿舍", "枝江市"])
def test_a_region_never_routes_alone(text: str) -> None:
    decision = judge(text, hints=(RegionHint("id", (WENAN[:9],)), RegionHint("phone", (WENAN[:9],))))
    assert decision.residence.state == "unresolved"
    assert at_the_desk(decision)


def test_a_hint_decides_no_contradiction_of_sources() -> None:
    torn = address("枝江市百里洲镇八亩滩村", county="枝江市", township="问安镇", village="关庙山村")
    decision = judge(torn, hints=(RegionHint("phone", (WENAN[:9],)),))
    assert (decision.residence.state, decision.residence.confidence) == ("unresolved", 0.5)


def test_a_county_directly_under_the_province_needs_no_prefecture() -> None:
    """Vector: 429004 address."""
    decision = judge("湖北省仙桃市干河街道")
    assert (decision.residence.state, decision.residence.code[:6]) == ("outside", "429004")


def test_twins_at_one_address_get_one_owner() -> None:
    """Vector: twins. The same facts, the same answer: nothing of a person but the residence counts."""
    first, second = judge(HERE, clinicians=(LI,)), judge(HERE, clinicians=(LI,))
    assert first == second


@pytest.mark.parametrize("text", ["Rm 502, Building 3, Wuhan", "Россия, Москва", "美国纽约州"])
def test_a_foreign_patient_waits_for_the_centre_or_is_outside(text: str) -> None:
    """Vector: foreign patient."""
    decision = judge(text, hints=())
    assert decision.residence.state in ("unresolved", "outside")
    assert at_the_desk(decision)


# 6 institution ---------------------------------------------------------------------------------------------------

VILLAGE_A, VILLAGE_B = area(4, GUANMIAOSHAN, "甲卫生室"), area(5, GUANMIAOSHAN, "乙卫生室")


def test_an_overlap_goes_by_specialty_then_load_then_code() -> None:
    """Vector: catchment overlap."""
    heart = replace(VILLAGE_B, specialties=("心血管内科",), load=90, institution_code="B")
    plain = replace(VILLAGE_A, load=10, institution_code="A")
    assert judge(HERE, areas=(plain, heart), specialty="心血管内科").owner.institution_id == 5
    assert judge(HERE, areas=(plain, heart), specialty="骨科").owner.institution_id == 4
    busy = replace(plain, load=50, capacity=10)
    idle = replace(VILLAGE_B, load=60, capacity=40, institution_code="B")
    assert judge(HERE, areas=(busy, idle)).owner.institution_id == 5
    equal = (replace(VILLAGE_B, institution_code="Z"), replace(VILLAGE_A, institution_code="Y"))
    decision = judge(HERE, areas=equal)
    assert decision.owner.institution_id == 4
    assert "catchment:overlap" in decision.evidence
    assert judge(HERE, areas=tuple(reversed(equal))) == decision


def test_whoever_has_the_patient_goes_on_when_the_load_changes() -> None:
    busy = replace(VILLAGE_A, load=500, capacity=1, institution_code="A")
    decision = judge(HERE, areas=(busy, replace(VILLAGE_B, institution_code="B")), present_institution_id=4)
    assert decision.owner.institution_id == 4


def test_a_contract_decides_an_overlap() -> None:
    decision = judge(HERE, areas=(VILLAGE_A, VILLAGE_B), contracts=(contract(5, "乙卫生室"),))
    assert decision.owner.institution_id == 5


def test_a_vacant_village_goes_to_its_backup_then_the_township_then_the_centre() -> None:
    """Vector: vacant village."""
    closed = area(4, GUANMIAOSHAN, "关庙山村卫生室", works=False)
    backup = area(5, GUANMIAOSHAN, "新周场村卫生室", is_primary=False)
    assert judge(HERE, areas=(CLINIC, closed, backup)).owner.institution_id == 5
    assert judge(HERE, areas=(CLINIC, closed)).owner.institution_id == 2
    hospital = {WENAN: TownshipHospital(6, "问安镇中心卫生院", 60, 600)}
    decision = judge(HERE, areas=(closed,), township_hospital=hospital.get)
    assert (decision.owner.institution_id, decision.is_vacant) == (6, True)
    assert "由当地问安镇中心卫生院负责" in decision.why
    nobody = judge(HERE, areas=(closed,))
    assert at_the_desk(nobody)
    assert nobody.is_vacant


def test_peer_trap_6_no_officer_still_ends_at_a_named_desk() -> None:
    """peer trap 6: no officer in the district is no exception, and the vacancy is told."""
    decision = judge(HERE, areas=(), clinicians=())
    assert at_the_desk(decision)
    assert decision.is_vacant
    assert "请在辖区设置中补齐" in decision.why


# 7 staff ---------------------------------------------------------------------------------------------------------


def test_the_villages_doctor_before_the_townships_before_the_team() -> None:
    assert judge(HERE, clinicians=(LI, WANG)).owner.staff_id == 8
    assert judge(HERE, clinicians=(LI, replace(WANG, works=False))).owner.staff_id == 7
    assert judge(HERE).owner.staff_id is None


def test_an_absence_begins_at_midnight_in_shanghai() -> None:
    """Vector: absence starting at midnight Asia/Shanghai."""
    gone = away(7, date(2026, 11, 21), date(2026, 11, 25), 9)
    late = datetime(2026, 11, 20, 23, 59, tzinfo=SHANGHAI)
    before = decide(facts(HERE, clinicians=(LI,), absences=(gone,), now=late))
    assert (before.owner.staff_id, before.recheck_on) == (7, date(2026, 11, 21))
    after = decide(facts(HERE, clinicians=(LI,), absences=(gone,), now=late + timedelta(minutes=1)))
    assert (after.owner.staff_id, after.named_staff_id) == (9, 7)
    assert after.recheck_on == date(2026, 11, 26)
    assert after.why.endswith("由问安镇卫生院（代9）负责（李医生不在岗，代管）")
    back = decide(
        facts(HERE, clinicians=(LI,), absences=(gone,), now=datetime(2026, 11, 26, tzinfo=SHANGHAI))
    )
    assert (back.owner.staff_id, back.named_staff_id) == (7, None)


def test_a_loop_of_deputies_ends_at_the_team() -> None:
    """Vector: deputy chain loop A→B→A."""
    loop = (away(7, TODAY, None, 9), away(9, TODAY, None, 7))
    decision = judge(HERE, clinicians=(LI,), absences=loop)
    assert (decision.owner.ward_id, decision.owner.staff_id) == (200, None)
    assert decision.named_staff_id == 7
    assert "staff:team" in decision.evidence
    assert "（李医生不在岗，由团队接手）" in decision.why


def test_a_chain_of_deputies_ends_at_the_first_who_is_there() -> None:
    chain = (away(7, TODAY, None, 9), away(9, TODAY, TODAY, 10))
    assert judge(HERE, clinicians=(LI,), absences=chain).owner.staff_id == 10


def test_an_absent_village_doctor_without_a_deputy_leaves_it_to_the_townships() -> None:
    decision = judge(HERE, clinicians=(LI, WANG), absences=(away(8, TODAY, TODAY, None),))
    assert (decision.owner.staff_id, decision.named_staff_id) == (7, 8)


def test_a_deputy_of_another_institution_takes_it_there() -> None:
    gone = away(7, TODAY, TODAY, 9, deputy_ward_id=300, deputy_department_id=30, deputy_institution_id=3)
    owner = judge(HERE, clinicians=(LI,), absences=(gone,)).owner
    assert (owner.institution_id, owner.department_id, owner.ward_id, owner.staff_id) == (3, 30, 300, 9)


def test_the_family_doctor_has_a_deputy_too() -> None:
    signed = contract(3, "百里洲镇卫生院", staff_id=9, staff_name="赵医生")
    decision = judge(HERE, contracts=(signed,), absences=(away(9, TODAY, TODAY, None),))
    assert (decision.owner.ward_id, decision.owner.staff_id, decision.named_staff_id) == (300, None, 9)


# the next look ---------------------------------------------------------------------------------------------------


def test_the_next_look_is_the_first_day_on_which_a_fact_begins_or_has_ended() -> None:
    ends = replace(CLINIC, valid_to=TODAY + timedelta(days=5))
    begins = area(6, WENAN, "新卫生院", valid_from=TODAY + timedelta(days=3))
    assert judge(HERE, areas=(ends,)).recheck_on == TODAY + timedelta(days=6)
    assert judge(HERE, areas=(ends, begins)).recheck_on == TODAY + timedelta(days=3)
    assert judge(HERE, areas=(CLINIC, ISLAND)).recheck_on is None
