"""Township and village inside a known county. Every reading is either unique or returned as candidates."""

from dataclasses import dataclass, field

from divisions.parser.aliases import AliasHit, AliasIndex
from divisions.parser.gazetteer import CountyIndex, Township, Village
from divisions.parser.names import TOWN, read_township_suffix, read_village_suffix
from divisions.parser.result import DivisionRef
from divisions.parser.tail import is_tail
from divisions.parser.village import (
    VillageMatch,
    find_village,
    scan_villages,
    similar_villages,
    villages_at,
)

_MAX_GAP = 2  # characters that may stand before a township name (大柴湖镇); standards 1.3
_AFTER_BARE = frozenset("路街道巷桥镇乡村河湖港站厂校园院大新老东西南北小中")
_TOWNSHIP_WORD_ENDS = ("镇", "乡", "街道", "办事处")


@dataclass(slots=True)
class Locality:
    """What was found, how, and where reading stopped. `explicit`: the township carries a suffix of its own."""

    end: int
    township: Township | None = None
    village: Village | None = None
    explicit: bool = False
    fuzzy: bool = False
    factor: float = 1.0
    from_village: bool = False
    conflict: bool = False
    bare_village: bool = False
    evidence: list[str] = field(default_factory=list)
    candidates: tuple[DivisionRef, ...] = ()


def read_locality(
    index: CountyIndex, text: str, start: int, aliases: AliasIndex, county_is_named: bool
) -> Locality:
    """Township, then village; else a village that a single township has; else what a slip may have meant."""
    alias = aliases.near(index, text, start, _MAX_GAP)
    named = _township_with_suffix(index, text, start)
    if alias is not None and (named is None or (alias.start <= named.start and alias.end >= named.end)):
        return _from_alias(index, text, alias)
    if named is not None:
        return _in_township(index, text, named, gap=named.start > start)
    bare = _bare_township(index, text, start)
    alone = _village_alone(index, text, start)
    if alone is not None and alone.how == "village:exact" and (bare is None or bare.village is None):
        if alone.start <= start + _MAX_GAP:
            return _from_village(alone, text, start)
    elif bare is not None and bare.village is not None:
        return bare
    slip = _misspelt_township(index, text, start)
    if slip is not None:
        return _settle_slip(index, text, slip, alone, county_is_named)
    if alone is not None and (bare is None or alone.how == "village:exact"):
        return _from_village(alone, text, start)
    if alone is not None and bare is not None:
        return _between(bare, alone)
    anywhere = aliases.anywhere(index, text, start)
    if anywhere is not None:
        return _from_alias(index, text, anywhere)
    return bare or Locality(end=start)


@dataclass(frozen=True, slots=True)
class _TownshipMatch:
    units: tuple[Township, ...]
    how: str
    start: int
    end: int


def _township_with_suffix(index: CountyIndex, text: str, start: int) -> _TownshipMatch | None:
    for at in range(start, min(start + _MAX_GAP, len(text)) + 1):
        found = township_at(index, text, at)
        if found is not None:
            return found
    return None


def township_at(index: CountyIndex, text: str, at: int) -> _TownshipMatch | None:
    """The township named with a suffix at `at`: its full name, or its stem with a suffix people use for it."""
    best: _TownshipMatch | None = None
    for length, units in index.full.at(text, at):
        best = _TownshipMatch(units, "township:name", at, at + length)
        break
    for length, units in index.stems.at(text, at):
        suffix, group = read_township_suffix(text, at + length)
        end = at + length + len(suffix)
        if not suffix or (best is not None and end <= best.end):
            continue
        exact = tuple(unit for unit in units if _same_suffix(unit.suffix, suffix))
        fitting = exact or tuple(unit for unit in units if unit.group == group) or units
        official = len(fitting) == 1 and _same_suffix(fitting[0].suffix, suffix)
        if not official and group != TOWN and fitting[0].group == TOWN:
            continue  # 胡集农场 is not 胡集镇
        return _TownshipMatch(fitting, "township:name" if official else "township:other-suffix", at, end)
    return best


def _same_suffix(official: str, written: str) -> bool:
    if written.endswith("乡") and official.endswith("乡"):
        return True
    return official == written or (
        official == "街道" and written in ("街道办事处", "街道办", "街办", "办事处")
    )


