import pytest

from divisions.codes import level_of, pad_code, parent_of
from divisions.enums import DivisionKind
from divisions.parser.names import short_name, split_village
from divisions.rules import kind_of

pytestmark = pytest.mark.req("D2", "C17")


@pytest.mark.parametrize(
    ("code", "level", "parent", "kind"),
    [
        ("42", 1, None, DivisionKind.PROVINCE),
        ("4205", 2, "420000000000", DivisionKind.PREFECTURE),
        ("429004", 3, "429000000000", DivisionKind.COUNTY),
        ("420583001", 4, "420583000000", DivisionKind.SUBDISTRICT),
        ("420583101", 4, "420583000000", DivisionKind.TOWN),
        ("420881200", 4, "420881000000", DivisionKind.TOWNSHIP),
        ("420881450", 4, "420881000000", DivisionKind.FARM),
        ("420583108001", 5, "420583108000", DivisionKind.COMMUNITY),
        ("420583108201", 5, "420583108000", DivisionKind.VILLAGE),
        ("420583102498", 5, "420583102000", DivisionKind.COMMUNITY_LIKE),
        ("420881454598", 5, "420881454000", DivisionKind.VILLAGE_LIKE),
    ],
)
def test_digits(code: str, level: int, parent: str | None, kind: DivisionKind) -> None:
    code12 = pad_code(code)
    assert (level_of(code12), parent_of(code12), kind_of(code12)) == (level, parent, kind)


@pytest.mark.parametrize("code", ["", "420", "42058310", "４２０５８３", "42058x", "4205831042041"])
def test_malformed_code(code: str) -> None:
    with pytest.raises(ValueError, match="not an administrative division code"):
        pad_code(code)


@pytest.mark.parametrize(
    ("name", "level", "short"),
    [
        ("湖北省", 1, "湖北"),
        ("广西壮族自治区", 1, "广西"),
        ("内蒙古自治区", 1, "内蒙古"),
        ("恩施土家族苗族自治州", 2, "恩施"),
        ("长阳土家族自治县", 3, "长阳"),
        ("神农架林区", 3, "神农架"),
        ("房县", 3, "房县"),
        ("马家店街道", 4, "马家店"),
        ("南湖原种场", 4, "南湖"),
        ("滕家河村村民委员会", 5, "滕家河"),
        ("彭墩村委会", 5, "彭墩"),
        ("新村村委会", 5, "新村"),
        ("高峡新村社区居民委员会", 5, "高峡新村"),
    ],
)
def test_short_names(name: str, level: int, short: str) -> None:
    assert short_name(name, level) == short


def test_remark_is_a_second_name() -> None:
    assert [reading.stem for reading in split_village("张场村委会（小张家场）")] == ["张场", "小张家场"]
