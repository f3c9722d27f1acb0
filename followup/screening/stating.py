"""The facts that a condition asked about, as Chinese text: what stands beside each line of an explanation."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from followup.programmes.criteria import Leaf, Node, leaves_of
from followup.programmes.criteria.vocabulary import CHOICES
from followup.programmes.enums import EnrolmentState
from followup.screening.oracle import EnrolmentFact, Facts, RegisterFact, find_lab, stay_diagnoses
from followup.screening.rules import NORMAL_LAB_FLAGS

_NOTHING: Final = "未记录"
_MOST = 8


def state_facts(node: Node, facts: Facts) -> str:
    """Each fact that the condition asks about once, e.g. 年龄 62 岁；出院诊断 I219、E119."""
    return "；".join(dict.fromkeys(_STATERS[leaf.field](leaf, facts) for leaf in leaves_of(node)))


def _named(label: str, value: Callable[[Facts], Any]) -> Callable[[Leaf, Facts], str]:
    def state(leaf: Leaf, facts: Facts) -> str:
        given = value(facts)
        return f"{label} {_NOTHING if given in (None, '') else given}"

    return state


def _listed(label: str, values: Callable[[Facts], Iterable[Any]]) -> Callable[[Leaf, Facts], str]:
    def state(leaf: Leaf, facts: Facts) -> str:
        given = list(dict.fromkeys(str(value) for value in values(facts) if value))
        text = "、".join(given[:_MOST]) + (f" 等 {len(given)} 项" if len(given) > _MOST else "")
        return f"{label} {text or '无'}"

    return state


def _stay_days(facts: Facts) -> str | None:
    if facts.admitted_on is None or facts.discharged_on is None:
        return None
    return f"{(facts.discharged_on - facts.admitted_on).days} 天"


def _state_lab(leaf: Leaf, facts: Facts) -> str:
    """The one result that decides, or that there is none where the condition looks for it."""
    code = leaf.value[0]
    latest = find_lab(facts, code, leaf.within_days)
    if latest is None:
        where = "本次就诊" if leaf.within_days is None else f"出院前 {leaf.within_days} 天内"
        return f"检验 {code} {where}{_NOTHING}"
    value = "无数值" if latest.value is None else f"{latest.value.normalize():f}"
    flagged = "" if latest.flag in NORMAL_LAB_FLAGS else "，报告为异常"
    reported = "" if latest.reported_on is None else f"，报告于 {latest.reported_on}"
    return f"检验 {code} {value}{flagged}{reported}"


def _word_register(entry: RegisterFact) -> str:
    name = CHOICES["register"].get(entry.register, entry.register)
    return name if entry.until is None else f"{name}（至 {entry.until}）"


def _word_enrolment(enrolment: EnrolmentFact) -> str:
    return f"{enrolment.key}（{EnrolmentState(enrolment.state).label}，{enrolment.enrolled_on} 入组）"


_STATERS: Final[dict[str, Callable[[Leaf, Facts], str]]] = {
    "patient_kind": _named("就诊类别", lambda f: CHOICES["patient_kind"].get(f.kind, f.kind)),
    "sex": _named("性别", lambda f: CHOICES["sex"].get(f.sex, f.sex)),
    "age": _named("年龄", lambda f: None if f.age is None else f"{f.age} 岁"),
    "disposition": _named("离院方式", lambda f: CHOICES["disposition"].get(f.disposition, f.disposition)),
    "department": _named("出院科室编码", lambda f: f.department_code),
    "deceased": _named("在世", lambda f: "否" if f.deceased else "是"),
    "diagnosis": _listed("出院诊断", lambda f: [d.stem for d in stay_diagnoses(f)]),
    "main_diagnosis": _listed("主要诊断", lambda f: [d.stem for d in stay_diagnoses(f) if d.is_main]),
    "operation": _listed("手术操作", lambda f: [o.stem for o in f.operations]),
    "ward": _named("病区编码", lambda f: f.ward_code),
    "institution": _named("机构编码", lambda f: f.institution_code),
    "attending": _named("主管医生工号", lambda f: f.attending_no),
    "diagnosis_text": _listed("诊断名称", lambda f: [d.name for d in stay_diagnoses(f)]),
    "operation_text": _listed("手术名称", lambda f: [o.name for o in f.operations]),
    "discharged_on": _named("出院日期", lambda f: f.discharged_on),
    "admitted_on": _named("入院日期", lambda f: f.admitted_on),
    "stay_days": _named("住院天数", _stay_days),
    "label": _listed("患者标签", lambda f: f.labels),
    "flag": _listed("患者标识", lambda f: [CHOICES["flag"].get(flag, flag) for flag in f.flags]),
    "register": _listed("慢病登记", lambda f: map(_word_register, f.registers)),
    "lab": _state_lab,
    "enrolled": _listed("已入组路径", lambda f: map(_word_enrolment, f.enrolments)),
    "earlier_diagnosis": _listed("既往诊断", lambda f: f.earlier_stems),
}
