"""Messages for the tests, and the place of the foreign samples that are not part of the project."""

from pathlib import Path

import pytest

SAMPLE_FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "hl7v2"

DISCHARGE_LINES = (
    "MSH|^~\\&|HIS|HB0001|JIELI|HB0001|20261120101500||ADT^A03^ADT_A03|C0001|P|2.4",
    "EVN|A03|20261120101400",
    "PID|1||P001^^^HB0001^MR~42058319800101001X^^^2.16.156.10011.1.3^NI||张三||19800101|M"
    "|||三组^问安镇^宜昌市^湖北省^443200^CHN^H^^枝江市~湖北省钟祥市石牌镇^^^^^^L||13812345678~0717-6221234|13987654321",
    "NK1|1|李四|1^配偶|枝江市马家店街道|13711112222",
    "PV1|1|I|GK1^301^05^HB0001^^^^^骨科一病区||||GK001^王强|||GK^骨科|||||||||ZY001"
    "|||||||||||||||||1^医嘱离院||||||||20261110083000|20261120100000",
    "DG1|1||E11.900x001^2型糖尿病^ICD-10||20261120|F|||||||||2",
    "DG1|2||M17.100^膝关节病^ICD-10||20261120|F|||||||||1",
    "PR1|1||81.5400x003^膝关节表面置换术^ICD-9-CM-3||20261112093000||||||GK001^王强|||1",
    "ZYB|1|自费|备用",
)
DISCHARGE = "\r".join(DISCHARGE_LINES)


def build(*lines: str, charset: str = "utf-8", end: str = "\r") -> bytes:
    """Join lines to a message."""
    return end.join(lines).encode(charset)


def replace_line(name: str, line: str) -> bytes:
    """Return the discharge with its first segment of a name replaced ("" leaves it out)."""
    lines = list(DISCHARGE_LINES)
    at = next(index for index, text in enumerate(lines) if text.startswith(name))
    lines[at : at + 1] = [line] if line else []
    return build(*lines)


def list_foreign_samples() -> list[Path]:
    """Return the sample files, or skip the test where they are absent."""
    files = sorted(SAMPLE_FOLDER.glob("*.hl7"))
    if not files:
        pytest.skip(
            f"the foreign HL7 samples are not here (looked for {SAMPLE_FOLDER.name}/ beside the project)"
        )
    return files
