"""Rules of the parser one by one: properties, aliases, confidence, fields."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from divisions.parser import (
    AliasIndex,
    DivisionRef,
    Gazetteer,
    ParsedAddress,
    UnknownHomeCounty,
    describe_evidence,
    load_gazetteer,
    parse_address,
    parse_structured,
)
from divisions.parser.result import EVIDENCE_TEXT

pytestmark = pytest.mark.req("D2", "C17")

PIECES = [
    "湖北省",
    "湖北",
    "宜昌市",
    "荆门",
    "枝江市",
    "枝江",
    "钟祥",
    "钟祥县",
    "仙桃市",
    "深圳市",
    "朝阳区",
    "董市镇",
    "问安",
    "石牌镇",
    "郢中街道",
    "双河",
    "关庙山村",
    "刘巷",
    "刘巷村",
    "刘巷社区",
    "双湖村",
    "彭墩",
    "横店村",
    "新村",
    "现住",
    "户籍",
    "暂住",
    "家庭住址",
    "3组",
    "12号",
    "二栋",
    "村委会",
    "社区",
    "镇",
    "街道",
    "办事处",
    "区",
    "市",
    "县",
    "13812345678",
    "420583104204",
    "420583",
    "农场",
    "开发区",
    "路",
    "不详",
    "(",
    "）",
    "<",
    ">",
    "'",
    ";",
    "--",
    "\x00",
    "３",
    "😀",
    "\u3000",
]
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.text(max_size=260),
    st.text(alphabet="枝江市董镇村钟祥石牌0123456789-现住", max_size=60),
)
homes = st.sampled_from([None, "420583", "420881", "429004", "440307"])


def parse(text: str, home: str | None = "420583", aliases: object = ()) -> ParsedAddress:
    return parse_address(text, home, load_gazetteer(), aliases)  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None)
@given(texts, homes)
def test_properties(text: str, home: str | None) -> None:
    parsed = parse(text, home)
    assert 0.0 <= parsed.confidence <= 1.0
    assert parsed == parse(text, home)
    assert set(parsed.evidence) <= set(EVIDENCE_TEXT)
    if parsed.village is not None:
        assert parsed.township is not None
        assert parsed.village.code[:9] == parsed.township.code[:9]
    if parsed.township is not None:
        assert parsed.county is not None
        assert parsed.township.code[:6] == parsed.county.code[:6]
    if parsed.confidence >= 0.6:
        assert parsed.county is not None
    if parsed.county is None:
        assert parsed.confidence < 0.6


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), homes)
def test_fields_never_raise(county: str, township: str, village: str, home: str | None) -> None:
    parsed = parse_structured(
        county=county, township=township, village=village, home_county=home, gazetteer=load_gazetteer()
    )
    assert 0.0 <= parsed.confidence <= 1.0


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("枝江市董市镇曹店村", 0.9),
        ("枝江市董市镇", 0.85),
        ("董市镇曹店村", 0.8),
        ("董市镇", 0.75),
        ("枝江市横店村", 0.7),
        ("横店村2组", 0.6),
        ("枝江市文安镇关庙山村", 0.72),
        ("枝江市横店2组", 0.5),
        ("枝江市", 0.5),
        ("枝江市双湖村", 0.4),
        ("不详", 0.0),
    ],
)
def test_confidence(text: str, confidence: float) -> None:
    assert parse(text).confidence == confidence


def test_twins_come_back_as_candidates_with_their_township() -> None:
    parsed = parse("百里洲镇刘巷3组")
    assert parsed.township == DivisionRef("420583108000", "百里洲镇")
    assert parsed.village is None
    assert [ref.name for ref in parsed.candidates] == ["刘巷社区居民委员会", "刘巷村村民委员会"]


def test_village_of_two_townships_is_left_open() -> None:
    parsed = parse("枝江市双湖村3组")
    assert parsed.township is None
    assert {ref.code[:9] for ref in parsed.candidates} == {"420583104", "420583106"}
    assert parsed.detail == "3组"


def test_other_address_is_kept_beside_the_current_one() -> None:
    parsed = parse("户籍钟祥市石牌镇彭墩村，现住枝江市董市镇曹店村2组")
    assert parsed.village is not None
    assert parsed.village.name == "曹店村村民委员会"
    assert parsed.other_text == "钟祥市石牌镇彭墩村"
    assert parsed.detail == "2组"


def test_numbers_of_persons_do_not_survive() -> None:
    parsed = parse("枝江市董市镇曹店村3组 420583198001011234 电话0717-4212345、13812345678 户籍13912345678")
    kept = parsed.detail + parsed.rest + parsed.other_text
    assert not [run for run in ("420583198001011234", "4212345", "13812345678", "13912345678") if run in kept]


class TestAliases:
    def test_estate_at_village_level(self) -> None:
        parsed = parse("枝江市金润源国际小区2栋", aliases=[("金润源国际小区", "420583001001")])
        assert parsed.village is not None
        assert parsed.village.code == "420583001001"
        assert parsed.evidence[-1] == "village:alias"
        assert (parsed.confidence, parsed.detail) == (0.9, "2栋")

    def test_short_town_name_takes_a_suffix_and_a_village(self) -> None:
        parsed = parse("马店街道办事处沱江社区", aliases=AliasIndex([("马店", "420583001")]))
        assert parsed.township is not None
        assert parsed.township.name == "马家店街道"
        assert parsed.village is not None
        assert parsed.village.name == "沱江社区居民委员会"

    def test_alias_further_on_when_nothing_else_is_known(self) -> None:
        parsed = parse("枝江市公园路48号金润源国际小区", aliases=[("金润源国际小区", "420583001001")])
        assert parsed.township is not None

    def test_text_taught_twice_decides_nothing(self) -> None:
        taught = [("幸福小区", "420583001001"), ("幸福小区", "420583104201")]
        assert parse("枝江市幸福小区", aliases=taught).township is None

    def test_other_county_is_not_touched(self) -> None:
        assert parse("钟祥市金润源国际小区", aliases=[("金润源国际小区", "420583001001")]).township is None

    def test_county_code_is_refused(self) -> None:
        with pytest.raises(ValueError, match="township or a village"):
            AliasIndex([("枝江", "420583")])


class TestFields:
    def test_names(self) -> None:
        parsed = parse_structured(
            county="枝江市", township="董市镇", village="曹店村", gazetteer=load_gazetteer()
        )
        assert parsed.deepest_code == "420583104204"
        assert parsed.confidence == 0.95

    def test_home_county_stands_for_an_empty_field(self) -> None:
        parsed = parse_structured(township="问安镇", gazetteer=load_gazetteer(), home_county="420583")
        assert (parsed.deepest_code, parsed.confidence) == ("420583106000", 0.95)

    def test_slip(self) -> None:
        parsed = parse_structured(
            county="枝江市", township="文安镇", village="关庙山村", gazetteer=load_gazetteer()
        )
        assert parsed.confidence == pytest.approx(0.76)

    def test_codes(self) -> None:
        parsed = parse_structured(county="420583", township="420583104", gazetteer=load_gazetteer())
        assert (parsed.deepest_code, parsed.confidence) == ("420583104000", 1.0)

    def test_code_with_a_village_name(self) -> None:
        parsed = parse_structured(township="420583104", village="曹店村", gazetteer=load_gazetteer())
        assert (parsed.deepest_code, parsed.confidence) == ("420583104204", 0.95)

    def test_codes_that_contradict(self) -> None:
        parsed = parse_structured(county="420881", township="420583104", gazetteer=load_gazetteer())
        assert parsed.confidence == 0.5

    def test_village_of_another_township(self) -> None:
        parsed = parse_structured(
            county="枝江市", township="董市镇", village="关庙山村", gazetteer=load_gazetteer()
        )
        assert parsed.confidence == 0.5
        assert parsed.village is None

    def test_unknown_village_field_lowers_to_the_township(self) -> None:
        parsed = parse_structured(
            county="枝江市", township="董市镇", village="幸福里村", gazetteer=load_gazetteer()
        )
        assert (parsed.deepest_code, parsed.confidence) == ("420583104000", 0.85)


@pytest.mark.parametrize("home", ["999999", "42058", "abc", "420500", "420583104"])
def test_unknown_home_county_is_an_error(home: str) -> None:
    with pytest.raises(UnknownHomeCounty, match="本县代码无效"):
        parse("董市镇", home)


def test_home_code_of_twelve_digits() -> None:
    assert parse("董市镇", "420583000000") == parse("董市镇", "420583")


def test_gazetteer_of_given_rows_only() -> None:
    rows = [
        ("420000000000", "湖北省"),
        ("420500000000", "宜昌市"),
        ("420583000000", "枝江市"),
        ("420583104000", "董市镇"),
        ("420583104299", "新立村村民委员会"),
    ]
    parsed = parse_address("董市镇新立村", "420583", Gazetteer(rows))
    assert parsed.deepest_code == "420583104299"


def test_every_evidence_has_chinese_words() -> None:
    assert describe_evidence("township:name") == "写明乡镇街道"
    assert describe_evidence("nonsense") == "nonsense"
