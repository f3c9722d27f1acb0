"""B9: addresses to village codes. `python -m tests.benchmarks.routing --scale tiny|small|full`

product   divisions.parser.parse_address, the county known from context as routing knows it
floor     a loop of string look-ups: county, township and village as the list writes them, in this order, or nothing
peer      jionlp `parse_location(town_village=True)` where it is installed; else the first thing a team writes: the
          longest village of the county whose name and township occur in the text

The addresses are generated from the villages of all Hubei in the six spellings of standards 1.3 (seeded). Seconds are
of the processor: the job has no input or output, and one core is what the goal is stated for.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.benchmarks import harness
from tests.benchmarks.harness import Result, Sample, Subject

if TYPE_CHECKING:
    from divisions.parser import Gazetteer

SIZES = {"tiny": (600, 2), "small": (20_000, 4), "full": (100_000, 6)}  # addresses, passes
PEER_SHARE = 50  # the peer reads every 50th address
GOAL_PER_SECOND = 10_000
GOAL_PRECISION, GOAL_AUTO = 0.99, 0.90
AUTO = 0.6  # standards 1.5, step 5
_SEED = 20230630


@dataclass(frozen=True, slots=True)
class Address:
    text: str
    code: str  # of the village that it was generated from
    spelling: str


Reader = Callable[[str, str], str]  # (text, six digits of the home county) -> the village's 12 digits, or ""


def make_addresses(count: int) -> list[Address]:
    from divisions.tests.renderings import hubei_names, renderings

    villages = [code for code in hubei_names() if code[9:] != "000"]
    chance = random.Random(_SEED)
    found: list[Address] = []
    while len(found) < count:
        code = chance.choice(villages)
        found += [Address(text, code, name) for name, text in renderings(code, chance)]
    chance.shuffle(found)
    return found[:count]


class LookUp:
    """The floor: whole names at the cursor, longest first, nothing else."""

    def __init__(self) -> None:
        from divisions.parser.names import split_village
        from divisions.tests.renderings import SPOKEN_SUFFIX, hubei_names

        names = hubei_names()
        self.above = [name for code, name in names.items() if code[4:] == "00000000"]
        self.counties = {
            name: code[:6] for code, name in names.items() if code[6:] == "000000" and code[4:6] != "00"
        }
        self.townships: dict[str, dict[str, str]] = {}
        self.villages: dict[str, dict[str, str]] = {}
        for code, name in names.items():
            if code[9:] != "000":
                stem, kind = split_village(name)[0]
                self.villages.setdefault(code[:9], {})[stem + SPOKEN_SUFFIX.get(kind, "")] = code
            elif code[6:9] != "000":
                self.townships.setdefault(code[:6], {})[name] = code[:9]

    def read(self, text: str, home: str) -> str:
        at = 0
        for name in self.above:
            if text.startswith(name, at):
                at += len(name)
        county, at = _longest(self.counties, text, at)
        township, at = _longest(self.townships.get(county or home, {}), text, at)
        return _longest(self.villages.get(township, {}), text, at)[0]


def _longest(table: dict[str, str], text: str, at: int) -> tuple[str, int]:
    for end in range(min(len(text), at + 14), at + 1, -1):
        found = table.get(text[at:end])
        if found is not None:
            return found, end
    return "", at


class Substring:
    """The peer in the place of jionlp: any village of the county whose name is in the text, the longest one."""

    def __init__(self, tables: LookUp) -> None:
        self.places = {
            county: [
                (township, village, code)
                for township, prefix in townships.items()
                for village, code in tables.villages.get(prefix, {}).items()
            ]
            for county, townships in tables.townships.items()
        }

    def read(self, text: str, home: str) -> str:
        best, length = "", 0
        for township, village, code in self.places.get(home, ()):
            size = len(village) + (len(township) if township in text else 0)
            if village in text and size > length:
                best, length = code, size
        return best


class Jionlp:
    """It has names to the village and no codes below the county: the names are looked up in the list."""

    def __init__(self, parse: Callable[..., dict[str, Any]], tables: LookUp) -> None:
        self.parse, self.tables = parse, tables

    def read(self, text: str, home: str) -> str:
        answer = self.parse(text, town_village=True)
        county = self.tables.counties.get(answer["county"] or answer["city"] or "", home)
        township = self.tables.townships.get(county, {}).get(answer["town"] or "", "")
        name = (answer["village"] or "").removesuffix("民委员会").removesuffix("村委会")
        villages = self.tables.villages.get(township, {})
        return villages.get(name) or villages.get(f"{name}村") or villages.get(f"{name}社区") or ""


def read_product(gazetteer: Gazetteer, text: str, home: str) -> str:
    from divisions.parser import parse_address

    parsed = parse_address(text, home, gazetteer)
    return parsed.village.code if parsed.village is not None and parsed.confidence >= AUTO else ""


def find_peer(tables: LookUp) -> tuple[str, Reader]:
    try:
        from jionlp import parse_location  # type: ignore[import-not-found]
    except ImportError:
        return "peer (substring)", Substring(tables).read
    return "peer (jionlp)", Jionlp(parse_location, tables).read


def measure(scale: str) -> Result:
    from divisions.parser import load_gazetteer

    count, passes = SIZES[scale]
    addresses = make_addresses(count)
    tables = LookUp()
    product = partial(read_product, load_gazetteer())
    peer_name, peer = find_peer(tables)
    sample = addresses[::PEER_SHARE]
    figures = {
        "product": judge(product, addresses),
        "floor": judge(tables.read, addresses),
        peer_name: judge(peer, sample),
    }
    check(product, tables.read, addresses)
    scenario = harness.compare(
        f"{count} addresses",
        [
            Subject("product", partial(run, product, addresses)),
            Subject("floor", partial(run, tables.read, addresses)),
            Subject(peer_name, partial(run, peer, sample), scale_up=len(addresses) / len(sample)),
            Subject("product again (A/A)", partial(run, product, addresses)),
        ],
        passes=passes,
        measure=measure_processor,
    )
    per_second = {name: count / max(scenario.seconds(name), 1e-9) for name in figures}
    result = Result(
        ratios={
            "product_to_floor": scenario.ratio("product", "floor"),
            "product_to_peer": scenario.ratio("product", peer_name),
            "product_addresses_per_second": per_second["product"],
        },
        counters=figures,
        aa=scenario.ratio("product again (A/A)", "product"),
        scenarios=[scenario],
    )
    for name, figure in figures.items():
        result.notes.append(
            f"{name}: {per_second[name]:,.0f} addresses/s, village given for {figure['given']:.1%},"
            f" right {figure['right']:.2%} of those; township right {figure['township']:.2%}"
        )
    for spelling, share in by_spelling(product, addresses).items():
        result.notes.append(f"product, {spelling}: village given and right {share:.1%}")
    ours = figures["product"]
    kept = (
        per_second["product"] >= GOAL_PER_SECOND
        and ours["township"] >= GOAL_PRECISION
        and ours["given"] >= GOAL_AUTO
    )
    result.notes.append(
        f"goal {GOAL_PER_SECOND:,} addresses/s, {GOAL_PRECISION:.0%} of the routed right, {GOAL_AUTO:.0%} routed:"
        f" {'kept' if kept else 'MISSED'}"
    )
    if "jionlp" not in peer_name:
        result.notes.append("jionlp is not installed here: the peer is a substring matcher")
    return result


def judge(read: Reader, addresses: Sequence[Address]) -> dict[str, float]:
    """Shares: `given` a village; `right` and right `township` among the given."""
    counts: Counter[str] = Counter()
    for address in addresses:
        found = read(address.text, address.code[:6])
        counts["given"] += found != ""
        counts["right"] += found == address.code
        counts["township"] += found[:9] == address.code[:9]
    given = max(counts["given"], 1)
    return {
        "given": round(counts["given"] / len(addresses), 4),
        "right": round(counts["right"] / given, 4),
        "township": round(counts["township"] / given, 4),
    }


def check(product: Reader, floor: Reader, addresses: Sequence[Address]) -> None:
    """Where the floor finds what was meant, the product does too: they do the same job."""
    for address in addresses:
        home = address.code[:6]
        if floor(address.text, home) == address.code and product(address.text, home) not in (
            "",
            address.code,
        ):
            raise AssertionError(f"product and floor differ on {address.text}")


def by_spelling(read: Reader, addresses: Sequence[Address]) -> dict[str, float]:
    counts: dict[str, Counter[bool]] = {}
    for address in addresses:
        is_right = read(address.text, address.code[:6]) == address.code
        counts.setdefault(address.spelling, Counter())[is_right] += 1
    return {name: count[True] / count.total() for name, count in sorted(counts.items())}


def run(read: Reader, addresses: Sequence[Address]) -> int:
    for address in addresses:
        read(address.text, address.code[:6])
    return len(addresses)


def measure_processor(once: Callable[[], int]) -> Sample:
    started = time.process_time()
    rows = once()
    return Sample(time.process_time() - started, rows, 0, 0)


if __name__ == "__main__":
    harness.main("routing", measure, database=False)
