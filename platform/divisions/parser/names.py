"""How official names break into a stem and a suffix, and which suffixes people write instead."""

from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_PEOPLES = (
    "各族",
    "维吾尔族",
    "维吾尔",
    "哈萨克族",
    "哈萨克",
    "柯尔克孜族",
    "柯尔克孜",
    "蒙古族",
    "蒙古",
    "布依族",
    "朝鲜族",
    "土家族",
    "哈尼族",
    "傈僳族",
    "拉祜族",
    "东乡族",
    "纳西族",
    "景颇族",
    "达斡尔族",
    "仫佬族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "阿昌族",
    "普米族",
    "塔吉克族",
    "塔吉克",
    "乌孜别克族",
    "鄂温克族",
    "德昂族",
    "保安族",
    "裕固族",
    "独龙族",
    "鄂伦春族",
    "赫哲族",
    "门巴族",
    "珞巴族",
    "基诺族",
    "俄罗斯族",
    "回族",
    "藏族",
    "苗族",
    "彝族",
    "壮族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "傣族",
    "黎族",
    "佤族",
    "畲族",
    "水族",
    "土族",
    "羌族",
    "怒族",
    "京族",
)  # fmt: skip
_PROVINCE_SUFFIXES = ("自治区", "省", "市")
_PREFECTURE_SUFFIXES = ("自治州", "地区", "市", "盟")
_COUNTY_SUFFIXES = ("自治县", "自治旗", "管理区", "林区", "特区", "市", "县", "区", "旗")

TOWN, FARM, OTHER = "town", "farm", "other"
VILLAGE, COMMUNITY = "village", "community"

# Ordinary townships: people write one suffix for the other for years after a change (郢中镇 for 郢中街道).
_TOWN_SUFFIXES = ("街道办事处", "街道办", "街办处", "街办", "街道", "办事处", "民族乡", "镇", "乡")
_FARM_SUFFIXES = (
    "风景名胜管理区", "风景旅游区管理委员会", "旅游度假区管理委员会", "经济技术开发区",
    "高新技术产业开发区", "经济开发区", "风景旅游管理处", "风景区管理处", "风景管理处", "原种场",
    "原种繁殖场", "种畜场", "畜牧场", "良种场", "园艺场", "水产养殖场", "国营农场", "农场", "林场", "茶场",
    "渔场", "总场", "管理区", "管理处", "管委会", "风景区", "开发区", "工业园区", "工业园", "示范区",
    "监狱", "水库",
)  # fmt: skip
# Not readable after a stem: "胡集经济技术开发区" lies beside 胡集镇 and is a unit of its own.
_WHOLE_ONLY = ("开发区", "管委会", "管理委员会", "工业园", "工业园区", "示范区", "产业园")

_VILLAGE_SUFFIXES: tuple[tuple[str, str], ...] = tuple(
    sorted(
        [(suffix, VILLAGE) for suffix in ("村民委员会", "村委会", "村民委员", "村委员会", "村委", "村")]
        + [
            (suffix, COMMUNITY)
            for suffix in (
                "社区居民委员会", "社区居民委员", "社区居民委会", "社区居委会", "社区居委", "社区委员会",
                "社区委会", "居民社区委员会", "居民委员会", "居委会", "虚拟社区", "社区",
            )
        ]
        + [(suffix, OTHER) for suffix in ("虚拟生活区", "生活区", "队委会")],
        key=lambda pair: -len(pair[0]),
    )
)  # fmt: skip


def strip_suffix(name: str, suffixes: Iterable[str], least: int = 2) -> str:
    """The name without the first suffix that fits, if `least` characters stay; else the name."""
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) - len(suffix) >= least:
            return name[: -len(suffix)]
    return name


def strip_peoples(name: str) -> str:
    """长阳土家族 -> 长阳; repeated for 恩施土家族苗族."""
    while (shorter := strip_suffix(name, _PEOPLES)) != name:
        name = shorter
    return name


def short_name(name: str, level: int, prefixes: Iterable[str] = ()) -> str:
    """The everyday short name: 湖北, 宜昌, 枝江, 问安, 关庙山. A name that would lose all but one character stays.

    `prefixes`: names above that a township may repeat (当阳市河溶镇).
    """
    if level == 1:
        return strip_peoples(strip_suffix(name, _PROVINCE_SUFFIXES))
    if level == 2:
        return strip_peoples(strip_suffix(name, _PREFECTURE_SUFFIXES))
    if level == 3:
        return strip_peoples(strip_suffix(name, _COUNTY_SUFFIXES))
    if level == 4:
        reading = split_township(name, prefixes)[-1]
        return reading.stem or reading.full
    return split_village(name)[0].stem


def upper_forms(name: str, level: int) -> dict[str, bool]:
    """Spellings of a province, prefecture or county; True for one that carries its suffix."""
    forms = {name: True}
    short = short_name(name, level)
    if name.endswith("自治州"):
        forms.setdefault(short + "州", True)
    elif name.endswith("自治县"):
        forms.setdefault(short + "县", True)
        forms.setdefault(short + "自治县", True)
    if short != name:
        forms.setdefault(short, False)
    return forms


