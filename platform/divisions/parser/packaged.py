"""The gazetteer of the packaged seed lists: no database, read on first use."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from divisions.parser.gazetteer import Gazetteer, Row

DATA = Path(__file__).resolve().parent.parent / "data"
CHINA_COUNTIES = "china-counties-2023.csv.gz"
HUBEI = "hubei-2023.csv.gz"


def read_seed(file_name: str) -> Iterator[tuple[str, str, str]]:
    """(code, name, parent code or "") of every line of a packaged list."""
    with gzip.open(DATA / file_name, "rt", encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        yield from reader


@cache
def _below_county() -> dict[str, list[Row]]:
    counties: dict[str, list[Row]] = {}
    for code, name, _ in read_seed(HUBEI):
        if code[6:9] != "000":
            counties.setdefault(code[:6], []).append((code, name))
    return counties


def _load_county(prefix: str) -> Sequence[Row]:
    # Hubei's file is 0.2 MB and takes 40 ms; a process that never sees a Hubei county does not read it.
    return _below_county().get(prefix, ()) if prefix.startswith("42") else ()


@cache
def load_gazetteer() -> Gazetteer:
    """All counties of the mainland; townships and villages for Hubei. One instance for each process."""
    return Gazetteer(((code, name) for code, name, _ in read_seed(CHINA_COUNTIES)), loader=_load_county)
