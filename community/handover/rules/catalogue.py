"""What a packet may carry at all. A field that is not here cannot be agreed on, so it cannot cross (peers' trap 7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """`sensitive`: personal numbers and whatever PIPL article 28 names; it is agreed on separately by name."""

    key: str
    name: str
    sensitive: bool = False
    is_result: bool = False


FIELDS: dict[str, Field] = {
    field.key: field
    for field in (
        Field("patient.name", "姓名"),
        Field("patient.sex", "性别"),
        Field("patient.birth_date", "出生日期"),
        Field("patient.id_no", "身份证号", sensitive=True),
        Field("patient.phones", "联系电话", sensitive=True),
        Field("patient.address", "现住址", sensitive=True),
        Field("encounter.period", "入院与出院时间"),
        Field("encounter.place", "出院科室与主管医生"),
        Field("encounter.disposition", "离院方式"),
        Field("encounter.inpatient_no", "住院号"),
        Field("diagnoses", "诊断", sensitive=True),
        Field("operations", "手术", sensitive=True),
        Field("labs.abnormal", "异常检验结果", sensitive=True),
        Field("plan.programmes", "随访路径与剩余节点"),
        Field("plan.results", "已完成的随访结果", sensitive=True),
        Field("result.level", "回传：异常等级", is_result=True),
        Field("result.conclusion", "回传：随访结论", is_result=True),
        Field("result.attempts", "回传：联系记录", is_result=True),
        Field("result.answers", "回传：问卷答案", sensitive=True, is_result=True),
    )
}
# Without these nobody can be made known on the other side.
REQUIRED = ("patient.name", "patient.sex", "encounter.period")
RESULT_FIELDS = frozenset(key for key, field in FIELDS.items() if field.is_result)


def check_fields(keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """(keys that the catalogue does not have, required ones that are missing)."""
    given = set(keys)
    return sorted(given - FIELDS.keys()), [key for key in REQUIRED if key not in given]


def describe_fields(keys: Iterable[str]) -> list[dict[str, Any]]:
    """{key, name, sensitive} in the order of the catalogue."""
    given = set(keys)
    return [
        {"key": field.key, "name": field.name, "sensitive": field.sensitive}
        for field in FIELDS.values()
        if field.key in given
    ]
