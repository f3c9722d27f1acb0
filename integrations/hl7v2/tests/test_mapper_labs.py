"""Laboratory reports: OBR and OBX."""

from datetime import datetime
from decimal import Decimal

import pytest

from integrations.hl7v2.mapper import map_message
from integrations.hl7v2.mapper.labs import parse_number, parse_reference_range
from integrations.hl7v2.reader import parse
from integrations.hl7v2.tests.samples import build
from integrations.hl7v2.times import SHANGHAI
from integrations.intake.contracts import LabReportData, LabResultData, StaffData

pytestmark = pytest.mark.req("S1", "C20")


def test_a_laboratory_report_is_mapped_whole() -> None:
    event = map_message(
        parse(
            build(
                "MSH|^~\\&|LIS|H1|JL|H1|20261120||ORU^R01|C1|P|2.4",
                "PID|1||P1^^^H1^MR||张三",
                "OBR|1|SQ1|JY1|SH^生化^L|||20261119080000||||||||1^血清|GK001^王强||||||20261119120000|||F",
                "OBX|1|NM|GLU^空腹血糖^L||7.10|mmol/L|3.9-6.1|H|||F|||20261119080000",
                "OBX|2|SN|TNT^肌钙蛋白^L||<^0.01|ng/mL|<0.04|||||",
                "OBX|3|CE|AB^血型^L||A^A型|||||||",
                "OBX|4|TX|C^备注^L||a^b~第二行||阴性|||||",
                "SPM|1|||BLD^全血",
                "OBX|9|NM|X^标本量||3",
            )
        )
    )
    moment = datetime(2026, 11, 19, 8, tzinfo=SHANGHAI)
    assert event.lab_reports == (
        LabReportData(
            report_no="JY1",
            code="SH",
            name="生化",
            placer_no="SQ1",
            specimen="血清",
            sampled_at=moment,
            reported_at=datetime(2026, 11, 19, 12, tzinfo=SHANGHAI),
            status="F",
            requester=StaffData("GK001", "王强"),
            results=(
                LabResultData(
                    seq=1,
                    item_code="GLU",
                    item_name="空腹血糖",
                    value_text="7.10",
                    value_num=Decimal("7.10"),
                    unit="mmol/L",
                    ref_text="3.9-6.1",
                    low=Decimal("3.9"),
                    high=Decimal("6.1"),
                    flag="H",
                    status="F",
                    code_system="L",
                    observed_at=moment,
                ),
                LabResultData(
                    2,
                    "TNT",
                    "肌钙蛋白",
                    "<0.01",
                    None,
                    "ng/mL",
                    "<0.04",
                    None,
                    Decimal("0.04"),
                    code_system="L",
                ),
                LabResultData(3, "AB", "血型", "A型", code_system="L"),
                LabResultData(4, "C", "备注", "a^b\n第二行", ref_text="阴性", code_system="L"),
            ),
        ),
    )
    assert [warning.code for warning in event.warnings] == ["observation_outside_report"]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3.9-6.1", "3.9", "6.1"),
        ("3.9--6.1", "3.9", "6.1"),
        ("３.９～６.１", "3.9", "6.1"),
        ("-2.0-3.0", "-2.0", "3.0"),
        ("<5.2", None, "5.2"),
        ("≤5.2", None, "5.2"),
        ("≥60", "60", None),
        ("阴性", None, None),
        ("", None, None),
    ],
)
def test_reference_ranges(text: str, low: str | None, high: str | None) -> None:
    expected = (Decimal(low) if low else None, Decimal(high) if high else None)
    assert parse_reference_range(text) == expected


@pytest.mark.parametrize("text", ["1E999999", "NaN", "Infinity", "1,000", "<1", "1" * 16, "٣", ""])
def test_only_plain_bounded_numbers_are_numbers(text: str) -> None:
    assert parse_number(text) is None
