"""Villages at a position of the text, in one township or in the whole county."""

from dataclasses import dataclass

from divisions.parser.gazetteer import CountyIndex, Township, Village
from divisions.parser.names import COMMUNITY, OTHER, VILLAGE, read_village_suffix
from divisions.parser.tail import is_tail

# A village name found further on counts only after one of these: 新长岗村 is not 长岗村.
_BOUNDARIES = frozenset("路街道号巷口区镇乡场处站厂校院楼组队边旁面侧内原前后")
# A name without suffix before one of these is part of another name: 石牌镇长寿路, 彭墩小学, 柴湖医院.
_NOT_A_VILLAGE = frozenset("路街道巷桥镇乡河湖港站厂店校园院所局门口")
_NOT_A_VILLAGE_PAIRS = frozenset((
    "大道", "小区", "小学", "中学", "医院", "公司", "水库", "市场", "卫生", "花园", "广场", "新城",
    "国际", "公寓", "大厦", "大桥",
))  # fmt: skip
_SCAN = 40  # characters after the township in which a village is still looked for


@dataclass(frozen=True, slots=True)
class VillageMatch:
    """Villages that the text at `start` to `end` names; several when it does not tell them apart."""

    units: tuple[Village, ...]
    how: str
    start: int
    end: int


def villages_at(index: CountyIndex, text: str, pos: int, township: Township | None) -> VillageMatch | None:
    """The villages named at `pos`: a name with its suffix before a bare one, the longer before the shorter."""
    bare: VillageMatch | None = None
    for length, found in index.villages.at(text, pos):
        units = found if township is None else tuple(unit for unit in found if unit.township is township)
        if not units:
            continue
        end = pos + length
        suffix_length, kind = read_village_suffix(text, end)
        if suffix_length:
            return _with_suffix(units, kind, pos, end + suffix_length)
        if all(unit.kind == OTHER for unit in units) or text[end - 1] == "村":
            # 园艺场, 新村: the stem is a whole name already.
            return VillageMatch(_distinct(units), "village:exact", pos, end)
        if bare is None and (
            is_tail(text, end) or (township is not None and _may_be_bare(text, end, length))
        ):
            bare = VillageMatch(_distinct(units), "village:stem", pos, end)
    return bare


def _with_suffix(units: tuple[Village, ...], kind: str, start: int, end: int) -> VillageMatch:
    # 刘巷村 and 刘巷社区 are two units of one town: the suffix decides, and is passed over only for a lone unit.
    of_kind = tuple(unit for unit in units if unit.kind == kind)
    if of_kind:
        return VillageMatch(_distinct(of_kind), "village:exact", start, end)
    return VillageMatch(_distinct(units), "village:other-suffix", start, end)


def _distinct(units: tuple[Village, ...]) -> tuple[Village, ...]:
    # One unit can be found by its name and by its remark.
    return tuple({unit.ref.code: unit for unit in units}.values())


def _may_be_bare(text: str, end: int, length: int) -> bool:
    if text[end] in _NOT_A_VILLAGE or text[end : end + 2] in _NOT_A_VILLAGE_PAIRS:
        return False
    return length >= 3


def find_village(index: CountyIndex, text: str, pos: int, township: Township) -> VillageMatch | None:
    """The village of a known township: at the cursor, or further on with its suffix after a boundary."""
    here = villages_at(index, text, pos, township)
    if here is not None:
        return here
    return scan_villages(index, text, pos + 1, township)


def scan_villages(index: CountyIndex, text: str, pos: int, township: Township | None) -> VillageMatch | None:
    """The first village from `pos` on that is written with its own suffix after a boundary."""
    for at in range(max(pos, 1), min(len(text), pos + _SCAN)):
        before = text[at - 1]
        if before in _BOUNDARIES or before.isascii():
            found = villages_at(index, text, at, township)
            if found is not None and found.how == "village:exact" and found.end - found.start >= 3:
                return found
    return None


def similar_villages(index: CountyIndex, text: str, pos: int, township: Township) -> tuple[Village, ...]:
    """Villages of the township one character away from the suffixed word at `pos`."""
    for end in range(pos + 2, min(len(text), pos + 8)):
        suffix_length, kind = read_village_suffix(text, end)
        if not suffix_length or kind not in (VILLAGE, COMMUNITY):
            continue
        word = text[pos:end]
        found = {
            unit.ref.code: unit
            for at in range(len(word))
            for unit in index.village_slips.get(word[:at] + "?" + word[at + 1 :])
            if unit.township is township and unit.kind == kind
        }
        return tuple(found.values())
    return ()