def _in_township(index: CountyIndex, text: str, match: _TownshipMatch, gap: bool) -> Locality:
    place = Locality(end=match.end, explicit=True, evidence=[match.how])
    if gap:
        place.evidence.append("township:gap")
        place.factor *= 0.95
    if match.how == "township:other-suffix":
        place.factor *= 0.95
    if len(match.units) > 1:
        return _among_townships(index, text, match, place)
    place.township = match.units[0]
    again = township_at(index, text, match.end)
    if (
        again is not None
        and again.units == match.units
        and villages_at(index, text, match.end, match.units[0]) is None
    ):
        place.end = again.end
    _read_village(index, text, place)
    return place


def _among_townships(index: CountyIndex, text: str, match: _TownshipMatch, place: Locality) -> Locality:
    """Two townships share the spelling: only a village that one of them has can tell."""
    holding = [unit for unit in match.units if find_village(index, text, match.end, unit) is not None]
    if len(holding) == 1:
        place.township = holding[0]
        _read_village(index, text, place)
        return place
    place.evidence.append("township:ambiguous")
    place.candidates = tuple(unit.ref for unit in match.units)
    return place


def _read_village(index: CountyIndex, text: str, place: Locality) -> None:
    township = place.township
    assert township is not None
    match = find_village(index, text, place.end, township)
    if match is not None:
        _take_village(place, match)
        second = scan_villages(index, text, match.end, township)
        if second is not None and place.village is not None and place.village not in second.units:
            place.candidates = (place.village.ref, *(unit.ref for unit in second.units))
            place.village = None
            place.evidence[-1] = "village:ambiguous"
        return
    elsewhere = villages_at(index, text, place.end, None)
    if elsewhere is not None and elsewhere.how == "village:exact":
        place.conflict = True
        place.evidence.append("conflict:village-elsewhere")
        place.candidates = (township.ref, *(unit.ref for unit in elsewhere.units))
        if "township:gap" in place.evidence:
            place.township = None
        return
    similar = similar_villages(index, text, place.end, township)
    if len(similar) == 1 and len(similar[0].stem) >= 4:
        place.village = similar[0]
        place.factor *= 0.8
        place.evidence += ["village:exact", "fuzzy:1-char"]
        suffix_at = place.end + len(similar[0].stem)
        place.end = suffix_at + read_village_suffix(text, suffix_at)[0]
    elif similar:
        # 张家湾 and 李家湾 differ by one character and are two places: too near to ignore, too far to accept.
        place.evidence.append("village:similar")
        place.candidates = tuple(unit.ref for unit in similar)


def _take_village(place: Locality, match: VillageMatch) -> None:
    place.end = match.end
    if len(match.units) == 1:
        place.village = match.units[0]
        place.evidence.append(match.how)
        if match.how == "village:other-suffix":
            place.factor *= 0.95
    else:
        place.evidence.append("village:ambiguous")
        place.candidates = tuple(unit.ref for unit in match.units)


def _bare_township(index: CountyIndex, text: str, start: int) -> Locality | None:
    """A stem without suffix (枝江问安关庙山): trusted when a village of that township follows, or nothing else."""
    weak: Locality | None = None
    for length, units in index.stems.at(text, start):
        end = start + length
        if read_village_suffix(text, end)[0]:
            continue
        followed = [
            (unit, village)
            for unit in units
            if (village := villages_at(index, text, end, unit)) is not None
            and (village.how != "village:stem" or is_tail(text, village.end))
        ]
        if len(followed) == 1:
            place = Locality(end=end, township=followed[0][0], explicit=True, evidence=["township:stem"])
            _take_village(place, followed[0][1])
            return place
        if weak is None and (end >= len(text) or text[end] not in _AFTER_BARE):
            weak = Locality(end=end, evidence=["township:stem"])
            if len(units) == 1 and is_tail(text, end):
                weak.township = units[0]
            else:
                weak.evidence.append("township:ambiguous")
                weak.candidates = tuple(unit.ref for unit in units)
    return weak


def _village_alone(index: CountyIndex, text: str, start: int) -> VillageMatch | None:
    for at in range(start, min(start + _MAX_GAP, len(text)) + 1):
        found = villages_at(index, text, at, None)
        if found is not None and (at == start or (found.how == "village:exact" and _starts_anew(text, at))):
            return found
    return scan_villages(index, text, start + 1, None)


def _starts_anew(text: str, at: int) -> bool:
    return text[at - 1] in "原区镇乡路街道口处" or text[at - 1].isascii()


