"""PV1, DG1 and PR1 to the encounter, its diagnoses and operations."""

import re
from dataclasses import replace

from integrations.hl7v2.mapper.codes import (
    DIAGNOSIS_KINDS,
    DISPOSITION_WORDS,
    DISPOSITIONS,
    FOREIGN_CODE_SYSTEMS,
    NURSE_ROLES,
    NURSE_WORDS,
    VISIT_CLASSES,
)
from integrations.hl7v2.mapper.reading import Reading, read_code, read_staff
from integrations.hl7v2.reader import Repetition, Segment
from integrations.intake.contracts import (
    DiagnosisData,
    DiagnosisKind,
    Disposition,
    EncounterData,
    OperationData,
    StaffData,
    VisitClass,
)


def map_encounter(reading: Reading) -> EncounterData | None:
    """Return the visit of the message, None when there is no PV1."""
    pv1 = reading.message.get("PV1")
    if pv1 is None:
        return None
    class_code = pv1.value(2)
    visit_class = reading.profile.visit_classes.get(class_code) or VISIT_CLASSES.get(class_code.upper())
    if visit_class is None:
        visit_class = VisitClass.OTHER
        reading.warn("unknown_visit_class", "PV1-2", "就诊类别不认识，未归入住院、门诊、急诊或体检")
    location = pv1.field(3).repetition(1)
    department = pv1.field(10).repetition(1)
    return EncounterData(
        visit_no=pv1.value(19),
        visit_class=visit_class,
        class_code=class_code,
        ward_code=location.component(1).strip(),
        ward_name=_read_ward_name(location),
        room=location.component(2).strip(),
        bed=location.component(3).strip(),
        department_code=department.component(1).strip() or location.component(4).strip(),
        department_name=department.component(2).strip(),
        prior_ward_code=pv1.value(6),
        attending=read_staff(pv1, 7),
        nurse=_read_nurse(reading),
        admit_at=reading.read_time(pv1, 44),
        discharge_at=reading.read_time(pv1, 45),
        disposition=_read_disposition(pv1, reading),
        disposition_code=pv1.value(36),
    )


def map_diagnoses(reading: Reading, encounter: EncounterData | None) -> tuple[DiagnosisData, ...]:
    """Return the diagnoses in their order, with one main diagnosis per kind."""
    found: list[DiagnosisData] = []
    priorities: list[str] = []
    for index, dg1 in enumerate(reading.message.segments("DG1"), start=1):
        if dg1.value(21).upper() == "D":
            reading.warn("deleted_diagnosis", f"DG1[{index}]-21", "诊断被标记为删除，未收录")
            continue
        code, text, system = read_code(dg1.field(3).repetition(1))
        name = dg1.value(4) or text
        if not code and not name:
            continue
        system = system or dg1.value(2)
        found.append(
            DiagnosisData(
                seq=_read_number(dg1.value(1), index),
                code=code,
                icd10="" if _squeeze(system) in FOREIGN_CODE_SYSTEMS else code,
                name=name,
                kind=_read_kind(dg1, encounter, reading),
                code_system=system,
                at=reading.read_time(dg1, 5),
                doctor=read_staff(dg1, 16),
            )
        )
        priorities.append(dg1.value(15))
    return _mark_main(found, priorities)


def map_operations(reading: Reading) -> tuple[OperationData, ...]:
    """Return the operations; PR1-14 names the main one, else it is the first."""
    found: list[OperationData] = []
    priorities: list[str] = []
    for index, pr1 in enumerate(reading.message.segments("PR1"), start=1):
        code, text, system = read_code(pr1.field(3).repetition(1))
        name = pr1.value(4) or text
        if not code and not name:
            continue
        found.append(
            OperationData(
                seq=_read_number(pr1.value(1), index),
                code=code,
                name=name,
                at=reading.read_time(pr1, 5),
                surgeon=read_staff(pr1, 11),
                code_system=system or pr1.value(2),
            )
        )
        priorities.append(pr1.value(14))
    main = next((at for at, priority in enumerate(priorities) if priority == "1"), 0)
    return tuple(replace(operation, is_main=at == main) for at, operation in enumerate(found))


def _read_nurse(reading: Reading) -> StaffData:
    """The responsible nurse of a ROL segment: ROL-3 says the role, ROL-4 the person, ROL-2 DE that it is no more."""
    for rol in reading.message.segments("ROL"):
        code, text, _ = read_code(rol.field(3).repetition(1))
        is_nurse = code.upper() in NURSE_ROLES or any(word in f"{code} {text}" for word in NURSE_WORDS)
        if is_nurse and rol.value(2).upper() != "DE":
            nurse = read_staff(rol, 4)
            if nurse.staff_no or nurse.name:
                return nurse
    return StaffData()


def _mark_main(found: list[DiagnosisData], priorities: list[str]) -> tuple[DiagnosisData, ...]:
    main: dict[DiagnosisKind, int] = {}
    for at, (diagnosis, priority) in enumerate(zip(found, priorities, strict=True)):
        chosen = main.setdefault(diagnosis.kind, at)
        if priority == "1" and priorities[chosen] != "1":
            main[diagnosis.kind] = at
    return tuple(replace(item, is_main=main[item.kind] == at) for at, item in enumerate(found))


def _read_ward_name(location: Repetition) -> str:
    """Return PL.9, the description; some send code & name in PL.1, where the standard has an OID."""
    name = location.component(9).strip() or location.component(1, 2).strip()
    return "" if re.fullmatch(r"[\d.]*", name) else name


def _read_kind(dg1: Segment, encounter: EncounterData | None, reading: Reading) -> DiagnosisKind:
    code = dg1.value(6)
    kind = reading.profile.diagnosis_kinds.get(code) or DIAGNOSIS_KINDS.get(code.upper())
    if encounter and encounter.visit_class in (VisitClass.OUTPATIENT, VisitClass.EMERGENCY):
        return DiagnosisKind.OUTPATIENT
    return kind or DiagnosisKind.WORKING


def _read_disposition(pv1: Segment, reading: Reading) -> Disposition:
    code, text = pv1.value(36), pv1.value(36, 2)
    if not code and not text:
        return Disposition.UNKNOWN
    if known := reading.profile.dispositions.get(code):
        return known
    for word, disposition in DISPOSITION_WORDS:
        if word in text or word in code:
            return disposition
    if known := DISPOSITIONS.get(code):
        return known
    reading.warn(
        "unclear_disposition", "PV1-36", "离院方式代码有歧义或不认识，请人工确认，未确认前不按回家处理"
    )
    return Disposition.UNKNOWN


def _read_number(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else default


def _squeeze(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
