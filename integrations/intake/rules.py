"""Is the event fit for the record? Pure judgement, the same for every way in (C11).

`validate` returns what sends an event to quarantine; `find_warnings` what is kept and shown. Every message
names the field and the cure; values are masked, for quarantine is worked by people who may not see patients.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from integrations.intake.codes import ICD10_SHAPE
from integrations.intake.contracts import CanonicalEvent, EncounterData, EventKind, PatientData, Problem
from kernel.masking import mask_id_no, mask_identifier, mask_name
from records.identity import OLDEST_AGE, IdentityError, age_on, parse_resident_id

_NAME_NEEDED = frozenset({EventKind.ADMIT, EventKind.REGISTER, EventKind.DISCHARGE, EventKind.UPDATE})
_VISIT_NEEDED = frozenset(
    {
        EventKind.ADMIT,
        EventKind.TRANSFER,
        EventKind.DISCHARGE,
        EventKind.CANCEL_ADMIT,
        EventKind.CANCEL_DISCHARGE,
    }
)
# A spreadsheet runs a cell that begins so (OWASP, CSV injection); every list here can be exported.
# A dash alone is what desks type for "none" and stays harmless.
_FORMULA = re.compile(r" *(?:[=@]|[+-].*\w)", re.DOTALL)
# Bidirectional overrides turn the reading order of a line around, so that a name can fake another.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_CONTROL_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_CLOCK_TOLERANCE = timedelta(days=1)


def validate(event: CanonicalEvent, today: date, now: datetime) -> list[Problem]:
    """Return every reason why the event cannot go into the record as it is; empty means it can."""
    if event.kind is EventKind.STORED_ONLY:
        return []
    problems: list[Problem] = []
    if event.patient is None:
        problems.append(Problem("missing_patient", "patient", "缺少患者信息，请补充患者基本信息后重发"))
    else:
        problems += _check_patient(event.patient, event.kind, today)
    if event.kind is EventKind.MERGE:
        problems += _check_merge(event)
    problems += _check_encounter(event, now)
    problems += _check_texts(event)
    return problems


def find_warnings(event: CanonicalEvent, today: date) -> list[Problem]:
    """Return what a person should look at although the event is kept."""
    warnings: list[Problem] = []
    if event.patient:
        warnings += _compare_with_resident_id(event.patient, today)
    for at, diagnosis in enumerate(event.diagnoses):
        place = f"diagnoses[{at}]"
        if not diagnosis.icd10:
            warnings.append(
                Problem("icd10_missing", f"{place}.icd10", "诊断没有ICD-10编码，将按名称匹配，请医院补传编码")
            )
        elif not ICD10_SHAPE.fullmatch(diagnosis.icd10):
            warnings.append(
                Problem(
                    "icd10_shape",
                    f"{place}.icd10",
                    "诊断编码不符合ICD-10格式（如I10.x00x002），请核对编码",
                    diagnosis.icd10[:20],
                )
            )
        if _is_formula(diagnosis.name):
            warnings.append(_formula(f"{place}.name", "诊断名称", diagnosis.name[:1] + "**"))
    for at, operation in enumerate(event.operations):
        if _is_formula(operation.name):
            warnings.append(_formula(f"operations[{at}].name", "手术名称", operation.name[:1] + "**"))
    return warnings


def _check_patient(patient: PatientData, kind: EventKind, today: date) -> Iterator[Problem]:
    has_identifier = patient.local_id or patient.resident_id_text or patient.identifiers
    if not has_identifier:
        yield Problem(
            "missing_identifier",
            "patient.local_id",
            "缺少患者标识，请至少提供病历号、住院号或身份证号之一（PID-3）",
        )
    if kind in _NAME_NEEDED and not patient.name.strip():
        yield Problem("missing_name", "patient.name", "姓名为空，请补录患者姓名（PID-5）后重发")
    if patient.resident_id_text:
        yield from _check_resident_id(patient.resident_id_text, today)
    if patient.birth_date is None:
        return
    masked = f"{patient.birth_date.year}-**-**"
    if patient.birth_date > today:
        yield Problem(
            "birth_in_future",
            "patient.birth_date",
            "出生日期晚于今天，请核对出生日期（PID-7）的年份",
            masked,
        )
    elif age_on(patient.birth_date, today) > OLDEST_AGE:
        yield Problem(
            "too_old",
            "patient.birth_date",
            f"按出生日期年龄超过{OLDEST_AGE}岁，请核对出生日期（PID-7）的年份",
            masked,
        )


def _check_resident_id(text: str, today: date) -> Iterator[Problem]:
    try:
        parse_resident_id(text, today)
    except IdentityError as error:
        yield Problem(
            f"resident_id_{error.code}",
            "patient.resident_id_text",
            f"{error.message_zh}，请核对身份证原件后更正身份证号；没有身份证请留空",
            mask_id_no(text.strip()),
        )


def _check_merge(event: CanonicalEvent) -> Iterator[Problem]:
    retired = event.merge.retired_local_id if event.merge else ""
    if not retired:
        yield Problem(
            "missing_retired", "merge.retired_local_id", "缺少被合并的病历号，请在MRG-1填写被停用的病历号"
        )
    elif event.patient and retired == event.patient.local_id:
        same_visit_merge = bool(event.merge and event.merge.retired_visit_no)
        if not same_visit_merge:
            yield Problem(
                "merge_with_itself",
                "merge.retired_local_id",
                "合并前后的病历号相同，请核对MRG-1与PID-3",
                mask_identifier(retired),
            )


def _check_encounter(event: CanonicalEvent, now: datetime) -> Iterator[Problem]:
    encounter = event.encounter
    if event.kind in _VISIT_NEEDED and not (encounter and encounter.visit_no):
        yield Problem("missing_visit_no", "encounter.visit_no", "缺少就诊号，请填写住院流水号（PV1-19）")
    if event.kind is EventKind.DISCHARGE and not (encounter and encounter.discharge_at):
        yield Problem(
            "missing_discharge_time",
            "encounter.discharge_at",
            "出院事件没有出院时间，请填写出院时间（PV1-45）或事件时间（EVN-2）",
        )
    if encounter:
        yield from _check_stay_times(encounter, now)


def _check_stay_times(encounter: EncounterData, now: datetime) -> Iterator[Problem]:
    admit_at, discharge_at = encounter.admit_at, encounter.discharge_at
    if discharge_at is None:
        return
    if admit_at and discharge_at < admit_at:
        yield Problem(
            "discharge_before_admit",
            "encounter.discharge_at",
            "出院时间早于入院时间，请核对入院时间（PV1-44）与出院时间（PV1-45）",
            f"{admit_at:%Y-%m-%d %H:%M} → {discharge_at:%Y-%m-%d %H:%M}",
        )
    if discharge_at > now + _CLOCK_TOLERANCE:
        yield Problem(
            "discharge_in_future",
            "encounter.discharge_at",
            "出院时间晚于当前时间一天以上，请核对出院时间（PV1-45）与发送端时钟",
            f"{discharge_at:%Y-%m-%d %H:%M}",
        )


def _check_texts(event: CanonicalEvent) -> Iterator[Problem]:
    for path, label, text in _list_names(event):
        if _CONTROL.search(text):
            yield _control(path, label)
        elif _is_formula(text):
            yield _formula(path, label, f"{mask_name(text)}")
    for path, label, text in _list_texts(event):
        if _CONTROL_IN_TEXT.search(text):
            yield _control(path, label)


def _list_names(event: CanonicalEvent) -> Iterable[tuple[str, str, str]]:
    if patient := event.patient:
        yield "patient.name", "姓名", patient.name
        for at, contact in enumerate(patient.contacts):
            yield f"patient.contacts[{at}].name", "联系人姓名", contact.name
    if encounter := event.encounter:
        yield "encounter.department_name", "科室名称", encounter.department_name
        yield "encounter.ward_name", "病区名称", encounter.ward_name
        yield "encounter.attending.name", "主治医生姓名", encounter.attending.name


def _list_texts(event: CanonicalEvent) -> Iterable[tuple[str, str, str]]:
    if patient := event.patient:
        yield "patient.local_id", "病历号", patient.local_id
        for at, phone in enumerate(patient.phones):
            yield f"patient.phones[{at}].text", "电话", phone.text
        for at, address in enumerate(patient.addresses):
            yield f"patient.addresses[{at}].text", "地址", address.text
    if event.encounter:
        yield "encounter.visit_no", "就诊号", event.encounter.visit_no
    for at, diagnosis in enumerate(event.diagnoses):
        yield f"diagnoses[{at}].name", "诊断名称", f"{diagnosis.code}{diagnosis.name}"
    for at, operation in enumerate(event.operations):
        yield f"operations[{at}].name", "手术名称", f"{operation.code}{operation.name}"
    for at, report in enumerate(event.lab_reports):
        for number, result in enumerate(report.results):
            place = f"lab_reports[{at}].results[{number}].value_text"
            yield place, "检验结果", f"{result.item_name}{result.value_text}"


def _compare_with_resident_id(patient: PatientData, today: date) -> Iterator[Problem]:
    """Standards 2.1: where the hospital and the number disagree, both are kept and the row is flagged."""
    try:
        stated = parse_resident_id(patient.resident_id_text, today)
    except IdentityError:
        return
    if patient.birth_date and stated.birth_date != patient.birth_date:
        yield Problem(
            "birth_date_differs",
            "patient.birth_date",
            "出生日期与身份证号不一致，请核对后更正其中之一",
            f"{patient.birth_date.year}-**-**",
        )
    if patient.sex.value in ("male", "female") and stated.sex.value != patient.sex.value:
        yield Problem("sex_differs", "patient.sex", "性别与身份证号不一致，请核对后更正其中之一")


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(unicodedata.normalize("NFKC", text)))


def _formula(path: str, label: str, masked: str) -> Problem:
    return Problem(
        "formula_like_text",
        path,
        f"{label}以=、+、-或@开头，像表格公式，请更正{label}",
        masked,
    )


def _control(path: str, label: str) -> Problem:
    return Problem("control_characters", path, f"{label}含有不可见的控制字符，请在来源系统中删除后重发")
