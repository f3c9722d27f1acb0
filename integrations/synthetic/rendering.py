"""Writing a stay as HL7 v2.4 messages, in the manner of three different senders of one hospital."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from integrations.hl7v2.separators import STANDARD
from integrations.hl7v2.times import format_timestamp
from integrations.synthetic.addresses import AddressStyle, RenderedAddress
from integrations.synthetic.diseases import Coded
from integrations.synthetic.stays import Fault, Stay
from records.identity import Sex

_OID_RESIDENT_ID = "2.16.156.10011.1.3"
_OID_INPATIENT_NO = "2.16.156.10011.1.12"
_ETHNICITY = "1^汉族"


@dataclass(frozen=True, slots=True)
class Sender:
    """A sending system: its charset, what it says about it in MSH-18, and where it puts the ID number."""

    application: str
    charset: str
    declares: str
    has_id_in_pid3: bool


SENDERS = (
    Sender("HIS", "gb18030", "", has_id_in_pid3=False),
    Sender("HISGB", "gb18030", "GB 18030-2000", has_id_in_pid3=True),
    Sender("EMR", "utf-8", "UNICODE UTF-8", has_id_in_pid3=True),
)
LABORATORY = Sender("LIS", "utf-8", "", has_id_in_pid3=True)


@dataclass(frozen=True, slots=True)
class Details:
    """What an A08 may have changed by now."""

    address: RenderedAddress
    phone_text: str
    diagnoses: tuple[Coded, ...]


@dataclass(frozen=True, slots=True)
class LabLine:
    """One measured item with its reference range."""

    code: str
    name: str
    value: Decimal
    unit: str
    low: Decimal
    high: Decimal

    @property
    def flag(self) -> str:
        """OBX-8."""
        if self.value < self.low:
            return "L"
        return "H" if self.value > self.high else "N"


class MessageWriter:
    """Writes the messages of one hospital."""

    def __init__(self, facility_code: str) -> None:
        self._facility = facility_code

    def write_adt(
        self,
        trigger: str,
        stay: Stay,
        details: Details,
        sender: Sender,
        *,
        control_id: str,
        sent_at: datetime,
        discharge_at: datetime | None = None,
        with_diagnoses: bool = False,
        mrn: str = "",
    ) -> bytes:
        """Return an ADT message; a `discharge_at` fills PV1-36 and PV1-45."""
        segments = [
            self._write_msh(sender, f"ADT^{trigger}^ADT_{trigger}", control_id, sent_at),
            _segment("EVN", {1: trigger, 2: format_timestamp(sent_at)}),
            self._write_pid(stay, details, sender, mrn or stay.mrn),
            self._write_nk1(stay),
            self._write_pv1(stay, discharge_at),
        ]
        if with_diagnoses:
            segments += _write_dg1(stay, details, discharge_at)
            segments += _write_pr1(stay)
        return _encode(segments, sender)

    def write_register(
        self, stay: Stay, details: Details, sender: Sender, *, control_id: str, sent_at: datetime
    ) -> bytes:
        """Return the A04 of an outpatient visit under the record number that survives a later merge."""
        visit = {1: "1", 2: "O", 3: _components("MZ", "", "", self._facility)}
        visit |= {19: f"MZ{stay.visit_no[2:]}", 44: format_timestamp(sent_at)}
        segments = [
            self._write_msh(sender, "ADT^A04^ADT_A01", control_id, sent_at),
            _segment("EVN", {1: "A04", 2: format_timestamp(sent_at)}),
            self._write_pid(stay, details, sender, stay.survivor_mrn),
            _segment("PV1", visit),
        ]
        return _encode(segments, sender)

    def write_merge(
        self, stay: Stay, details: Details, sender: Sender, *, control_id: str, sent_at: datetime
    ) -> bytes:
        """Return the A40 that retires the record number of the stay."""
        segments = [
            self._write_msh(sender, "ADT^A40^ADT_A39", control_id, sent_at),
            _segment("EVN", {1: "A40", 2: format_timestamp(sent_at)}),
            self._write_pid(stay, details, sender, stay.survivor_mrn),
            _segment("MRG", {1: _components(stay.mrn, "", "", self._facility, "MR")}),
        ]
        return _encode(segments, sender)

    def write_labs(
        self,
        stay: Stay,
        details: Details,
        lines: Iterable[LabLine],
        *,
        control_id: str,
        sent_at: datetime,
        status: str,
    ) -> bytes:
        """Return an ORU^R01 with one report; status C corrects the report of the same number."""
        report_no = f"JY{stay.visit_no[2:]}"
        sampled_at = format_timestamp(stay.admit_at + timedelta(hours=12))
        segments = [
            self._write_msh(LABORATORY, "ORU^R01^ORU_R01", control_id, sent_at),
            self._write_pid(stay, details, LABORATORY, stay.mrn),
            self._write_pv1(stay, None),
            _segment(
                "OBR",
                {
                    1: "1",
                    2: f"SQ{stay.visit_no[2:]}",
                    3: report_no,
                    4: _components("SH01", "血常规与生化", "L"),
                    7: sampled_at,
                    15: _components("1", "血清"),
                    16: _components(stay.doctor.staff_no, stay.doctor.name),
                    22: format_timestamp(sent_at),
                    25: status,
                },
            ),
        ]
        for number, line in enumerate(lines, start=1):
            fields = {1: str(number), 2: "NM", 3: _components(line.code, line.name, "L"), 5: str(line.value)}
            fields |= {6: line.unit, 7: f"{line.low}-{line.high}", 8: line.flag, 11: status, 14: sampled_at}
            segments.append(_segment("OBX", fields))
        return _encode(segments, LABORATORY)

    def _write_msh(self, sender: Sender, message_type: str, control_id: str, sent_at: datetime) -> str:
        fields = ["MSH", STANDARD.encoding_characters, sender.application, self._facility, "JIELI"]
        fields += [self._facility, format_timestamp(sent_at), "", message_type, control_id, "P", "2.4"]
        if sender.declares:
            fields += ["", "", "", "", "", sender.declares]
        return "|".join(fields)

    def _write_pid(self, stay: Stay, details: Details, sender: Sender, mrn: str) -> str:
        person = stay.person
        resident_id = _spoil_resident_id(person.resident_id, stay.fault)
        identifiers = [_components(mrn, "", "", self._facility, "MR")]
        if resident_id and sender.has_id_in_pid3:
            identifiers.append(_components(resident_id, "", "", _OID_RESIDENT_ID, "NI"))
        identifiers.append(_components(stay.visit_no, "", "", _OID_INPATIENT_NO, "VN"))
        fields = {
            1: "1",
            3: "~".join(identifiers),
            5: _components(_spoil_name(person.name, stay.fault)),
            7: f"{_spoil_birth_date(person.birth_date, stay):%Y%m%d}",
            8: "M" if person.sex is Sex.MALE else "F",
            11: _write_xad(details.address),
            13: _components(details.phone_text),
            22: _ETHNICITY,
        }
        if resident_id and not sender.has_id_in_pid3:
            fields[19] = resident_id
        return _segment("PID", fields)

    def _write_nk1(self, stay: Stay) -> str:
        person = stay.person
        fields = {1: "1", 2: _components(person.contact_name), 3: _components(*person.contact_relation)}
        return _segment("NK1", fields | {5: _components(person.contact_phone)})

    def _write_pv1(self, stay: Stay, discharge_at: datetime | None) -> str:
        admit_at = stay.admit_at
        fields = {
            1: "1",
            2: "I",
            3: _components(stay.ward.code, "", stay.bed, self._facility, "", "", "", "", stay.ward.name),
            7: _components(stay.doctor.staff_no, stay.doctor.name),
            10: _components(stay.department.code, stay.department.name),
            19: stay.visit_no,
        }
        if discharge_at:
            if stay.fault is Fault.DISCHARGE_BEFORE_ADMIT:
                admit_at = discharge_at + timedelta(days=2)
            fields |= {
                36: _components(stay.outcome.code, stay.outcome.name),
                45: format_timestamp(discharge_at),
            }
        return _segment("PV1", fields | {44: format_timestamp(admit_at)})


def _write_dg1(stay: Stay, details: Details, discharge_at: datetime | None) -> list[str]:
    return [
        _segment(
            "DG1",
            {
                1: str(number),
                3: _components(diagnosis.code, diagnosis.name, "ICD-10"),
                5: format_timestamp(discharge_at or stay.admit_at),
                6: "F" if discharge_at else "A",
                15: str(number),
                16: _components(stay.doctor.staff_no, stay.doctor.name),
            },
        )
        for number, diagnosis in enumerate(details.diagnoses, start=1)
    ]


def _write_pr1(stay: Stay) -> list[str]:
    if stay.operation is None or stay.operated_at is None:
        return []
    fields = {1: "1", 3: _components(stay.operation.code, stay.operation.name, "ICD-9-CM-3")}
    fields |= {5: format_timestamp(stay.operated_at), 14: "1"}
    fields[11] = _components(stay.doctor.staff_no, stay.doctor.name)
    return [_segment("PR1", fields)]


def _write_xad(address: RenderedAddress) -> str:
    if address.style is AddressStyle.STRUCTURED:
        parts = [address.street, address.township, address.prefecture, address.province]
        return _components(*parts, "", "CHN", "H", "", address.county)
    return _components(address.text, "", "", "", "", "CHN", "H") if address.text else ""


def _spoil_name(name: str, fault: Fault | None) -> str:
    if fault is Fault.EMPTY_NAME:
        return ""
    return f'=HYPERLINK("http://example.invalid","{name}")|cmd' if fault is Fault.FORMULA_NAME else name


def _spoil_resident_id(number: str, fault: Fault | None) -> str:
    if fault is Fault.BAD_CHECK_DIGIT:
        return number[:17] + ("0" if number[17] != "0" else "1")
    # With the right number beside it the wrong birth date would be two faults.
    return "" if fault is Fault.FUTURE_BIRTH_DATE else number


def _spoil_birth_date(birth_date: date, stay: Stay) -> date:
    if stay.fault is Fault.FUTURE_BIRTH_DATE:
        return date(stay.discharge_at.year + 60, birth_date.month, min(birth_date.day, 28))
    return birth_date


def _components(*parts: str) -> str:
    return "^".join(STANDARD.escape_text(part) for part in parts).rstrip("^")


def _segment(name: str, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def _encode(segments: list[str], sender: Sender) -> bytes:
    return ("\r".join(segments) + "\r").encode(sender.charset)