class TownshipName(NamedTuple):
    """`full` names it wholly; `stem` + any suffix of its `group` does too. An empty stem: full name only."""

    full: str
    stem: str
    suffix: str
    group: str


def _without_remark(name: str) -> str:
    return name.split("（")[0].split("(")[0]


def split_township(name: str, prefixes: Iterable[str]) -> list[TownshipName]:
    """The readings of an official township name; `prefixes` are the names above that it may repeat."""
    name = _without_remark(name)
    fulls = [name]
    for prefix in prefixes:
        if fulls[-1].startswith(prefix) and len(fulls[-1]) - len(prefix) >= 3:
            fulls.append(fulls[-1][len(prefix) :])
    return [_split_one(full) for full in fulls]


def _split_one(full: str) -> TownshipName:
    for group, suffixes in ((TOWN, (*_TOWN_SUFFIXES, "街")), (FARM, _FARM_SUFFIXES)):
        for suffix in suffixes:
            if full.endswith(suffix) and len(full) - len(suffix) >= 2:
                stem = full[: -len(suffix)]
                if suffix == "乡":
                    stem = strip_peoples(stem)
                if suffix.endswith(_WHOLE_ONLY):
                    return TownshipName(full, "", suffix, OTHER)
                return TownshipName(full, stem, suffix, group)
    return TownshipName(full, "", "", OTHER)


class VillageName(NamedTuple):
    stem: str
    kind: str


def split_village(name: str) -> list[VillageName]:
    """Stem and kind of an official village name, plus the name in its remark (张场村委会（小张家场）)."""
    readings = [_split_village_once(_without_remark(name))]
    remark = name.replace("(", "（").replace(")", "）").partition("（")[2].rstrip("）")
    if len(remark) >= 2 and remark != "社区" and "含" not in remark:
        readings.append(_split_village_once(remark))
    return readings


def _split_village_once(name: str) -> VillageName:
    for suffix, kind in _VILLAGE_SUFFIXES:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            stem = name[: -len(suffix)]
            if kind == VILLAGE and suffix != "村":
                # Half the counties write 关庙山村村民委员会, the other half 彭墩村委会.
                stem = strip_suffix(stem, ("村",))
            return VillageName(stem, kind)
    if name.endswith(("村委会", "村民委员会")):  # 东村委会: a stem of one character keeps its 村
        return VillageName(name[: name.rindex("村") + 1], VILLAGE)
    return VillageName(name, OTHER)


def _by_first(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[tuple[str, str], ...]]:
    table: dict[str, list[tuple[str, str]]] = {}
    for text, meaning in pairs:
        table.setdefault(text[0], []).append((text, meaning))
    return {first: tuple(sorted(group, key=lambda pair: -len(pair[0]))) for first, group in table.items()}


_READ_TOWNSHIP = _by_first(
    [(suffix, TOWN) for suffix in _TOWN_SUFFIXES]
    + [(suffix, FARM) for suffix in _FARM_SUFFIXES if not suffix.endswith(_WHOLE_ONLY)]
)
_PEOPLE_STARTS = frozenset(people[0] for people in _PEOPLES)
_READ_VILLAGE = _by_first(_VILLAGE_SUFFIXES)


def read_township_suffix(text: str, pos: int) -> tuple[str, str]:
    """(suffix, group) written at `pos`; empty strings when there is none. 九里回族乡: the people counts as suffix."""
    if text[pos : pos + 1] in _PEOPLE_STARTS:
        for people in _PEOPLES:
            if text.startswith(people + "乡", pos):
                return people + "乡", TOWN
    for suffix, group in _READ_TOWNSHIP.get(text[pos : pos + 1], ()):
        if text.startswith(suffix, pos):
            return suffix, group
    return "", ""


def read_village_suffix(text: str, pos: int) -> tuple[int, str]:
    """(length, kind) of the village suffix written at `pos`; (0, "") when there is none."""
    for suffix, kind in _READ_VILLAGE.get(text[pos : pos + 1], ()):
        if text.startswith(suffix, pos):
            return len(suffix), kind
    return 0, ""


class FormTable(Generic[T]):
    """Spellings to units, found longest first at a position through the lengths that begin with a character."""

    __slots__ = ("_lengths", "_units")

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        units: dict[str, list[T]] = {}
        for form, unit in pairs:
            known = units.setdefault(form, [])
            if unit not in known:
                known.append(unit)
        lengths: dict[str, set[int]] = {}
        for form in units:
            lengths.setdefault(form[0], set()).add(len(form))
        self._units = {form: tuple(found) for form, found in units.items()}
        self._lengths = {first: tuple(sorted(group, reverse=True)) for first, group in lengths.items()}

    def get(self, form: str) -> tuple[T, ...]:
        return self._units.get(form, ())

    def at(self, text: str, pos: int) -> Iterator[tuple[int, tuple[T, ...]]]:
        """(length, units) of every spelling that stands at `pos`, longest first."""
        room = len(text) - pos
        for length in self._lengths.get(text[pos : pos + 1], ()):
            if length <= room and (found := self._units.get(text[pos : pos + length])) is not None:
                yield length, found

    def __bool__(self) -> bool:
        return bool(self._units)
