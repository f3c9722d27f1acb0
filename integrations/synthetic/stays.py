"""One invented hospital stay, as a pure function of the seed, the day and its number on that day."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from hashlib import blake2s
from itertools import accumulate

from integrations.hl7v2.times import SHANGHAI
from integrations.synthetic.addresses import AddressBook, RenderedAddress
from integrations.synthetic.diseases import (
    DIABETES,
    DISEASES,
    HARMLESS_SECONDARIES,
    Coded,
    Disease,
)
from integrations.synthetic.hospitals import DepartmentPlan, DoctorPlan, HospitalPlan, WardPlan
from integrations.synthetic.people import SyntheticPerson, make_person

LONGEST_STAY_DAYS = 14
_READMISSION_SHARE = 0.04
_FAULT_SHARE = 0.02


class Fault(StrEnum):
    """What is wrong on purpose; the value is the code that `intake.rules.validate` must report."""

    BAD_CHECK_DIGIT = "resident_id_invalid_check_digit"
    FUTURE_BIRTH_DATE = "birth_in_future"
    DISCHARGE_BEFORE_ADMIT = "discharge_before_admit"
    EMPTY_NAME = "missing_name"
    FORMULA_NAME = "formula_like_text"


class Turn(StrEnum):
    """What happens to the stay besides admission and discharge."""

    PLAIN = "plain"
    CANCELLED_THEN_DISCHARGED = "cancelled_then_discharged"
    CANCELLED = "cancelled"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """离院方式 with its code on the front page."""

    code: str
    name: str


HOME = Outcome("1", "医嘱离院")
TRANSFERRED = Outcome("2", "医嘱转院")
AGAINST_ADVICE = Outcome("4", "非医嘱离院")
DIED = Outcome("5", "死亡")


@dataclass(frozen=True, slots=True)
class Stay:
    """Everything that is true of one stay; messages are made from it."""

    index: int
    number_of_day: int
    person: SyntheticPerson
    mrn: str
    survivor_mrn: str
    visit_no: str
    admit_at: datetime
    discharge_at: datetime
    department: DepartmentPlan
    ward: WardPlan
    doctor: DoctorPlan
    bed: str
    address: RenderedAddress
    phone_text: str
    disease: Disease
    diagnoses: tuple[Coded, ...]
    operation: Coded | None
    operated_at: datetime | None
    outcome: Outcome
    fault: Fault | None
    turn: Turn
    readmission_of: str = ""


class StayPlanner:
    """Plans the stays of one run; asked twice for the same stay it answers the same."""

    def __init__(
        self, seed: int, start: date, days: int, per_day: int, hospital: HospitalPlan, book: AddressBook
    ) -> None:
        self._seed = seed
        self._start = start
        self._per_day = per_day
        self._hospital = hospital
        self._book = book
        self._by_group: dict[str, list[DepartmentPlan]] = {}
        for department in hospital.departments:
            for group in department.disease_groups:
                self._by_group.setdefault(group, []).append(department)
        self._diseases = [disease for disease in DISEASES if disease.group in self._by_group]
        if not self._diseases:
            raise ValueError("no department takes any known disease group")
        self._cumulative = list(accumulate(disease.weight for disease in self._diseases))
        total = days * per_day
        # Three turns per run, however long it is; a run of less than four stays has none.
        self._turns = (
            {
                total // 4: Turn.CANCELLED_THEN_DISCHARGED,
                total // 2: Turn.MERGED,
                total * 3 // 4: Turn.CANCELLED,
            }
            if total >= 4
            else {}
        )
        self.run_mark = blake2s(f"{seed}|{hospital.facility_code}".encode(), digest_size=3).hexdigest()[:5]

    def plan(self, day: int, number: int) -> Stay:
        """Return the stay that ends on day `day` of the run as its `number`-th discharge."""
        index = day * self._per_day + number
        rng = self.make_rng("stay", index)
        turn = self._turns.get(index, Turn.PLAIN)
        discharge_day = self._start + timedelta(days=day)
        discharge_at = _at(discharge_day, 8, rng.randint(0, 8 * 60))
        disease, person, earlier = self._choose_patient(rng, day, number, turn, discharge_day)
        length = rng.randint(2, LONGEST_STAY_DAYS - 4) + (4 if disease.operation else 0)
        admit_at = _at(discharge_day - timedelta(days=length), 7, rng.randint(0, 13 * 60))
        department = rng.choice(self._by_group[disease.group])
        fault = self._choose_fault(rng, index, turn, earlier)
        outcome = HOME if fault or turn is not Turn.PLAIN else _choose_outcome(rng, disease)
        mrn = f"P{self.run_mark[:2].upper()}{person.index:08d}"
        return Stay(
            index=index,
            number_of_day=number,
            person=person,
            mrn=f"{mrn}T" if turn is Turn.MERGED else mrn,
            survivor_mrn=mrn,
            visit_no=f"ZY{discharge_day:%y%m%d}{number:05d}",
            admit_at=admit_at,
            discharge_at=discharge_at,
            department=department,
            ward=rng.choice(department.wards),
            doctor=rng.choice(department.doctors),
            bed=f"{rng.randint(1, 60):02d}",
            address=self._book.draw(rng),
            phone_text=_choose_phone_text(rng, person),
            disease=disease,
            diagnoses=_choose_diagnoses(rng, disease),
            operation=disease.operation,
            operated_at=_at(admit_at.date() + timedelta(days=2), 9, rng.randint(0, 360))
            if disease.operation
            else None,
            outcome=outcome,
            fault=fault,
            turn=turn,
            readmission_of=earlier,
        )

    def draw_address(self, index: int) -> RenderedAddress:
        """Return another address for a correction."""
        return self._book.draw(self.make_rng("moved", index))

    def make_rng(self, purpose: str, index: int) -> random.Random:
        """Return the randomness of one stay for one purpose, so that one use cannot shift another."""
        return random.Random(f"{self._seed}|{self._hospital.facility_code}|{purpose}|{index}")

    def _base_patient(self, day: int, number: int) -> tuple[Disease, SyntheticPerson]:
        """Return the new patient of a stay; day and number alone decide, so a readmission can ask for it."""
        index = day * self._per_day + number
        rng = self.make_rng("person", index)
        disease = rng.choices(self._diseases, cum_weights=self._cumulative)[0]
        person = make_person(
            rng,
            index=index,
            age=rng.randint(*disease.ages),
            on=self._start + timedelta(days=day),
            region=self._book.home_county_code,
            sex=disease.sex,
        )
        return disease, person

    def _choose_patient(
        self, rng: random.Random, day: int, number: int, turn: Turn, discharge_day: date
    ) -> tuple[Disease, SyntheticPerson, str]:
        disease, person = self._base_patient(day, number)
        gap = rng.randint(LONGEST_STAY_DAYS + 1, 29)
        is_readmission = rng.random() < _READMISSION_SHARE and turn is Turn.PLAIN and day >= gap
        if not is_readmission:
            return disease, person, ""
        # Back with the same disease within 31 days, unless that stay ended in a way that forbids it.
        before = self.plan(day - gap, number)
        if before.outcome is DIED or before.fault or before.turn is not Turn.PLAIN or before.readmission_of:
            return disease, person, ""
        return before.disease, before.person, before.visit_no

    def _choose_fault(self, rng: random.Random, index: int, turn: Turn, earlier: str) -> Fault | None:
        if rng.random() >= _FAULT_SHARE or turn is not Turn.PLAIN or earlier:
            return None
        return rng.choice(tuple(Fault))


def _at(day: date, hour: int, minutes: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI) + timedelta(minutes=minutes)


def _choose_outcome(rng: random.Random, disease: Disease) -> Outcome:
    chance = rng.random()
    if chance < 0.012 and disease.ages[1] > 60 and disease.operation is None:
        return DIED
    if chance < 0.022:
        return TRANSFERRED
    return AGAINST_ADVICE if chance < 0.04 else HOME


def _choose_diagnoses(rng: random.Random, disease: Disease) -> tuple[Coded, ...]:
    found = [disease.diagnosis]
    if disease.diagnosis.code.startswith("I10") and rng.random() < 0.15:
        found.append(DIABETES)
    if disease.ages[0] >= 18 and rng.random() < 0.35:
        found.append(rng.choice(HARMLESS_SECONDARIES))
    return tuple(found)


def _choose_phone_text(rng: random.Random, person: SyntheticPerson) -> str:
    chance = rng.random()
    if chance < 0.03:
        return ""
    if chance < 0.05:
        # What hospital systems fill in when nobody asked.
        return "13800000000"
    if chance < 0.08:
        return f"+86 {person.phone[:3]} {person.phone[3:7]} {person.phone[7:]}"
    return f"{person.phone}/{person.contact_phone}" if chance < 0.11 else person.phone
