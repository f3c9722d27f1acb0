"""The beginning of an address: province, prefecture, county, each full, short or left out (standards 1.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from divisions.parser.gazetteer import Gazetteer, UpperUnit
from divisions.parser.result import DivisionRef

# What the code list calls the missing middle level, as hospital systems export it.
_FILLERS = (
    "省直辖县级行政区划", "省直辖县级行政单位", "省直辖行政单位", "省直辖县级市", "省直辖",
    "直辖县级行政区划", "直辖县级行政单位", "直辖县级", "县级行政区划", "县级行政单位", "市辖区",
)  # fmt: skip
# A short name before one of these names something else: 北京路, 西湖村, 武昌鱼庄 is left to the township test.
_NOT_AFTER_SHORT = frozenset("省市县州盟旗区路街道巷村镇乡桥港社弄")
_NOT_AFTER_SHORT_PAIRS = frozenset((
    "居委", "大道", "小区", "小学", "中学", "大学", "花园", "新城", "新村", "新区", "广场", "公寓",
    "国际", "酒店", "宾馆", "商城", "大厦", "农场", "林场", "办事", "水库", "管理",
))  # fmt: skip
_COUNTY_MARKS = "市县区"
_LONGEST_COUNTY_WORD = 6


@dataclass(slots=True)
class Head:
    """Where reading stopped and what was named. `home_context`: nothing contradicts the home county."""

    end: int = 0
    province: UpperUnit | None = None
    prefecture: UpperUnit | None = None
    county: UpperUnit | None = None
    needs_township: bool = False
    fuzzy: bool = False
    mismatch: bool = False
    evidence: tuple[str, ...] = ()
    candidates: tuple[DivisionRef, ...] = ()

    @property
    def named_above(self) -> str:
        """Digits of the deepest level above the county that was named."""
        if self.prefecture is not None:
            return self.prefecture.prefix
        return self.province.prefix if self.province is not None else ""


def read_head(text: str, start: int, gazetteer: Gazetteer, home: UpperUnit | None) -> Head:
    """Reads as far as the county. Never raises; an empty Head when nothing is named."""
    head = Head(end=start)
    _read_province(head, text, gazetteer)
    _read_prefecture(head, text, gazetteer, home)
    for filler in _FILLERS:
        if head.named_above and text.startswith(filler, head.end):
            head.end += len(filler)
            break
    if not _read_county(head, text, gazetteer, home):
        _read_misspelt_county(head, text, gazetteer, home)
    if head.county is None and head.prefecture is not None:
        only = gazetteer.counties_in.get(head.prefecture.prefix)
        alone = gazetteer.county_of.get(head.prefecture.prefix + "00")
        head.county = alone or (only[0] if only and len(only) == 1 else None)
    if head.county is not None:
        _skip_repetition(head, text)
    return head


def is_short_here(text: str, end: int) -> bool:
    """Whether a name without suffix that ends at `end` may stand for a division."""
    return text[end : end + 1] not in _NOT_AFTER_SHORT and text[end : end + 2] not in _NOT_AFTER_SHORT_PAIRS


def _read_province(head: Head, text: str, gazetteer: Gazetteer) -> None:
    for length, units in gazetteer.provinces.at(text, head.end):
        form = text[head.end : head.end + length]
        if units[0].forms[form] or is_short_here(text, head.end + length):
            head.province = units[0]
            head.end += length
            head.evidence += ("province:name",)
            return


def _read_prefecture(head: Head, text: str, gazetteer: Gazetteer, home: UpperUnit | None) -> None:
    longest_county = next(
        (
            length
            for length, units in gazetteer.counties.at(text, head.end)
            if units[0].forms[text[head.end : head.end + length]]
        ),
        0,
    )
    for length, units in gazetteer.prefectures.at(text, head.end):
        if longest_county > length:
            return  # 荆州经济技术开发区 is a county, not 荆州 and something
        form = text[head.end : head.end + length]
        fitting = [unit for unit in units if head.province is None or unit.prefix[:2] == head.province.prefix]
        if len(fitting) > 1 and home is not None:
            fitting = [unit for unit in fitting if unit.prefix == home.prefix[:4]]
        if len(fitting) != 1:
            continue
        end = head.end + length
        if not fitting[0].forms[form]:
            if text.startswith("地区", end):
                end += 2
            elif not is_short_here(text, end):
                continue
        head.prefecture = fitting[0]
        head.end = end
        head.evidence += ("prefecture:name",)
        return


def _read_county(head: Head, text: str, gazetteer: Gazetteer, home: UpperUnit | None) -> bool:
    for length, units in gazetteer.counties.at(text, head.end):
        form = text[head.end : head.end + length]
        end = head.end + length
        fitting, mismatch = _in_context(units, head, home)
        whole = [unit for unit in fitting if unit.forms[form]]
        other_suffix = False
        if whole:
            fitting = whole
        elif text[end : end + 1] in _COUNTY_MARKS and text[end : end + 1]:
            # 钟祥县, 枝江县: what they were called until they became cities.
            other_suffix, end = True, end + 1
        elif mismatch:
            continue
        qualified = bool(head.named_above) or home in fitting
        # 大悟新城段湾: 新城 is a town there, so the short name stands although 新城 follows.
        stands = whole or other_suffix or is_short_here(text, end)
        if not stands and not (
            qualified and len(fitting) == 1 and _township_follows(fitting[0], text, end, gazetteer)
        ):
            continue
        if not qualified and (length < 3 and whole):
            continue  # 城区, 郊区: words before they are counties
        if len(fitting) != 1:
            if whole and fitting:
                head.candidates = tuple(unit.ref for unit in fitting)
                head.evidence += ("county:ambiguous",)
                head.end = end
                return True
            continue
        head.county, head.end, head.mismatch = fitting[0], end, mismatch
        head.needs_township = not qualified and not whole
        how = "county:name" if whole else "county:other-suffix" if other_suffix else "county:short"
        head.evidence += (how, "prefecture:mismatch") if mismatch else (how,)
        return True
    return False


def _township_follows(county: UpperUnit, text: str, pos: int, gazetteer: Gazetteer) -> bool:
    index = gazetteer.index_of(county)
    return index is not None and (any(index.full.at(text, pos)) or any(index.stems.at(text, pos)))


def _in_context(
    units: Sequence[UpperUnit], head: Head, home: UpperUnit | None
) -> tuple[Sequence[UpperUnit], bool]:
    """The units that fit what was named before, else what is nearest to home; True when the prefecture differs."""
    if head.prefecture is not None:
        fitting = _within(units, head.prefecture.prefix)
        if fitting:
            return fitting, False
        elsewhere = _within(units, head.prefecture.prefix[:2])
        # 荆州地区钟祥县: districts were redrawn; only a county with its suffix may overrule the prefecture.
        return elsewhere, True
    if head.province is not None:
        fitting = _within(units, head.province.prefix)
        if len(fitting) > 1 and home in fitting:
            return [unit for unit in fitting if unit is home], False
        return fitting, False
    if home is not None:
        for digits in (6, 4, 2):
            fitting = _within(units, home.prefix[:digits])
            if fitting:
                return fitting, False
    return units, False


def _within(units: Iterable[UpperUnit], prefix: str) -> list[UpperUnit]:
    return [unit for unit in units if unit.prefix.startswith(prefix)]


def _read_misspelt_county(head: Head, text: str, gazetteer: Gazetteer, home: UpperUnit | None) -> None:
    """One substituted character (钟详市), only where the context leaves a single county, or it is the home county."""
    if head.candidates:
        return
    for end in range(head.end + 3, min(len(text), head.end + _LONGEST_COUNTY_WORD) + 1):
        if text[end - 1] not in _COUNTY_MARKS:
            continue
        word = text[head.end : end]
        if head.prefecture is not None:
            pool: Iterable[UpperUnit] = gazetteer.counties_in.get(head.prefecture.prefix, ())
        elif home is not None and home.prefix.startswith(head.named_above):
            pool = (home,)
        else:
            return
        near = [unit for unit in pool if differs_by_one(word, unit.ref.name)]
        if home in near:
            near = [unit for unit in near if unit is home]
        if len(near) == 1:
            head.county, head.end, head.fuzzy = near[0], end, True
            head.evidence += ("county:name", "fuzzy:1-char")
            return


def differs_by_one(word: str, name: str) -> bool:
    """Same length, exactly one character different, and it is not the suffix."""
    if len(word) != len(name) or word[-1] != name[-1]:
        return False
    return sum(one != other for one, other in zip(word, name, strict=True)) == 1


def _skip_repetition(head: Head, text: str) -> None:
    """枝江市枝江市董市镇, 枝江市湖北省枝江市董市镇: systems prepend what the clerk had typed already."""
    assert head.county is not None
    for _ in range(4):
        for unit in (head.county, head.prefecture, head.province):
            if unit is None:
                continue
            name = unit.ref.name
            if text.startswith(name, head.end) and not text.startswith(
                ("街", "镇", "乡"), head.end + len(name)
            ):
                head.end += len(name)
                break
        else:
            return
