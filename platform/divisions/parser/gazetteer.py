"""The names that can be recognised: provinces to counties at once, a county's townships and villages when needed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

from divisions.codes import level_of, pad_code, parent_of
from divisions.parser import names
from divisions.parser.names import FormTable
from divisions.parser.result import DivisionRef

Row = tuple[str, str]  # 12-digit code, official name
U = TypeVar("U")
CountyLoader = Callable[[str], Sequence[Row]]

# Levels that exist only in the code list; nobody lives in them by name.
PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@dataclass(frozen=True, slots=True, eq=False)
class UpperUnit:
    """A province, prefecture or county; `prefix` are its 2, 4 or 6 digits."""

    ref: DivisionRef
    prefix: str
    forms: dict[str, bool]


@dataclass(frozen=True, slots=True, eq=False)
class Township:
    ref: DivisionRef
    stem: str
    suffix: str
    group: str


@dataclass(frozen=True, slots=True, eq=False)
class Village:
    ref: DivisionRef
    stem: str
    kind: str
    township: Township


class CountyIndex:
    """Spellings of one county's townships and villages. About 0.3 MB for a county of 600 villages."""

    def __init__(self, county: UpperUnit, rows: Iterable[Row], prefixes: Sequence[str]) -> None:
        self.county = county
        full: list[tuple[str, Township]] = []
        stems: list[tuple[str, Township]] = []
        villages: list[tuple[str, Village]] = []
        by_code: dict[str, Township] = {}
        for code, name in sorted(rows):
            ref = DivisionRef(code, name)
            if level_of(code) == 4:
                readings = names.split_township(name, prefixes)
                last = readings[-1]
                unit = Township(ref, last.stem, last.suffix, last.group)
                by_code[code[:9]] = unit
                full += [(reading.full, unit) for reading in readings]
                stems += [(reading.stem, unit) for reading in readings if reading.stem]
            elif (township := by_code.get(code[:9])) is not None:
                for reading in names.split_village(name):
                    villages.append((reading.stem, Village(ref, reading.stem, reading.kind, township)))
        self.townships = tuple(by_code.values())
        self.full = FormTable(full)
        self.stems = FormTable(stems)
        self.villages = FormTable(villages)
        self._by_code = by_code
        self._village_refs = {village.ref.code: village for _, village in villages}

    def township(self, code12: str) -> Township | None:
        return self._by_code.get(code12[:9])

    def village(self, code12: str) -> Village | None:
        return self._village_refs.get(code12)

    @cached_property
    def township_slips(self) -> FormTable[Township]:
        """Township stems with one character left open (`问?`): one wrong character finds them."""
        return FormTable(slips_of((unit.stem, unit) for unit in self.townships if unit.stem))

    @cached_property
    def village_slips(self) -> FormTable[Village]:
        return FormTable(
            slips_of(
                (village.stem, village)
                for village in self._village_refs.values()
                if 2 <= len(village.stem) <= 8
            )
        )


def slips_of(pairs: Iterable[tuple[str, U]]) -> Iterable[tuple[str, U]]:
    for stem, unit in pairs:
        for at in range(len(stem)):
            yield stem[:at] + "?" + stem[at + 1 :], unit


