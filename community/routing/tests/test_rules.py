"""decide, by named cases; the parser and the county's real lists, no database."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.catchments.contracts import NamedClinician
from community.routing.contracts import PersonClaim
from community.routing.rules import decide, spoken_name
from community.routing.tests.cases import (
    BAILIZHOU,
    CLINIC,
    GUANMIAOSHAN,
    HOME,
    ISLAND,
    NOW,
    SINCE,
    WENAN,
    address,
    area,
    at_the_desk,
    facts,
    judge,
)

pytestmark = pytest.mark.req("D2", "C17")


def test_a_full_address_goes_to_the_township() -> None:
    decision = judge("湖北省宜昌市枝江市问安镇关庙山村3组")
    assert (decision.residence.state, decision.residence.code) == ("auto", GUANMIAOSHAN)
    assert decision.residence.confidence == 0.9
    assert decision.owner.institution_id == 2
    assert decision.why == (
        "住址“湖北省宜昌市枝江市问安镇关庙山村3组”匹配到关庙山村（置信度0.90），由问安镇卫生院负责"
    )


def test_without_the_county_it_routes_and_the_first_call_confirms() -> None:
    decision = judge("问安镇关庙山村3组")
    assert (decision.residence.state, decision.residence.confidence) == ("auto_flagged", 0.8)
    assert decision.why.endswith("由问安镇卫生院负责，首次通话请核实住址")


def test_fields_beat_text() -> None:
    fields = address("关庙山3组", county="枝江市", township="问安镇", village="关庙山村")
    decision = judge(fields)
    assert (decision.residence.state, decision.residence.rule) == ("auto", "his_fields")
    assert (decision.residence.code, decision.residence.confidence) == (GUANMIAOSHAN, 0.95)


def test_text_that_says_more_than_the_fields_is_used() -> None:
    decision = judge(address("枝江市问安镇关庙山村3组", county="枝江市", township="问安镇"))
    assert (decision.residence.rule, decision.residence.code) == ("his_text", GUANMIAOSHAN)
    assert decision.residence.confidence == 0.95


def test_fields_against_text_decide_nothing() -> None:
    decision = judge(
        address("枝江市百里洲镇八亩滩村", county="枝江市", township="问安镇", village="关庙山村")
    )
    assert (decision.residence.state, decision.residence.confidence) == ("unresolved", 0.5)
    assert {candidate.code[:9] for candidate in decision.residence.candidates} == {"420583106", "420583108"}
    assert "不一致" in decision.why
    assert at_the_desk(decision)


def test_a_county_field_completes_the_text() -> None:
    decision = judge(address("问安镇关庙山村3组", county="枝江市"))
    assert (decision.residence.state, decision.residence.confidence) == ("auto", 0.9)


def test_a_village_of_two_townships_comes_back_as_candidates() -> None:
    decision = judge("枝江市双湖村3组")
    assert (decision.residence.state, decision.residence.confidence) == ("unresolved", 0.4)
    assert {c.path.split(" / ")[1] for c in decision.residence.candidates} == {"董市镇", "问安镇"}
    assert at_the_desk(decision)
    assert decision.why.endswith("暂由随访中心负责，归属待确认")


def test_a_county_under_the_province_is_outside() -> None:
    decision = judge("湖北省仙桃市干河街道")
    assert (decision.residence.state, decision.residence.code[:6]) == ("outside", "429004")
    assert at_the_desk(decision)
    assert "仙桃市" in decision.why
    assert "不在本县" in decision.why


def test_a_county_under_the_province_is_a_home_like_any_other() -> None:
    clinic = area(5, "429004001000", "沙嘴街道卫生院", division_code="429004000000")
    decision = judge("湖北省仙桃市干河街道", home="429004000000", areas=(clinic,))
    assert (decision.residence.state, decision.owner.institution_id) == ("auto", 5)


def test_residence_counts_and_not_where_the_identity_card_was_issued() -> None:
    """An ID number 420583… beside an address in 钟祥: the number is no fact, the address is."""
    decision = judge("湖北省荆门市钟祥市石牌镇彭墩村 420583195603081234")
    assert (decision.residence.state, decision.residence.code[:6]) == ("outside", "420881")
    assert at_the_desk(decision)
    assert "4205831956" not in decision.why


@pytest.mark.parametrize(
    "text", ["不详", "枝江市", "市直单位宿舍", "420583195603081234", "13812345678", "枝江市金润国际小区"]
)
def test_what_cannot_be_read_ends_at_the_named_desk(text: str) -> None:
    decision = judge(text)
    assert decision.residence.state == "unresolved"
    assert decision.residence.code == ""
    assert at_the_desk(decision)
    assert "随访中心" in decision.why


def test_no_address_at_all() -> None:
    decision = decide(facts())
    assert (decision.residence.state, decision.residence.rule) == ("unresolved", "none")
    assert decision.why == "没有登记住址，暂由随访中心负责，归属待确认"


def test_what_was_written_instead_of_an_address_is_shown() -> None:
    decision = judge(address("不详"), address("", kind="registered"))
    assert decision.residence.text == "不详"
    assert decision.why == "住址“不详”无法识别，暂由随访中心负责，归属待确认"


def test_the_registered_address_speaks_only_where_there_is_no_current_one() -> None:
    registered = address("枝江市百里洲镇八亩滩村", kind="registered")
    alone = judge(registered)
    assert (alone.residence.state, alone.residence.rule, alone.residence.confidence) == (
        "auto_flagged", "registered_text", 0.84,
    )  # fmt: skip
    assert alone.owner.institution_id == 3
    assert "户籍地址" in alone.why
    assert judge(address("不详"), registered).residence.rule == "registered_text"
    unreadable = judge(address("市直单位宿舍"), registered)
    assert (unreadable.residence.state, unreadable.residence.rule) == ("unresolved", "his_text")
    assert judge(address("枝江市问安镇"), registered).owner.institution_id == 2


def test_an_address_older_than_two_years_counts_less() -> None:
    decision = judge(address("枝江市问安镇关庙山村", days=731))
    assert (decision.residence.state, decision.residence.confidence) == ("auto_flagged", 0.81)
    assert judge(address("枝江市问安镇关庙山村", days=730)).residence.state == "auto"


def test_a_persons_word_comes_first() -> None:
    word = PersonClaim(BAILIZHOU, "百里洲镇", "枝江市双湖村3组", "周护士")
    decision = judge("枝江市双湖村3组", claims=(word,))
    assert (decision.residence.state, decision.owner.institution_id) == ("manual", 3)
    assert decision.why == "周护士确认住址在百里洲镇，由百里洲镇卫生院负责"


def test_a_persons_word_outlives_worse_addresses_and_yields_to_a_certain_new_one() -> None:
    word = PersonClaim(BAILIZHOU, "百里洲镇", "枝江市双湖村3组", "周护士")
    assert judge("不详", claims=(word,)).residence.state == "manual"
    assert judge("问安镇", claims=(word,)).residence.state == "manual"
    moved = judge("枝江市问安镇关庙山村", claims=(word,))
    assert (moved.residence.state, moved.owner.institution_id) == ("auto", 2)
    assert judge("四川省成都市锦江区", claims=(word,)).residence.state == "outside"


def test_the_more_specific_catchment_and_its_clinician() -> None:
    village = area(4, GUANMIAOSHAN, "关庙山村卫生室")
    doctors = (
        NamedClinician(7, "郭福生", 4, 41, 42, GUANMIAOSHAN, SINCE, None),
        NamedClinician(8, "刘春梅", 2, 21, 22, WENAN, SINCE, None),
    )
    decision = judge("枝江市问安镇关庙山村", areas=(CLINIC, village), clinicians=doctors)
    assert (decision.owner.institution_id, decision.owner.staff_id, decision.owner.ward_id) == (4, 7, 42)
    assert decision.why.endswith("由关庙山村卫生室（郭福生）负责")
    other = judge("枝江市问安镇", areas=(CLINIC, village), clinicians=doctors)
    assert (other.owner.institution_id, other.owner.staff_id) == (2, 8)


def test_a_vacant_village_goes_to_its_backup() -> None:
    closed = area(4, GUANMIAOSHAN, "关庙山村卫生室", works=False)
    backup = area(5, GUANMIAOSHAN, "新周场村卫生室", is_primary=False)
    decision = judge("枝江市问安镇关庙山村", areas=(CLINIC, closed, backup))
    assert decision.owner.institution_id == 5
    assert "catchment:backup" in decision.evidence
    assert "备选机构新周场村卫生室负责" in decision.why


def test_a_catchment_that_ended_yesterday_is_vacant() -> None:
    ended = area(2, WENAN, "问安镇卫生院", valid_to=NOW.date() - timedelta(days=1))
    decision = judge("枝江市问安镇关庙山村", areas=(ended,))
    assert decision.is_vacant
    assert (decision.residence.state, decision.residence.code) == ("auto", GUANMIAOSHAN)
    assert at_the_desk(decision)
    assert "该地没有负责的机构" in decision.why
    assert not judge(
        "枝江市问安镇关庙山村", areas=(area(2, WENAN, "问安镇卫生院", valid_to=NOW.date()),)
    ).is_vacant


def test_a_hospital_without_a_county_keeps_everyone() -> None:
    decision = judge("湖北省宜昌市枝江市问安镇关庙山村3组", home="")
    assert decision.residence.state == "outside"
    assert at_the_desk(decision)
    assert "本院没有社区辖区" in decision.why
    nothing = decide(facts(home=""))
    assert (nothing.residence.state, nothing.residence.code) == ("outside", "")


def test_an_estate_that_was_taught() -> None:
    decision = judge("枝江市金润国际小区2栋", aliases=[("金润国际小区", GUANMIAOSHAN)])
    assert (decision.residence.state, decision.owner.institution_id) == ("auto", 2)


@pytest.mark.parametrize(
    ("official", "spoken"),
    [
        ("关庙山村村民委员会", "关庙山村"), ("刘巷社区居民委员会", "刘巷社区"), ("彭墩村委会", "彭墩村"),
        ("问安镇", "问安镇"), ("七星台居委会", "七星台社区"), ("村委会", "村委会"),
    ],
)  # fmt: skip
def test_names_as_people_say_them(official: str, spoken: str) -> None:
    assert spoken_name(official) == spoken


PIECES = [
    "湖北省",
    "宜昌市",
    "枝江市",
    "钟祥市",
    "问安镇",
    "百里洲镇",
    "董市镇",
    "关庙山村",
    "双湖村",
    "刘巷",
    "现住",
    "户籍",
    "3组",
    "不详",
    " ",
]
texts = st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(max_size=220)
kinds = st.sampled_from(["current", "registered", "contact", "temporary", "other"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(kinds, texts, texts, texts), max_size=4),
    st.sampled_from([HOME, "", "429004000000"]),
    st.booleans(),
)
def test_whatever_is_written_somebody_owns_it(
    addresses: list[tuple[str, str, str, str]], home: str, has_catchments: bool
) -> None:
    given = [address(text, kind, "", township, village) for kind, text, township, village in addresses]
    decision = judge(*given, home=home, areas=(CLINIC, ISLAND) if has_catchments else ())
    assert decision.owner.ward_id
    assert decision.why
    assert len(decision.why) <= 300
    assert 0 <= decision.residence.confidence <= 1
    state, code = decision.residence.state, decision.residence.code
    if state in ("auto", "auto_flagged"):
        assert decision.residence.confidence >= (0.85 if state == "auto" else 0.6)
        assert code.startswith(home[:6])
        assert code[6:9] != "000"
    else:
        assert at_the_desk(decision)
    if state == "unresolved":
        assert code == ""
    if not home:
        assert state == "outside"
