"""The words of criteria: fields, operators, what a value may be. The editor, the errors and the sentences read them
from here and nowhere else.

field            op                                   value
patient_kind     eq in not_in                         inpatient, outpatient, emergency, checkup
sex              eq in not_in                         M, F, U
disposition      eq in not_in                         how the patient left (离院方式)
deceased         eq                                   true, false
department ward institution                           codes of this tenant
                 eq in not_in
attending        eq in not_in                         staff numbers
age stay_days    eq gt gte lt lte between             whole years at discharge; whole days, discharge minus admission
discharged_on admitted_on                             dates "2026-11-01"
                 gte lte between
diagnosis        stem_in prefix_in between            ICD-10 prefixes of any diagnosis of the stay; [I10, I15]
main_diagnosis   stem_in prefix_in between            of the main one only
earlier_diagnosis stem_in prefix_in                   of any earlier stay of the patient
operation        stem_in prefix_in between            ICD-9-CM-3 prefixes
diagnosis_text operation_text                         words; any name of the stay contains one of them
                 contains_any
label            in not_in                            label codes that the patient wears
flag             in not_in                            flags in force
register         in not_in                            registers on which the patient stands
lab              gt gte lt lte between flagged        {code, value}: the latest result; flagged: {code}
enrolled         in not_in                            programme keys with an active or paused enrolment

lab and enrolled take `within_days`: a lab result of the stay or of so many days before discharge; an enrolment of so
many days, ended ones too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from records.enums import Disposition, EncounterKind, FlagKind, Register, Sex

CHOICE_OPS: Final = ("eq", "in", "not_in")
NUMBER_OPS: Final = ("eq", "gt", "gte", "lt", "lte", "between")
DATE_OPS: Final = ("gte", "lte", "between")
CODE_OPS: Final = ("stem_in", "prefix_in", "between")
SET_OPS: Final = ("in", "not_in")

OP_LABELS: Final[Mapping[str, str]] = {
    "eq": "等于",
    "in": "为其中之一",
    "not_in": "都不是",
    "gt": "大于",
    "gte": "不小于",
    "lt": "小于",
    "lte": "不大于",
    "between": "在两者之间（含）",
    "stem_in": "编码属于类目",
    "prefix_in": "编码以此开头",
    "contains_any": "名称含任一词语",
    "flagged": "报告为异常",
}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field. `type` names the value's kind and the editor's input."""

    field: str
    label: str
    type: str
    ops: tuple[str, ...]
    choices: Mapping[str, str] | None = None
    unit: str = ""
    highest: int = 0
    takes_days: bool = False


def _choices(enum: Any) -> dict[str, str]:
    return {value: str(label) for value, label in enum.choices}


_SPECS = (
    FieldSpec("patient_kind", "就诊类别", "choice", CHOICE_OPS, _choices(EncounterKind)),
    FieldSpec("sex", "性别", "choice", CHOICE_OPS, _choices(Sex)),
    FieldSpec("disposition", "离院方式", "choice", CHOICE_OPS, _choices(Disposition)),
    FieldSpec("deceased", "是否已死亡", "boolean", ("eq",)),
    FieldSpec("age", "年龄", "integer", NUMBER_OPS, unit="岁", highest=130),
    FieldSpec("stay_days", "住院天数", "integer", NUMBER_OPS, unit="天", highest=3650),
    FieldSpec("discharged_on", "出院日期", "date", DATE_OPS),
    FieldSpec("admitted_on", "入院日期", "date", DATE_OPS),
    FieldSpec("institution", "出院机构", "institution", CHOICE_OPS),
    FieldSpec("department", "出院科室", "department", CHOICE_OPS),
    FieldSpec("ward", "出院病区", "ward", CHOICE_OPS),
    FieldSpec("attending", "主管医生", "staff", CHOICE_OPS),
    FieldSpec("diagnosis", "出院诊断", "diagnosis_code", CODE_OPS),
    FieldSpec("main_diagnosis", "主要诊断", "diagnosis_code", CODE_OPS),
    FieldSpec("earlier_diagnosis", "既往就诊诊断", "diagnosis_code", ("stem_in", "prefix_in")),
    FieldSpec("diagnosis_text", "诊断名称", "words", ("contains_any",)),
    FieldSpec("operation", "手术操作", "operation_code", CODE_OPS),
    FieldSpec("operation_text", "手术名称", "words", ("contains_any",)),
    FieldSpec("lab", "检验结果", "lab", ("gt", "gte", "lt", "lte", "between", "flagged"), takes_days=True),
    FieldSpec("label", "患者标签", "label", SET_OPS),
    FieldSpec("flag", "患者标识", "choice", SET_OPS, _choices(FlagKind)),
    FieldSpec("register", "慢病登记", "choice", SET_OPS, _choices(Register)),
    FieldSpec("enrolled", "已入组的随访路径", "programme", SET_OPS, takes_days=True),
)
FIELDS: Final[Mapping[str, FieldSpec]] = {spec.field: spec for spec in _SPECS}
OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {spec.field: spec.ops for spec in _SPECS}
CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    spec.field: spec.choices for spec in _SPECS if spec.choices is not None
}
DAYS_FIELDS: Final = tuple(spec.field for spec in _SPECS if spec.takes_days)
# What the codes of a field of this type are called.
REFERENCES: Final[Mapping[str, str]] = {
    "institution": "机构编码", "department": "科室编码", "ward": "病区编码", "staff": "工号",
    "label": "标签编码", "programme": "随访路径编号",
}  # fmt: skip


def vocabulary() -> list[dict[str, Any]]:
    """Every field with its operators and the kind of its value, as the criteria builder offers them."""
    return [
        {
            "field": spec.field,
            "label": spec.label,
            "ops": [{"op": op, "label": OP_LABELS[op]} for op in spec.ops],
            "value": {
                "type": spec.type,
                "unit": spec.unit,
                "minimum": 0 if spec.type == "integer" else None,
                "maximum": spec.highest or None,
                "choices": None
                if spec.choices is None
                else [{"value": value, "label": label} for value, label in spec.choices.items()],
            },
            "within_days": spec.takes_days,
        }
        for spec in _SPECS
    ]
