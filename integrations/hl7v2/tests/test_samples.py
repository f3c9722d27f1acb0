"""Foreign messages (MIT, beside the project): each gets a proper answer, and sending all again changes nothing."""

import re
from pathlib import Path
from typing import Any

import pytest

from integrations.hl7v2 import services
from integrations.hl7v2.client import Ack, read_ack
from integrations.hl7v2.reader import parse
from integrations.hl7v2.tests.rows import count_rows
from integrations.hl7v2.tests.samples import list_foreign_samples

pytestmark = pytest.mark.req("C20", "C11", "S1")

# Their PID-19 is an American social security number, which is no resident ID: quarantined with that reason.
WRONG_ID = {
    "ADT-A01-01.hl7", "ADT-A02-01.hl7", "ADT-A03-01.hl7", "ADT-A04-01.hl7", "ADT-A08-01.hl7", "ADT-A11-01.hl7",
    "ADT-A13-01.hl7", "ADT-A31-01.hl7", "ADT01-23.hl7", "LAB-ORU-1.hl7",
}  # fmt: skip
KEPT = {
    "DFT-P03-01.hl7", "MDM-T02-01.hl7", "OMG-O19-01.hl7", "OML-O21-01.hl7", "ORM-O01-01.hl7", "RDE-O11-01.hl7",
    "SIU-S12-01.hl7",
}  # fmt: skip


def answer_all(schema: str, samples: list[tuple[Path, bytes]]) -> dict[str, Ack]:
    return {path.name: read_ack(services.answer(raw, default_schema=schema)) for path, raw in samples}


@pytest.fixture
def samples() -> list[tuple[Path, bytes]]:
    return [(path, path.read_bytes()) for path in list_foreign_samples()]


def test_every_sample_is_answered_and_a_replay_changes_nothing(
    in_alpha: Any, at: Any, samples: list[tuple[Path, bytes]]
) -> None:
    with at("2026-11-22 09:00"):
        acks = answer_all(in_alpha.schema_name, samples)
        before = count_rows()
        again = answer_all(in_alpha.schema_name, samples)
    assert len(acks) == 20
    assert {name for name, ack in acks.items() if ack.code == "AE"} == WRONG_ID
    assert {name for name, ack in acks.items() if ack.code == "AA"} == set(acks) - WRONG_ID
    assert all("身份证号" in acks[name].text for name in WRONG_ID)
    assert [ack.control_id for ack in acks.values()] == [parse(raw).control_id for _, raw in samples]
    assert count_rows() == before
    assert {name: (ack.code, ack.text) for name, ack in again.items()} == {
        name: (ack.code, ack.text) for name, ack in acks.items()
    }
    assert before["intake_inboundmessage"] == 20
    assert before["intake_quarantinedrow"] == len(WRONG_ID)


def test_without_the_foreign_numbers_they_are_taken_in(
    in_alpha: Any, at: Any, samples: list[tuple[Path, bytes]]
) -> None:
    clean = [(path, drop_foreign_id(raw)) for path, raw in samples if path.name not in KEPT]
    with at("2026-11-22 09:00"):
        acks = answer_all(in_alpha.schema_name, clean)
        before = count_rows()
        answer_all(in_alpha.schema_name, clean)
    assert {ack.code for ack in acks.values()} == {"AA"}
    assert count_rows() == before
    assert {name: before[f"records_{name}"] for name in ("patient", "encounter", "labreport", "labresult")} == {
        "patient": 5, "encounter": 2, "labreport": 3, "labresult": 11,
    }  # fmt: skip


def drop_foreign_id(raw: bytes) -> bytes:
    """Empty PID-19."""
    lines = re.split(rb"[\r\n]+", raw)
    for at, line in enumerate(lines):
        if line.startswith(b"PID|"):
            fields = line.split(b"|")
            if len(fields) > 19:
                fields[19] = b""
            lines[at] = b"|".join(fields)
    return b"\r".join(lines)
