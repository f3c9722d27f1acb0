"""Addresses as registration desks write them (standards 1.3), with the division they truly mean."""

import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Village(NamedTuple):
    """One village or community with its names as the division list has them."""

    code: str
    name: str
    township: str
    county: str


class AddressStyle(StrEnum):
    """The ways of writing; the weights below are a guess at how often each occurs."""

    FULL = "full"
    NO_PROVINCE = "no_province"
    NO_SUFFIX = "no_suffix"
    FROM_TOWNSHIP = "from_township"
    VILLAGE_ONLY = "village_only"
    ESTATE = "estate"
    UNKNOWN = "unknown"
    OTHER_COUNTY = "other_county"
    TYPO = "typo"
    STRUCTURED = "structured"


_WEIGHTS = {
    AddressStyle.FULL: 30,
    AddressStyle.NO_PROVINCE: 20,
    AddressStyle.NO_SUFFIX: 8,
    AddressStyle.FROM_TOWNSHIP: 14,
    AddressStyle.VILLAGE_ONLY: 6,
    AddressStyle.ESTATE: 8,
    AddressStyle.UNKNOWN: 3,
    AddressStyle.OTHER_COUNTY: 4,
    AddressStyle.TYPO: 3,
    AddressStyle.STRUCTURED: 4,
}
_STYLES = tuple(_WEIGHTS)
_STYLE_WEIGHTS = tuple(_WEIGHTS.values())

