"""Random programmes and random stays: worlds that the oracle, the statement and their questions are held against."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from followup.programmes.models import Enrolment
from followup.screening.tests.factories import add_lab, make_encounter, mark_patient
from followup.screening.tests.programme_kit import make_programme
from organization.models import Institution

TODAY = date(2026, 11, 20)
CODES = ["I10", "I20", "I21", "I22", "I20.0", "i21.9", "I21.0+", "E11", "J44", "C34"]
STEMS = [
    "I10",
    "I200",
    "I209 心肌缺血100%",
    "I210 急性心肌梗死",
    "I219",
    "J449 COPD加重",
    "I220",
    "E119",
    "J440",
    "C341",
    "C50",
    "I2",
]
OPERATIONS = ["81.51", "81.5", "36", "36.06", "00.66"]
OPERATION_STEMS = ["8151 髋关节置换", "8154", "3606", "3607", "0066", "36"]


def _choice(field: str, values: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from(values)
    many = st.lists(one, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda v: {"field": field, "op": "eq", "value": v}, one),
        st.builds(
            lambda o, v: {"field": field, "op": o, "value": v}, st.sampled_from(["in", "not_in"]), many
        ),
    )


def _codes(field: str, codes: list[str], ranges: list[list[str]]) -> st.SearchStrategy[dict[str, Any]]:
    many = st.lists(st.sampled_from(codes), min_size=1, max_size=3)
    return st.one_of(
        st.builds(
            lambda o, v: {"field": field, "op": o, "value": v},
            st.sampled_from(["stem_in", "prefix_in"]),
            many,
        ),
        st.builds(lambda v: {"field": field, "op": "between", "value": v}, st.sampled_from(ranges)),
    )


def _many(field: str, ops: list[str], values: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    many = st.lists(st.sampled_from(values), min_size=1, max_size=2)
    return st.builds(lambda o, v: {"field": field, "op": o, "value": v}, st.sampled_from(ops), many)


def _amount(field: str, ops: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.builds(lambda o, v: {"field": field, "op": o, "value": v}, st.sampled_from(ops), values),
        st.builds(lambda a, b: {"field": field, "op": "between", "value": sorted([a, b])}, values, values),
    )


def _with_days(leaf: dict[str, Any], days: int | None) -> dict[str, Any]:
    return leaf if days is None else {**leaf, "within_days": days}


def _lab(ops: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    numbers = st.sampled_from([6, 6.5, 7, 7.01])
    code = st.sampled_from(["HbA1c", "CRP"])
    one = st.builds(
        lambda c, o, v: {"field": "lab", "op": o, "value": {"code": c, "value": v}}, code,
        st.sampled_from(ops), numbers,
    )  # fmt: skip
    two = st.builds(
        lambda c, a, b: {"field": "lab", "op": "between", "value": {"code": c, "value": sorted([a, b])}}, code,
        numbers, numbers,
    )  # fmt: skip
    flagged = st.builds(lambda c: {"field": "lab", "op": "flagged", "value": {"code": c}}, code)
    return st.builds(_with_days, st.one_of(one, two, flagged), WITHIN)


WITHIN = st.sampled_from([None, 1, 5, 40])
DAYS = st.integers(0, 30).map(lambda n: str(TODAY - timedelta(n)))
AGES = st.integers(0, 4).map(lambda n: 58 + n)
LEAVES = st.one_of(
    _choice("patient_kind", ["inpatient", "outpatient", "checkup"]),
    _choice("sex", ["M", "F", "U"]),
    _choice("disposition", ["home", "transfer", "other"]),
    _choice("department", ["0401", "0301", "none"]),
    st.builds(lambda v: {"field": "deceased", "op": "eq", "value": v}, st.booleans()),
    st.builds(
        lambda o, v: {"field": "age", "op": o, "value": v},
        st.sampled_from(["eq", "gt", "gte", "lt", "lte"]),
        AGES,
    ),
    st.builds(lambda a, b: {"field": "age", "op": "between", "value": sorted([a, b])}, AGES, AGES),
    _codes("diagnosis", CODES, [["I20", "I21"], ["I21.0", "I21.9"], ["C34", "E11"]]),
    _codes("main_diagnosis", CODES, [["I20", "I21"], ["A00", "J44"]]),
    _codes("operation", OPERATIONS, [["36.06", "36.07"], ["36", "81"]]),
    _choice("ward", ["W41", "W31", "W99"]),
    _choice("institution", ["H1", "T1"]),
    _choice("attending", ["S-doctor", "S-x"]),
    _many("label", ["in", "not_in"], ["vip", "trial"]),
    _many("flag", ["in", "not_in"], ["refused", "unreachable", "frequent_visits"]),
    _many("register", ["in", "not_in"], ["hypertension", "diabetes"]),
    _many("diagnosis_text", ["contains_any"], ["心肌", "copd", "100%", "_"]),
    _many("operation_text", ["contains_any"], ["置换", "支架"]),
    _many("earlier_diagnosis", ["stem_in", "prefix_in"], CODES),
    _amount("stay_days", ["eq", "gt", "gte", "lt", "lte"], st.integers(0, 4)),
    _amount("discharged_on", ["gte", "lte"], DAYS),
    _amount("admitted_on", ["gte", "lte"], DAYS),
    _lab(["gt", "gte", "lt", "lte"]),
    st.builds(_with_days, _many("enrolled", ["in", "not_in"], ["past", "p0"]), WITHIN),
)
CRITERIA = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda items: {"all": items}),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: {"any": items}),
        inner.map(lambda item: {"not": item}),
    ),
    max_leaves=8,
)


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


STEPS = st.lists(
    st.builds(
        lambda anchor, day, before, after, repeat, owner, kind: {
            "name": "节点", "anchor": anchor, "day": day, "window": [-before, after], "repeat": repeat,
            "channel": ["T"], "owner": owner, "staff_no": "S-centre" if owner == "named" else "", "kind": kind,
            "text": "提醒",
        },
        st.sampled_from(["discharge", "discharge", "operation", "enrolment"]),
        st.sampled_from([0, 3, 30, 400, 500]), st.integers(0, 3), st.integers(0, 9),
        st.sampled_from([
            None, None, {"every": 30, "times": 3}, {"every": 90}, {"every": 7, "until": 40}, {"every": 60, "until": 1},
        ]),
        st.sampled_from(["hospital", "attending", "nurse", "community", "centre", "named"]),
        st.sampled_from(["follow_up", "reminder"]),
    ),
    min_size=1, max_size=3,
).map(lambda steps: [{**step, "code": f"s{i}"} for i, step in enumerate(steps)])  # fmt: skip
PROGRAMMES = st.fixed_dictionaries(
    {
        "criteria": CRITERIA,
        "steps": STEPS,
        "exclusions": st.fixed_dictionaries(
            {flag: st.booleans() for flag in ("unreachable", "refused", "frequent_visits")}
        ),
        "starts_on": st.sampled_from([date(2020, 1, 1), TODAY - timedelta(20)]),
        # The county's line alone, a local line alone, or both.
        "lines": st.sampled_from([("",), ("",), ("H1",), ("", "H1"), ("T1", "")]),
    }
)
STAYS = st.fixed_dictionaries(
    {
        "diagnoses": st.lists(
            st.tuples(
                st.sampled_from(STEMS),
                st.sampled_from(["discharge", "discharge", "admission", "outpatient"]),
                st.booleans(),
            ),
            max_size=3,
        ).map(tuple),
        "operations": st.lists(
            st.tuples(
                st.sampled_from(OPERATION_STEMS),
                st.one_of(st.none(), st.integers(0, 40).map(lambda n: TODAY - timedelta(n))),
            ),
            max_size=2,
        ).map(tuple),
        "kind": st.sampled_from(["inpatient", "inpatient", "outpatient", "checkup"]),
        "status": st.sampled_from(["discharged", "discharged", "discharged", "open", "cancelled"]),
        "age": st.one_of(st.none(), st.integers(57, 63)),
        "sex": st.sampled_from(["M", "F", "U"]),
        "disposition": st.sampled_from(["home", "transfer", "death", ""]),
        "ward_code": st.sampled_from(["W41", "W31", None]),
        "deceased": st.sampled_from([False, False, False, True]),
        "discharged_on": st.integers(0, 80).map(lambda n: TODAY - timedelta(n)),
        "days_in": st.sampled_from([None, 0, 1, 3]),
        "attending_no": st.sampled_from(["", "S-doctor", "S-x"]),
        "nurse_no": st.sampled_from(["", "S-centre"]),
        "labels": st.lists(st.tuples(st.sampled_from(["vip", "trial"]), st.booleans()), max_size=2, unique_by=_first),
        "flags": st.lists(
            st.tuples(st.sampled_from(["refused", "unreachable", "frequent_visits", "deceased"]), st.booleans()),
            max_size=2, unique_by=_first,
        ),
        "registers": st.lists(
            st.tuples(st.sampled_from(["hypertension", "diabetes"]),
                      st.one_of(st.none(), st.integers(0, 40).map(lambda n: TODAY - timedelta(n)))),
            max_size=2, unique_by=_first,
        ),
        "labs": st.lists(st.fixed_dictionaries({
            "code": st.sampled_from(["HbA1c", "CRP", "hba1c"]), "value": st.sampled_from([None, 6, 6.5, 7, 7.01]),
            "flag": st.sampled_from(["", "N", "H"]), "days_before": st.sampled_from([None, -1, 0, 1, 5, 6, 50]),
            "of_stay": st.booleans(), "superseded": st.sampled_from([False, False, True]),
        }), max_size=3),
        "earlier": st.lists(st.fixed_dictionaries({
            "diagnoses": st.lists(st.sampled_from(STEMS), max_size=2),
            "discharged_on": st.integers(-3, 90).map(lambda n: TODAY - timedelta(n)),
            "status": st.sampled_from(["discharged", "open"]),
            "enrolled": st.sampled_from([None, ("active", 0), ("stopped", 3), ("completed", 60), ("paused", 300)]),
        }), max_size=1),
    }
)  # fmt: skip
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def make_stay(
    past: Any, *, days_in: int | None, labels: Any, flags: Any, registers: Any, labs: Any, earlier: Any, **stay: Any
) -> int:  # fmt: skip
    admitted_on = None if days_in is None else stay["discharged_on"] - timedelta(days_in)
    encounter = make_encounter(**stay, admitted_on=admitted_on)
    mark_patient(encounter.patient, labels=labels, flags=flags, registers=registers)
    for lab in labs:
        add_lab(encounter, **lab)
    for each in earlier:
        before = make_encounter(
            patient=encounter.patient, diagnoses=each["diagnoses"], discharged_on=each["discharged_on"],
            status=each["status"], kind="inpatient", disposition="home",
        )  # fmt: skip
        if each["enrolled"]:
            state, days = each["enrolled"]
            Enrolment.objects.create(
                programme=past.programme, version=past, patient=encounter.patient, encounter=before, state=state,
                origin="manual", reason={}, enrolled_at=before.discharged_at - timedelta(days),
            )  # fmt: skip
    return int(encounter.pk)


def make_programmes(programmes: list[dict[str, Any]]) -> None:
    institutions = {i.code: i.pk for i in Institution.objects.all()} | {"": None}
    for i, each in enumerate(programmes):
        for n, line in enumerate(each["lines"]):
            make_programme(
                f"p{i}", each["criteria"], steps=each["steps"], exclusions=each["exclusions"],
                starts_on=each["starts_on"], institution_id=institutions[line], name=f"路径{i}.{n}",
            )  # fmt: skip


class Undo(Exception):
    """Takes an example's world back, so that the next one begins with none."""
