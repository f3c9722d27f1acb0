"""Hand-labelled addresses: each result exactly, then precision and coverage of what would be routed."""

import csv
import sys
from collections import Counter
from pathlib import Path

import pytest

from divisions.parser import ParsedAddress, load_gazetteer, parse_address

pytestmark = pytest.mark.req("D2", "C17")

AUTO = 0.6  # standards 1.5, step 5
LABELS = Path(__file__).parent / "data" / "addresses.csv"
TOO_LONG = "…"  # stands for 250 characters of a note


def read_labels() -> list[dict[str, str]]:
    with LABELS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def parse(label: dict[str, str]) -> ParsedAddress:
    return parse_address(
        label["address"].replace(TOO_LONG, "备注" * 125), label["home"] or None, load_gazetteer()
    )


@pytest.mark.parametrize(
    "label",
    [
        pytest.param(label, id=f"{label['case']}-{number}")
        for number, label in enumerate(read_labels(), start=2)
    ],
)
def test_label(label: dict[str, str]) -> None:
    parsed = parse(label)
    assert [ref.code if ref else "" for ref in (parsed.county, parsed.township, parsed.village)] == [
        label["county_code"],
        label["township_code"],
        label["village_code"],
    ], parsed
    assert (parsed.confidence >= AUTO) == (label["route"] == "auto"), parsed


def test_precision_of_what_is_routed(capsys: pytest.CaptureFixture[str]) -> None:
    """At least 99 % of townships that would be routed are right (standards 1.3)."""
    count: Counter[str] = Counter()
    for label in read_labels():
        parsed = parse(label)
        count["all"] += 1
        count["readable"] += label["township_code"] != ""
        if parsed.confidence >= AUTO:
            count["auto"] += 1
            count["right"] += (parsed.township.code if parsed.township else "") == label["township_code"]
            count["auto readable"] += label["township_code"] != ""
    precision = count["right"] / count["auto"]
    coverage = count["auto readable"] / count["readable"]
    with capsys.disabled():
        sys.stdout.write(
            f"\nlabelled {count['all']}: routed {count['auto']}, township precision {precision:.2%}, "
            f"routed of the labels that expect a township {coverage:.1%}\n"
        )
    assert count["all"] >= 120
    assert precision >= 0.99
    assert coverage >= 0.90


def test_labels_cover_the_hard_cases() -> None:
    cases = {label["case"] for label in read_labels()}
    assert cases >= {
        "missing-province", "no-suffix", "village-group", "subdistrict", "farm", "current-second", "typo",
        "outside", "unknown", "estate", "two-townships", "twin-suffix", "code", "full-width",
        "direct-county", "phone", "too-long", "junk",
    }  # fmt: skip