class Gazetteer:
    """Recognisable names. `rows` may hold any levels; counties without townships there ask `loader` once.

    Reading is free of side effects but for caches, so one instance serves many threads.
    """

    def __init__(self, rows: Iterable[Row], loader: CountyLoader | None = None) -> None:
        self._loader = loader
        self._below: dict[str, list[Row]] = {}
        self._indexes: dict[str, CountyIndex | None] = {}
        # Asks every county of its scope; registration desks repeat the same few names all day.
        self.townships_named = lru_cache(maxsize=4096)(self._townships_named)
        upper: dict[int, list[UpperUnit]] = {1: [], 2: [], 3: []}
        for code, name in rows:
            code = pad_code(code)
            level = level_of(code)
            if level > 3:
                self._below.setdefault(code[:6], []).append((code, name))
            elif name not in PLACEHOLDERS:
                upper[level].append(
                    UpperUnit(DivisionRef(code, name), code[: level * 2], names.upper_forms(name, level))
                )
        self.province_of = {unit.prefix: unit for unit in upper[1]}
        self.prefecture_of = {unit.prefix: unit for unit in upper[2]}
        self.county_of = {unit.prefix: unit for unit in upper[3]}
        with_counties = {county.prefix[:4] for county in upper[3]}
        for unit in upper[2]:  # 东莞, 中山: prefectures without counties are counties to whoever lives there
            if unit.prefix not in with_counties:
                self.county_of[unit.prefix + "00"] = UpperUnit(unit.ref, unit.prefix + "00", unit.forms)
        self.provinces = _forms(self.province_of.values())
        self.prefectures = _forms(self.prefecture_of.values())
        self.counties = _forms(self.county_of.values())
        in_prefecture: dict[str, list[UpperUnit]] = {}
        for county in self.county_of.values():
            in_prefecture.setdefault(county.prefix[:4], []).append(county)
        self.counties_in = {prefix: tuple(group) for prefix, group in in_prefecture.items()}

    def county(self, code: str) -> UpperUnit | None:
        """The county of a code of 6 to 12 digits."""
        return self.county_of.get(code[:6])

    def index_of(self, county: UpperUnit) -> CountyIndex | None:
        """Townships and villages of a county; None where the lists end at the county."""
        try:
            return self._indexes[county.prefix]
        except KeyError:
            pass
        rows: Sequence[Row] = self._below.get(county.prefix, ())
        if not rows and self._loader is not None:
            rows = self._loader(county.prefix)
        index = CountyIndex(county, rows, self._prefixes(county)) if rows else None
        self._indexes[county.prefix] = index
        return index

    def find(self, code: str) -> DivisionRef | None:
        """The division of a code (2 to 12 digits), or None. Raises ValueError for a malformed code."""
        code = pad_code(code)
        level = level_of(code)
        if level == 1:
            return _ref(self.province_of.get(code[:2]))
        if level == 2:
            return _ref(self.prefecture_of.get(code[:4]))
        county = self.county(code)
        if county is None or level == 3:
            return _ref(county)
        index = self.index_of(county)
        if index is None:
            return None
        found = index.township(code) if level == 4 else index.village(code)
        return found.ref if found else None

    def path(self, code: str) -> tuple[DivisionRef, ...]:
        """Province to the division itself, leaving out levels without a name."""
        refs: list[DivisionRef] = []
        step: str | None = pad_code(code)
        while step is not None:
            ref = self.find(step)
            if ref is not None and ref not in refs:
                refs.insert(0, ref)
            step = parent_of(step)
        return tuple(refs)

    def _townships_named(self, name: str, prefix: str) -> tuple[tuple[UpperUnit, Township], ...]:
        """Townships of that full name in the counties whose code begins with `prefix` (2 or 4 digits)."""
        found: list[tuple[UpperUnit, Township]] = []
        for group in (self.counties_in.get(prefix, ()),) if len(prefix) == 4 else self.counties_in.values():
            for county in group:
                if county.prefix.startswith(prefix) and (index := self.index_of(county)) is not None:
                    found += [(county, unit) for unit in index.full.get(name) if unit.ref.name == name]
        return tuple(found)

    def _prefixes(self, county: UpperUnit) -> tuple[str, ...]:
        above = (
            self.province_of.get(county.prefix[:2]),
            self.prefecture_of.get(county.prefix[:4]),
            county,
        )
        return tuple(form for unit in above if unit for form in sorted(unit.forms, key=len, reverse=True))


def _forms(units: Iterable[UpperUnit]) -> FormTable[UpperUnit]:
    return FormTable([(form, unit) for unit in units for form in unit.forms])


def _ref(unit: UpperUnit | None) -> DivisionRef | None:
    return unit.ref if unit else None
