"""OBR and OBX of a result message to laboratory reports."""

import re
import unicodedata
from decimal import Decimal

from integrations.hl7v2.mapper.reading import Reading, read_code, read_staff
from integrations.hl7v2.reader import Segment
from integrations.intake.contracts import LabReportData, LabResultData

# Bounded, so that 1E999999 in a result cannot become a number that fills the memory when it is written out.
_NUMBER = r"[+-]?\d{1,15}(?:\.\d{1,10})?"
_PLAIN_NUMBER = re.compile(_NUMBER)
_RANGE = re.compile(rf"({_NUMBER})\s*(?:--?|~|–|—|至)\s*({_NUMBER})")
_UPPER = re.compile(rf"(?:<=?|≤|小于|低于)\s*({_NUMBER})")
_LOWER = re.compile(rf"(?:>=?|≥|大于|高于)\s*({_NUMBER})")


def map_lab_reports(reading: Reading) -> tuple[LabReportData, ...]:
    """Return one report per OBR with the OBX that follow it, up to the next OBR or specimen."""
    groups: list[tuple[Segment, list[Segment], list[Segment]]] = []
    is_result_place = False
    for segment in reading.message.segments():
        if segment.name == "OBR":
            groups.append((segment, [], []))
            is_result_place = True
        elif segment.name == "SPM" and groups:
            groups[-1][2].append(segment)
            # An OBX after SPM describes the specimen (v2.5.1), not the patient's result.
            is_result_place = False
        elif segment.name == "OBX":
            if is_result_place:
                groups[-1][1].append(segment)
            else:
                reading.warn("observation_outside_report", f"OBX-{segment.value(1)}", "不属于任何检验报告")
    return tuple(_map_report(reading, *group) for group in groups)


def parse_reference_range(text: str) -> tuple[Decimal | None, Decimal | None]:
    """Return (low, high) of `3.9-6.1`, `3.9~6.1`, `<5.2`, `≥60`; (None, None) for words."""
    plain = unicodedata.normalize("NFKC", text).replace("～", "~").strip()
    if match := _RANGE.fullmatch(plain):
        return Decimal(match[1]), Decimal(match[2])
    if match := _UPPER.fullmatch(plain):
        return None, Decimal(match[1])
    if match := _LOWER.fullmatch(plain):
        return Decimal(match[1]), None
    return None, None


def parse_number(text: str) -> Decimal | None:
    """Return the decimal of a plain number, None for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return Decimal(plain) if plain.isascii() and _PLAIN_NUMBER.fullmatch(plain) else None


def _map_report(
    reading: Reading, obr: Segment, results: list[Segment], specimens: list[Segment]
) -> LabReportData:
    code, name, _ = read_code(obr.field(4).repetition(1))
    # OBR-15 is code & name by the standard and code ^ name in practice.
    specimen = obr.value(15, 1, 2) or obr.value(15, 2) or obr.value(15)
    if not specimen and specimens:
        specimen = specimens[0].value(4, 2) or specimens[0].value(4)
    return LabReportData(
        report_no=obr.value(3) or obr.value(2),
        placer_no=obr.value(2),
        code=code,
        name=name or code,
        specimen=specimen,
        sampled_at=reading.read_time(obr, 7),
        reported_at=reading.read_time(obr, 22),
        status=obr.value(25),
        requester=read_staff(obr, 16),
        results=tuple(_map_result(reading, obx, index) for index, obx in enumerate(results, start=1)),
    )


def _map_result(reading: Reading, obx: Segment, index: int) -> LabResultData:
    code, name, system = read_code(obx.field(3).repetition(1))
    value_text = _read_value(obx)
    ref_text = obx.value(7)
    low, high = parse_reference_range(ref_text)
    unit = obx.field(6).repetition(1)
    return LabResultData(
        seq=int(obx.value(1)) if re.fullmatch(r"[0-9]{1,6}", obx.value(1)) else index,
        item_code=code,
        item_name=name or code,
        code_system=system,
        value_text=value_text,
        value_num=parse_number(value_text),
        unit=unit.component(1).strip() or unit.component(2).strip(),
        ref_text=ref_text,
        low=low,
        high=high,
        flag=obx.value(8),
        status=obx.value(11),
        sub_id=obx.value(4),
        observed_at=reading.read_time(obx, 14),
    )


def _read_value(obx: Segment) -> str:
    """Return the value as a person writes it: coded values by their name, SN as `<0.5`, text in lines."""
    kind = obx.value(2).upper()
    repetitions = obx.field(5).repetitions()
    if kind in ("CE", "CWE", "CNE"):
        return "；".join(_read_coded(read_code(repetition)[:2]) for repetition in repetitions)
    if kind == "SN":
        return "；".join("".join(repetition.components()).strip() for repetition in repetitions)
    if kind in ("TX", "FT", "ST", ""):
        return "\n".join(repetition.text.strip() for repetition in repetitions)
    return "~".join(repetition.component(1).strip() for repetition in repetitions)


def _read_coded(coded: tuple[str, str]) -> str:
    code, text = coded
    return text or code