def _from_village(match: VillageMatch, text: str, start: int) -> Locality:
    place = Locality(end=match.end, from_village=True, bare_village=match.how == "village:stem")
    skipped = text[start : match.start]
    townships = {unit.township.ref.code: unit.township for unit in match.units}
    mark = next((mark for mark in _TOWNSHIP_WORD_ENDS if mark in skipped), "")
    if (
        mark
        and len(townships) == 1
        and _lacks_one(skipped.partition(mark)[0], next(iter(townships.values())))
    ):
        # 顾店镇高殿寺村: the short form of 顾家店镇, and the village confirms it.
        place.from_village, place.explicit, place.fuzzy = False, True, True
        place.township = next(iter(townships.values()))
        place.evidence += ["township:name", "fuzzy:1-char"]
        _take_village(place, match)
        return place
    if mark:
        place.evidence.append("township:unknown-name")
        place.factor *= 0.8
    if len(townships) == 1:
        place.township = next(iter(townships.values()))
        place.evidence.append("township:from-village")
        _take_village(place, match)
    else:
        place.evidence += ["township:ambiguous", "village:ambiguous"]
        place.candidates = tuple(unit.ref for unit in match.units)
    return place


def _lacks_one(word: str, township: Township) -> bool:
    stem = township.stem
    return len(word) >= 2 and any(word == stem[:at] + stem[at + 1 :] for at in range(len(stem)))


def _between(bare: Locality, alone: VillageMatch) -> Locality:
    """钟祥双河3组: 双河镇, or 双河村 of 柴湖镇?"""
    if bare.township is not None and all(unit.township is bare.township for unit in alone.units):
        bare.candidates = tuple(unit.ref for unit in alone.units)
        bare.evidence.append("village:ambiguous")
        bare.end = alone.end
        return bare
    above = (bare.township.ref,) if bare.township is not None else bare.candidates
    refs = [*above, *(unit.ref for unit in alone.units)]
    return Locality(end=alone.end, candidates=tuple(refs), evidence=["township:ambiguous"])


def _misspelt_township(index: CountyIndex, text: str, start: int) -> _TownshipMatch | None:
    """Townships whose stem is one substituted character away from the suffixed word at the cursor."""
    for end in range(start + 2, min(len(text), start + 7)):
        suffix, group = read_township_suffix(text, end)
        if not suffix:
            continue
        word = text[start:end]
        found = {
            unit.ref.code: unit
            for at in range(len(word))
            for unit in index.township_slips.get(word[:at] + "?" + word[at + 1 :])
            if unit.group == group
        }
        if found:
            return _TownshipMatch(tuple(found.values()), "township:name", start, end + len(suffix))
    return None


def _settle_slip(
    index: CountyIndex, text: str, slip: _TownshipMatch, alone: VillageMatch | None, county_is_named: bool
) -> Locality:
    """One wrong character: a village of the township confirms it; alone, only a long unique name will do."""
    place = Locality(end=slip.end, explicit=True, fuzzy=True, evidence=["township:name", "fuzzy:1-char"])
    confirmed = [
        unit
        for unit in slip.units
        if (match := villages_at(index, text, slip.end, unit)) is not None and match.how != "village:stem"
    ]
    if not confirmed:
        confirmed = [unit for unit in slip.units if villages_at(index, text, slip.end, unit) is not None]
    if len(confirmed) == 1:
        place.township = confirmed[0]
        _read_village(index, text, place)
        return place
    elsewhere = alone.units if alone is not None and alone.how == "village:exact" else ()
    long_enough = len(slip.units) == 1 and len(slip.units[0].stem) >= 3 and county_is_named
    if long_enough and not confirmed and not elsewhere:
        place.township = slip.units[0]
        return place
    place.evidence.append("township:ambiguous")
    refs = [unit.ref for unit in confirmed or slip.units] + [unit.ref for unit in elsewhere]
    place.candidates = tuple(refs)
    return place


def _from_alias(index: CountyIndex, text: str, hit: AliasHit) -> Locality:
    place = Locality(end=hit.end, explicit=True, evidence=["township:alias"])
    if hit.village is not None:
        place.evidence = ["village:alias"]
        place.village = hit.village
        place.township = hit.village.township
        return place
    assert hit.township is not None
    place.township = hit.township
    place.end += len(read_township_suffix(text, hit.end)[0])
    _read_village(index, text, place)
    return place
