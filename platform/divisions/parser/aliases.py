"""Local names that no list holds (马店, 金润源国际小区), as a tenant's operators taught them."""

from collections.abc import Iterable
from dataclasses import dataclass

from divisions.codes import level_of, pad_code
from divisions.parser.gazetteer import CountyIndex, Township, Village
from divisions.parser.names import FormTable
from divisions.parser.normalise import clean_text, fold_width

PlaceAlias = tuple[str, str]  # text as people write it, code of its township or village (9 or 12 digits)
_LEAST_ANYWHERE = 3  # characters; a shorter alias counts only where a township is expected


@dataclass(frozen=True, slots=True)
class AliasHit:
    start: int
    end: int
    township: Township | None
    village: Village | None


class AliasIndex:
    """Aliases ready for matching. Build it once for each tenant and list version, not for each address.

    A text that was taught for two divisions decides nothing and is left out. Raises ValueError for a code that is
    malformed or names no township or village.
    """

    def __init__(self, aliases: Iterable[PlaceAlias] = ()) -> None:
        pairs: list[tuple[str, str]] = []
        for text, code in aliases:
            code12 = pad_code(code)
            if level_of(code12) < 4:
                raise ValueError(f"an alias names a township or a village: {code}")
            form = clean_text(fold_width(text)[0])
            if len(form) >= 2:
                pairs.append((form, code12))
        self._forms = FormTable(pairs)

    def near(self, index: CountyIndex, text: str, start: int, gap: int) -> AliasHit | None:
        """The longest alias of this county that begins within `gap` characters of `start`."""
        if not self._forms:
            return None
        for at in range(start, min(start + gap, len(text)) + 1):
            hit = self._at(index, text, at, 2)
            if hit is not None:
                return hit
        return None

    def anywhere(self, index: CountyIndex, text: str, start: int) -> AliasHit | None:
        """The first alias of at least three characters after `start`."""
        if not self._forms:
            return None
        for at in range(start, len(text)):
            hit = self._at(index, text, at, _LEAST_ANYWHERE)
            if hit is not None:
                return hit
        return None

    def _at(self, index: CountyIndex, text: str, at: int, least: int) -> AliasHit | None:
        prefix = index.county.prefix
        for length, codes in self._forms.at(text, at):
            if length < least or len(codes) != 1 or not codes[0].startswith(prefix):
                continue
            code = codes[0]
            village = index.village(code) if level_of(code) == 5 else None
            township = village.township if village else index.township(code)
            if township is not None and (village is not None or level_of(code) == 4):
                return AliasHit(at, at + length, township, village)
        return None
