"""The facts that a condition asked about, as Chinese text: what stands beside each line of an explanation."""

from collections.abc import Callable
from typing import Any, Final

from followup.programmes.criteria import Node, leaves_of
from followup.programmes.criteria.vocabulary import CHOICES
from followup.screening.oracle import Facts

_NOTHING: Final = "未记录"
_MOST = 8


def state_facts(node: Node, facts: Facts) -> str:
    """Each field that the condition names once, e.g. 年龄 62 岁；出院诊断 I219、E119."""
    fields = dict.fromkeys(leaf.field for leaf in leaves_of(node))
    return "；".join(_STATERS[name](facts) for name in fields if name in _STATERS)


def _named(label: str, value: Callable[[Facts], Any]) -> Callable[[Facts], str]:
    def state(facts: Facts) -> str:
        given = value(facts)
        return f"{label} {_NOTHING if given in (None, '') else given}"

    return state


def _listed(label: str, values: Callable[[Facts], Any]) -> Callable[[Facts], str]:
    def state(facts: Facts) -> str:
        given = [str(value) for value in values(facts) if value]
        text = "、".join(given[:_MOST]) + (f" 等 {len(given)} 项" if len(given) > _MOST else "")
        return f"{label} {text or '无'}"

    return state


def _stay_stems(facts: Facts) -> list[str]:
    return [
        each.stem
        for each in facts.diagnoses
        if each.kind == "discharge" or (each.kind == "outpatient" and facts.kind != "inpatient")
    ]


def _stay_days(facts: Facts) -> str | None:
    if facts.admitted_on is None or facts.discharged_on is None:
        return None
    return f"{(facts.discharged_on - facts.admitted_on).days} 天"


def _labs(facts: Facts) -> list[str]:
    """The newest result of each code."""
    newest = {lab.code: lab for lab in sorted(facts.labs, key=lambda lab: lab.order)}
    return [f"{lab.code} {lab.value.normalize():f}" for lab in newest.values() if lab.value is not None]


_STATERS: Final[dict[str, Callable[[Facts], str]]] = {
    "patient_kind": _named("就诊类别", lambda f: CHOICES["patient_kind"].get(f.kind, f.kind)),
    "sex": _named("性别", lambda f: CHOICES["sex"].get(f.sex, f.sex)),
    "age": _named("年龄", lambda f: None if f.age is None else f"{f.age} 岁"),
    "disposition": _named("离院方式", lambda f: CHOICES["disposition"].get(f.disposition, f.disposition)),
    "department": _named("出院科室编码", lambda f: f.department_code),
    "deceased": _named("在世", lambda f: "否" if f.deceased else "是"),
    "diagnosis": _listed("出院诊断", _stay_stems),
    "main_diagnosis": _listed("主要诊断", lambda f: [d.stem for d in f.diagnoses if d.is_main]),
    "operation": _listed("手术操作", lambda f: [o.stem for o in f.operations]),
    "ward": _named("病区编码", lambda f: f.ward_code),
    "institution": _named("机构编码", lambda f: f.institution_code),
    "attending": _named("主管医生工号", lambda f: f.attending_no),
    "diagnosis_text": _listed("诊断名称", lambda f: [d.name for d in f.diagnoses]),
    "operation_text": _listed("手术名称", lambda f: [o.name for o in f.operations]),
    "discharged_on": _named("出院日期", lambda f: f.discharged_on),
    "admitted_on": _named("入院日期", lambda f: f.admitted_on),
    "stay_days": _named("住院天数", _stay_days),
    "label": _listed("患者标签", lambda f: f.labels),
    "flag": _listed("患者标识", lambda f: [CHOICES["flag"].get(flag, flag) for flag in f.flags]),
    "register": _listed(
        "慢病登记", lambda f: [CHOICES["register"].get(r.register, r.register) for r in f.registers]
    ),
    "lab": _listed("检验", _labs),
    "enrolled": _listed("已入组路径", lambda f: [each.key for each in f.enrolments]),
    "earlier_diagnosis": _listed("既往诊断", lambda f: f.earlier_stems),
}