_UNKNOWN_TEXTS = ("不详", "本市", "市直单位宿舍", "外地务工", "")
_ESTATES = ("金润国际小区", "滨江花园", "阳光家园", "丹阳新城", "书香苑", "锦绣华庭")
# (county code, text): used when the caller's list holds one county only.
_ELSEWHERE = (
    ("420582", "湖北省宜昌市当阳市"),
    ("420581", "湖北省宜昌市宜都市"),
    ("421087", "湖北省荆州市松滋市"),
    ("429004", "湖北省仙桃市"),
    ("510104", "四川省成都市锦江区"),
)
_NUMERALS = "一二三四五六七八九"
_LOOKALIKES = dict(
    zip(
        "安店江洲家石牌阳山河湖庄桥林口台星福集里百董问仙顾马",
        "按占将州加时排杨三何胡装侨临扣抬兴富极理白懂间先故码",
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class RenderedAddress:
    """What the desk wrote and what is true: `village_code` "" where no one could tell from the text.

    ESTATE names a place that only a local alias list knows: its township can be told, its village cannot.
    The parts are filled for STRUCTURED alone.
    """

    style: AddressStyle
    text: str
    village_code: str
    division_code: str
    street: str = ""
    township: str = ""
    county: str = ""
    prefecture: str = ""
    province: str = ""


class AddressBook:
    """Villages to draw addresses from; those of `home_county_code` are at home, the others elsewhere."""

    def __init__(
        self,
        villages: Iterable[tuple[str, str, str, str]],
        *,
        home_county_code: str = "",
        province: str = "",
        prefecture: str = "",
    ) -> None:
        everything = tuple(Village(*village) for village in villages)
        if not everything:
            raise ValueError("an address book needs at least one village")
        self.home_county_code = home_county_code or everything[0].code[:6]
        self.home = tuple(item for item in everything if item.code.startswith(self.home_county_code))
        if not self.home:
            raise ValueError(f"no village of county {self.home_county_code}")
        self._elsewhere = tuple(
            item for item in everything if not item.code.startswith(self.home_county_code)
        )
        self._province = province
        self._prefecture = prefecture
        self._name_counts = Counter(shorten_village(item.name) for item in self.home)

    def draw(self, rng: random.Random) -> RenderedAddress:
        """Return an address of a random village in a random style."""
        style = rng.choices(_STYLES, _STYLE_WEIGHTS)[0]
        return self.render(rng, rng.choice(self.home), style)

    def render(self, rng: random.Random, village: Village, style: AddressStyle) -> RenderedAddress:
        """Write a village in a style; a style that would make the truth ambiguous gives way to another."""
        short = shorten_village(village.name)
        if style is AddressStyle.UNKNOWN:
            return RenderedAddress(style, rng.choice(_UNKNOWN_TEXTS), "", "")
        if style is AddressStyle.OTHER_COUNTY:
            return self._render_elsewhere(rng)
        if style is AddressStyle.VILLAGE_ONLY and self._name_counts[short] > 1:
            style = AddressStyle.FROM_TOWNSHIP
        if style is AddressStyle.ESTATE and not short.endswith(("社区", "居委会")):
            style = AddressStyle.NO_PROVINCE
        tail = _make_tail(rng)
        if style is AddressStyle.STRUCTURED:
            return RenderedAddress(
                style,
                f"{self._province}{self._prefecture}{village.county}{village.township}{short}{tail}",
                village.code,
                village.code,
                street=short + tail,
                township=village.township,
                county=village.county,
                prefecture=self._prefecture,
                province=self._province,
            )
        text = self._write(rng, village, style, short, tail)
        return RenderedAddress(style, text, village.code, village.code)

    def _write(self, rng: random.Random, village: Village, style: AddressStyle, short: str, tail: str) -> str:
        match style:
            case AddressStyle.FULL:
                return f"{self._province}{self._prefecture}{village.county}{village.township}{short}{tail}"
            case AddressStyle.NO_SUFFIX:
                stems = strip_suffix(village.county), strip_suffix(village.township), strip_suffix(short)
                return "".join(stems) + tail
            case AddressStyle.FROM_TOWNSHIP:
                return f"{village.township}{short}{tail}"
            case AddressStyle.VILLAGE_ONLY:
                return f"{short}{tail}"
            case AddressStyle.ESTATE:
                room = (
                    f"{rng.randint(1, 20)}栋{rng.randint(1, 4)}单元{rng.randint(1, 18)}0{rng.randint(1, 4)}室"
                )
                return f"{village.county}{village.township}{rng.choice(_ESTATES)}{room}"
            case AddressStyle.TYPO:
                return f"{village.county}{_misspell(village.township)}{short}{tail}"
            case _:
                return f"{village.county}{village.township}{short}{tail}"

    def _render_elsewhere(self, rng: random.Random) -> RenderedAddress:
        style = AddressStyle.OTHER_COUNTY
        if self._elsewhere:
            village = rng.choice(self._elsewhere)
            text = f"{village.county}{village.township}{shorten_village(village.name)}{_make_tail(rng)}"
            return RenderedAddress(style, text, village.code, village.code)
        code, text = rng.choice(_ELSEWHERE)
        return RenderedAddress(style, f"{text}{rng.randint(1, 99)}号", "", code)


def shorten_village(name: str) -> str:
    """Return what people call it: 关庙山村委会 is 关庙山村, 南岗社区居委会 is 南岗社区."""
    name = re.sub(r"(?:村村民|村民|村)委员?会$", "村", name)
    return re.sub(r"社区居民?委(?:员)?会$", "社区", name)


def strip_suffix(name: str) -> str:
    """Return the stem, as in 枝江 问安 关庙山; a stem of one character keeps its suffix."""
    stem = re.sub(r"(?:街道办事处|街道|社区|居委会|镇|乡|村|市|县|区)$", "", name)
    return stem if len(stem) >= 2 else name


def _make_tail(rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.45:
        return f"{rng.choice(_NUMERALS)}组"
    if chance < 0.8:
        return f"{rng.randint(1, 12)}组{rng.randint(1, 120)}号"
    return f"{rng.randint(1, 300)}号" if chance < 0.9 else ""


def _misspell(township: str) -> str:
    for at, character in enumerate(township[:-1]):
        if character in _LOOKALIKES:
            return township[:at] + _LOOKALIKES[character] + township[at + 1 :]
    # No look-alike known: the slip of typing the first character twice.
    return township[0] + township
