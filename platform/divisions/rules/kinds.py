"""What the digits of a code say about its kind, and the words that lists use for kinds."""

from types import MappingProxyType

from divisions.codes import level_of
from divisions.enums import DivisionKind, DivisionLevel

# Upper bounds of digits 7-9 and 10-12, measured over the 2023 list (docs: standards 1.1). 600-999 are not in use.
_TOWNSHIP_KINDS = (
    (99, DivisionKind.SUBDISTRICT),
    (199, DivisionKind.TOWN),
    (399, DivisionKind.TOWNSHIP),
    (599, DivisionKind.FARM),
)
_VILLAGE_KINDS = (
    (199, DivisionKind.COMMUNITY),
    (399, DivisionKind.VILLAGE),
    (499, DivisionKind.COMMUNITY_LIKE),
    (599, DivisionKind.VILLAGE_LIKE),
)
_UPPER_KINDS = {1: DivisionKind.PROVINCE, 2: DivisionKind.PREFECTURE, 3: DivisionKind.COUNTY}
_WORDS = {
    DivisionKind.COUNTY: "县 县级市 市 区 市辖区 自治县 旗 自治旗 林区 特区",
    DivisionKind.SUBDISTRICT: "街道 街道办事处 办事处",
    DivisionKind.TOWN: "镇 建制镇",
    DivisionKind.TOWNSHIP: "乡 民族乡 苏木 民族苏木",
    DivisionKind.FARM: "农场 林场 农林场 开发区 管理区 水库 渔场 园区 类似乡级",
    DivisionKind.COMMUNITY: "社区 居委会 居民委员会 社区居委会 社区居民委员会",
    DivisionKind.VILLAGE: "村 村委会 村民委员会 行政村",
    DivisionKind.COMMUNITY_LIKE: "类似居委会 类似居民委员会",
    DivisionKind.VILLAGE_LIKE: "类似村委会 类似村民委员会 生产队 农业队",
}
KIND_WORDS = MappingProxyType(
    {word: kind for kind, words in _WORDS.items() for word in words.split()}
    | {kind.value: kind for kind in DivisionKind}
    | {kind.label: kind for kind in DivisionKind}
)


def kind_of(code12: str) -> DivisionKind:
    """The kind by the digits. Raises ValueError for a range that the standard leaves unused."""
    level = level_of(code12)
    if level in _UPPER_KINDS:
        return _UPPER_KINDS[level]
    bounds, digits = (
        (_TOWNSHIP_KINDS, code12[6:9]) if level == DivisionLevel.TOWNSHIP else (_VILLAGE_KINDS, code12[9:])
    )
    for upper, kind in bounds:
        if int(digits) <= upper:
            return kind
    raise ValueError(f"digits outside the ranges in use: {code12}")
