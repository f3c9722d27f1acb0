"""Days of a hospital's messages in the order in which they would arrive, each with what is true of it."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from integrations.hl7v2.times import SHANGHAI
from integrations.synthetic.addresses import AddressBook
from integrations.synthetic.diseases import DIABETES, find_programmes
from integrations.synthetic.hospitals import HospitalPlan
from integrations.synthetic.people import make_phone
from integrations.synthetic.rendering import SENDERS, Details, LabLine, MessageWriter, Sender
from integrations.synthetic.stays import DIED, LONGEST_STAY_DAYS, Fault, Stay, StayPlanner, Turn
from records.identity import Sex, age_on

_CORRECTION_SHARE = 0.12
_LAB_SHARE = 0.3
_CORRECTED_LAB_SHARE = 0.1
_DUPLICATE_SHARE = 0.01
_UNIT = {"HGB": ("g/L", 0), "GLU": ("mmol/L", 1), "K": ("mmol/L", 2), "CREA": ("μmol/L", 0)}


@dataclass(frozen=True, slots=True)
class SyntheticTruth:
    """What a test may expect once the message has been processed, everything before it included.

    `programmes` is filled for a stay that is over and whose patient lives; `expected_problem` is a code of
    `intake.rules.Problem`; `duplicate_of` names the control id of the message this is an exact copy of.
    """

    control_id: str
    person_index: int
    name: str
    sex: Sex
    birth_date: date
    resident_id: str
    phone_text: str
    mrn: str
    visit_no: str
    department_code: str
    ward_code: str
    doctor_no: str
    village_code: str
    division_code: str
    address_style: str
    address_text: str
    diagnosis_codes: tuple[str, ...]
    operation_codes: tuple[str, ...]
    admit_at: datetime
    discharge_at: datetime | None = None
    disposition_code: str = ""
    programmes: tuple[str, ...] = ()
    correction: str = ""
    retired_mrn: str = ""
    readmission_of: str = ""
    expected_problem: str = ""
    duplicate_of: str = ""


@dataclass(frozen=True, slots=True)
class SyntheticMessage:
    """One message as it goes over the wire (unframed); `kind` is a value of `intake.contracts.EventKind`."""

    payload: bytes
    charset: str
    kind: str
    sent_at: datetime
    truth: SyntheticTruth


def generate_days(
    seed: int,
    start: date,
    days: int,
    per_day: int,
    hospital: HospitalPlan,
    villages: Iterable[tuple[str, str, str, str]],
) -> Iterator[SyntheticMessage]:
    """Yield the messages of `per_day` discharges on each of `days` days, ordered by `sent_at`.

    Admissions come up to two weeks before `start`, corrections up to four days after the end. Memory does not
    grow with `days`. One run holds one merge, two cancelled discharges (one discharged again the next day,
    one still in hospital at the end), about 2 % faulty stays and about 1 % exact repeats.
    """
    if per_day < 0 or days < 0:
        raise ValueError("days and per_day must not be negative")
    book = AddressBook(
        villages,
        home_county_code=hospital.county_code,
        province=hospital.province,
        prefecture=hospital.prefecture,
    )
    planner = StayPlanner(seed, start, days, per_day, hospital, book)
    writer = MessageWriter(hospital.facility_code)
    waiting: list[tuple[datetime, str, int, SyntheticMessage]] = []
    for day in range(days):
        for number in range(per_day):
            story = _StayStory(planner, writer, planner.plan(day, number))
            for message in story.tell():
                repeat = int(bool(message.truth.duplicate_of))
                heapq.heappush(waiting, (message.sent_at, message.truth.control_id, repeat, message))
        # No stay of a later day can begin before this; a merged patient registers one day earlier.
        safe_day = start + timedelta(days=day + 1 - LONGEST_STAY_DAYS - 2)
        safe_until = datetime.combine(safe_day, time(0), SHANGHAI)
        while waiting and waiting[0][0] < safe_until:
            yield heapq.heappop(waiting)[3]
    while waiting:
        yield heapq.heappop(waiting)[3]


class _StayStory:
    """Tells one stay as messages; keeps what was corrected so far."""

    def __init__(self, planner: StayPlanner, writer: MessageWriter, stay: Stay) -> None:
        self._planner = planner
        self._writer = writer
        self._stay = stay
        self._rng = planner.make_rng("story", stay.index)
        self._sender: Sender = SENDERS[self._rng.randrange(len(SENDERS))]
        self._details = Details(stay.address, stay.phone_text, stay.diagnoses)
        self._discharge_at: datetime | None = None
        self._count = 0

    def tell(self) -> Iterator[SyntheticMessage]:
        """Yield the messages of the stay in their order, repeats included."""
        stay = self._stay
        is_corrected = self._rng.random() < _CORRECTION_SHARE
        is_early = self._rng.random() < 0.4
        has_labs = self._rng.random() < _LAB_SHARE
        is_simple = stay.fault is not None
        if stay.turn is Turn.MERGED:
            yield from self._send_register()
        yield from self._send_adt("A01", "admit", stay.admit_at + self._delay())
        if has_labs and not is_simple:
            yield from self._send_labs()
        if is_corrected and is_early and not is_simple:
            yield from self._send_correction(stay.discharge_at - timedelta(hours=self._rng.randint(12, 20)))
        yield from self._discharge(stay.discharge_at)
        if stay.turn in (Turn.CANCELLED, Turn.CANCELLED_THEN_DISCHARGED):
            self._discharge_at = None
            yield from self._send_adt("A13", "cancel_discharge", stay.discharge_at + timedelta(hours=3))
        if stay.turn is Turn.CANCELLED_THEN_DISCHARGED:
            yield from self._discharge(stay.discharge_at + timedelta(days=1))
        if stay.turn is Turn.MERGED:
            yield from self._send_merge()
        elif is_corrected and not is_early and not is_simple and stay.turn is Turn.PLAIN:
            yield from self._send_correction(stay.discharge_at + timedelta(hours=self._rng.randint(6, 40)))

    def _discharge(self, at: datetime) -> Iterator[SyntheticMessage]:
        self._discharge_at = at
        yield from self._send_adt("A03", "discharge", at + self._delay(), with_diagnoses=True)

    def _send_adt(
        self, trigger: str, kind: str, at: datetime, *, with_diagnoses: bool = False, correction: str = ""
    ) -> Iterator[SyntheticMessage]:
        control_id = self._next_control_id()
        payload = self._writer.write_adt(
            trigger,
            self._stay,
            self._details,
            self._sender,
            control_id=control_id,
            sent_at=at,
            discharge_at=self._discharge_at,
            with_diagnoses=with_diagnoses,
        )
        truth = replace(self._state_truth(control_id), correction=correction)
        if self._stay.fault is Fault.DISCHARGE_BEFORE_ADMIT and trigger != "A03":
            truth = replace(truth, expected_problem="")
        yield from self._repeat(SyntheticMessage(payload, self._sender.charset, kind, at, truth))

    def _send_correction(self, at: datetime) -> Iterator[SyntheticMessage]:
        correction = self._rng.choice(("address", "phone", "diagnosis"))
        stay, details = self._stay, self._details
        if correction == "address":
            self._details = replace(details, address=self._planner.draw_address(stay.index))
        elif correction == "phone":
            # Numbers of corrections lie in the upper half of the block, apart from those given at admission.
            self._details = replace(details, phone_text=make_phone(500_000 + stay.index))
        elif DIABETES not in details.diagnoses:
            self._details = replace(details, diagnoses=(*details.diagnoses, DIABETES))
        yield from self._send_adt("A08", "update", at, with_diagnoses=True, correction=correction)

    def _send_register(self) -> Iterator[SyntheticMessage]:
        control_id, at = self._next_control_id(), self._stay.admit_at - timedelta(hours=20)
        payload = self._writer.write_register(
            self._stay, self._details, self._sender, control_id=control_id, sent_at=at
        )
        truth = replace(
            self._state_truth(control_id),
            mrn=self._stay.survivor_mrn,
            visit_no=f"MZ{self._stay.visit_no[2:]}",
            admit_at=at,
        )
        yield SyntheticMessage(payload, self._sender.charset, "register", at, truth)

    def _send_merge(self) -> Iterator[SyntheticMessage]:
        control_id, at = self._next_control_id(), self._stay.discharge_at + timedelta(hours=26)
        payload = self._writer.write_merge(
            self._stay, self._details, self._sender, control_id=control_id, sent_at=at
        )
        truth = replace(
            self._state_truth(control_id), mrn=self._stay.survivor_mrn, retired_mrn=self._stay.mrn
        )
        yield SyntheticMessage(payload, self._sender.charset, "merge", at, truth)

    def _send_labs(self) -> Iterator[SyntheticMessage]:
        lines = self._measure()
        at = self._stay.admit_at + timedelta(hours=16)
        yield self._send_report(lines, "F", at)
        if self._rng.random() < _CORRECTED_LAB_SHARE:
            first = replace(lines[0], value=lines[0].value + 3)
            yield self._send_report([first, *lines[1:]], "C", at + timedelta(hours=2))

    def _send_report(self, lines: list[LabLine], status: str, at: datetime) -> SyntheticMessage:
        control_id = self._next_control_id()
        payload = self._writer.write_labs(
            self._stay, self._details, lines, control_id=control_id, sent_at=at, status=status
        )
        return SyntheticMessage(payload, "utf-8", "lab_result", at, self._state_truth(control_id))

    def _measure(self) -> list[LabLine]:
        is_male = self._stay.person.sex is Sex.MALE
        is_diabetic = DIABETES in self._stay.diagnoses
        # code, name, mean, spread, low, high
        items: tuple[tuple[str, str, float, float, str, str], ...] = (
            ("HGB", "血红蛋白", 138, 16, "130" if is_male else "115", "175" if is_male else "150"),
            ("GLU", "空腹血糖", 9.4 if is_diabetic else 5.3, 1.1, "3.9", "6.1"),
            ("K", "钾", 4.2, 0.45, "3.50", "5.30"),
            ("CREA", "肌酐", 78, 18, "57" if is_male else "41", "97" if is_male else "73"),
        )
        lines = []
        for code, name, mean, spread, low, high in items:
            unit, places = _UNIT[code]
            value = Decimal(f"{max(self._rng.gauss(mean, spread), mean * 0.4):.{places}f}")
            lines.append(LabLine(code, name, value, unit, Decimal(low), Decimal(high)))
        return lines

    def _state_truth(self, control_id: str) -> SyntheticTruth:
        stay, details = self._stay, self._details
        codes = tuple(diagnosis.code for diagnosis in details.diagnoses)
        operations = (stay.operation.code,) if stay.operation else ()
        programmes: tuple[str, ...] = ()
        if self._discharge_at and stay.outcome is not DIED and not stay.fault:
            age = age_on(stay.person.birth_date, self._discharge_at.date())
            programmes = find_programmes(codes, operations, age)
        return SyntheticTruth(
            control_id=control_id,
            person_index=stay.person.index,
            name=stay.person.name,
            sex=stay.person.sex,
            birth_date=stay.person.birth_date,
            resident_id=stay.person.resident_id,
            phone_text=details.phone_text,
            mrn=stay.mrn,
            visit_no=stay.visit_no,
            department_code=stay.department.code,
            ward_code=stay.ward.code,
            doctor_no=stay.doctor.staff_no,
            village_code=details.address.village_code,
            division_code=details.address.division_code,
            address_style=details.address.style.value,
            address_text=details.address.text,
            diagnosis_codes=codes,
            operation_codes=operations,
            admit_at=stay.admit_at,
            discharge_at=self._discharge_at,
            disposition_code=stay.outcome.code if self._discharge_at else "",
            programmes=programmes,
            readmission_of=stay.readmission_of,
            expected_problem=stay.fault.value if stay.fault else "",
        )

    def _repeat(self, message: SyntheticMessage) -> Iterator[SyntheticMessage]:
        yield message
        if self._rng.random() < _DUPLICATE_SHARE:
            again = replace(message.truth, duplicate_of=message.truth.control_id)
            yield replace(message, sent_at=message.sent_at + timedelta(minutes=7), truth=again)

    def _delay(self) -> timedelta:
        return timedelta(seconds=self._rng.randint(20, 600))

    def _next_control_id(self) -> str:
        """MSH-10 holds 20 characters: mark of the run, digits of the visit number, place in the story."""
        self._count += 1
        return f"J{self._planner.run_mark}{self._stay.visit_no[2:]}{self._count:02d}"
