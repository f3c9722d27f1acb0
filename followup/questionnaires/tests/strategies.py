"""Random valid questionnaires, and answers of which many are right and some are not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

CODES = ("a", "b", "c")
LEVELS = ("E0", "E1", "E2", "E3", "E4")
KINDS = ("display", "text", "number", "scale", "date", "time", "single", "multiple", "bp", "glucose", "photo")
DATES = ("2024-02-29", "2025-12-31", "2026-02-30", "x")
TIMES = ("00:00", "08:30", "24:00")
# Values around the sixth decimal and the usual traps of binary fractions.
NUMBERS = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([2.0000005, 0.3000005, 0.1 + 0.2, -0.0]),
    st.sampled_from([0.1 + 0.2, 0.3, -0.0, 1e-7, 2.0000005, 2.675, 1e15, 4.35, 1.005]),
    st.floats(-20, 20, allow_nan=False).map(lambda value: round(value, 7)),
)


def write_atoms(name: str, kind: str) -> list[str]:
    """Conditions that fit a question of a kind."""
    if kind == "display":
        return []
    shared = [f"answered({name})", f"answered(prev({name}))"]
    match kind:
        case "number" | "scale":
            return [
                *shared, f"{name} >= 3", f"{name} == 2.000001", f"{name} - prev({name}) > 0.3",
                f"prev({name}, 2) < 2", f"{name} / 3 <= 0.1",
                f"{name} in [1, 2, 0.3]", f"-{name} * 2 + 1 != 0.4",
            ]  # fmt: skip
        case "single":
            return [*shared, f"{name} == 'a'", f"{name} not in ['a', 'b']", f"prev({name}) != 'c'"]
        case "multiple":
            return [*shared, f"'a' in {name}", f"count({name}) >= 2", f"'b' not in prev({name})"]
        case "bp":
            return [*shared, f"{name}.sbp >= 140 or {name}.dbp >= 90", f"prev({name}.sbp) >= 140"]
        case "glucose":
            return [*shared, f"{name}.value > 3.9", f"{name}.timing == 'fasting'"]
        case "photo":
            return [*shared, f"count({name}) > 1"]
        case "date":
            return [*shared, f"{name} > '2025-01-01'"]
        case "time":
            return [*shared, f"{name} <= '08:30'"]
        case _:
            return [*shared, f"{name} == '好'"]


@st.composite
def conditions(draw: st.DrawFn, atoms: list[str]) -> str:
    parts = draw(st.lists(st.sampled_from(atoms), min_size=1, max_size=3))
    text = parts[0]
    for part in parts[1:]:
        text = f"({text}) {draw(st.sampled_from(['and', 'or']))} ({part})"
    return f"not ({text})" if draw(st.booleans()) else text


@st.composite
def rules(draw: st.DrawFn, atoms: list[str], most: int) -> list[dict[str, Any]]:
    return [
        {
            "when": draw(conditions(atoms)),
            "level": draw(st.sampled_from(LEVELS[1:])),
            "prompt": f"规则{index}",
            "advice": "请来院",
        }
        for index in range(draw(st.integers(0, most)))
    ]


@st.composite
def items(draw: st.DrawFn, name: str, kind: str, atoms: list[str]) -> dict[str, Any]:
    item: dict[str, Any] = {"link_id": name, "type": kind, "text": name}
    if draw(st.integers(0, 11)) == 11:
        item["retired"] = True
    if kind != "display" and draw(st.booleans()):
        item["required"] = True
    if atoms and draw(st.booleans()):
        item["show_if"] = draw(conditions(atoms))
    if kind == "scale":
        item |= {"min": 0, "max": 10, "decimals": draw(st.sampled_from([0, 1, 6]))}
    if kind in ("number", "multiple", "photo", "text") and draw(st.booleans()):
        item["max"] = draw(st.integers(1, 4))
    if kind in ("single", "multiple"):
        levelled, exclusive = draw(st.booleans()), kind == "multiple" and draw(st.booleans())
        retired = draw(st.sets(st.sampled_from(CODES), max_size=2)) if draw(st.integers(0, 3)) == 3 else set()
        item["options"] = [
            {"value": code, "label": code, "score": draw(st.sampled_from([0, 1, 0.1, 2.2, -1]))}
            | ({"level": draw(st.sampled_from(LEVELS)), "advice": "请来院"} if levelled else {})
            | ({"exclusive": True} if exclusive and code == "a" else {})
            | ({"retired": True} if code in retired else {})
            for code in CODES
        ]
    own = [text.replace(name, "value") for text in write_atoms(name, kind)]
    if own and (found := draw(rules(own, 2))):
        item["rules"] = found
    return item


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Questions speak of questions before them, which keeps conditions free of circles."""
    made: list[dict[str, Any]] = []
    atoms: list[str] = ["patient.age >= 65", "task.day == 14", "patient.sex == 'female'"]
    scored: list[str] = []
    for index in range(draw(st.integers(1, 7))):
        name, kind = f"q{index}", draw(st.sampled_from((*KINDS, "group", "rows")))
        if kind in ("group", "rows"):
            inner_kind = draw(st.sampled_from(KINDS))
            inner = draw(items(f"{name}i", inner_kind, atoms))
            last_atoms = write_atoms(f"{name}i", inner_kind)
            inner_atoms = [
                *atoms[:3],
                *(text for text in last_atoms if kind == "group" or "prev(" not in text),
            ]
            if kind == "rows":
                own_rules = inner.pop("rules", [])
                if kept := [rule for rule in own_rules if "prev(" not in rule["when"]]:
                    inner["rules"] = kept
            second = draw(items(f"{name}j", "number", inner_atoms))
            second.pop("rules", None)
            if kind == "rows" and inner_atoms[3:]:
                second["show_if"] = draw(conditions(inner_atoms[3:]))
            group = {"link_id": name, "type": "group", "text": name, "items": [inner, second]}
            if draw(st.integers(0, 3)) == 3:
                group["show_if"] = draw(conditions(atoms))
            if draw(st.integers(0, 15)) == 15:
                group["retired"] = True
            if kind == "rows":
                group |= {"repeats": True, "max": 3}
                atoms += [f"count({name}) >= 2", f"answered({name})"]
            else:
                atoms += write_atoms(f"{name}i", inner_kind)
            made.append(group)
            continue
        made.append(draw(items(name, kind, atoms)))
        atoms += write_atoms(name, kind)
        if kind in ("number", "scale", "single", "multiple"):
            scored.append(name)
    document: dict[str, Any] = {
        "key": "random",
        "title": "随机",
        "items": made,
        "rules": draw(rules(atoms, 3)),
    }
    if scored:
        bands = [
            {"to": 0.3, "label": "低"},
            {"to": 4, "label": "中", "level": "E1"},
            {"label": "高", "level": "E3", "advice": "请来院"},
        ]
        document["score"] = {
            "method": draw(st.sampled_from(["sum", "mean"])),
            "items": scored,
            "bands": bands,
        }
    return document


def values(item: dict[str, Any]) -> st.SearchStrategy[Any]:
    odd = st.sampled_from([None, "", " \u3000", True, [], {}, "x", 1, ["x"]])
    codes = st.sampled_from([*CODES, "x"])
    match item["type"]:
        case "number" | "scale":
            good: st.SearchStrategy[Any] = NUMBERS
        case "single":
            good = st.sampled_from(CODES)
        case "multiple":
            good = st.lists(codes, max_size=3)
        case "bp":
            good = st.fixed_dictionaries(
                {}, optional={"sbp": st.integers(30, 310), "dbp": st.integers(60, 120)}
            )
        case "glucose":
            timing = st.sampled_from(["fasting", "random", "x"])
            good = st.fixed_dictionaries({}, optional={"value": NUMBERS, "timing": timing})
        case "photo":
            good = st.lists(st.sampled_from(["k1", "k2"]), max_size=3)
        case "date":
            good = st.sampled_from(DATES)
        case "time":
            good = st.sampled_from(TIMES)
        case "group":
            good = st.lists(answers_to(item["items"]), min_size=1, max_size=4)
        case "display":
            return st.sampled_from([None, "x"])
        case _:
            good = st.text("好a😀 \u3000/~", max_size=5)
    return st.one_of(good, good, good, good, odd)


@st.composite
def answers_to(draw: st.DrawFn, asked: list[dict[str, Any]]) -> dict[str, Any]:
    """Most questions answered: with half of them left out hardly a rule would ever be decided."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    if draw(st.integers(0, 9)) == 9:
        fields["stray/~"] = st.sampled_from([1, None])
    for item in asked:
        if item["type"] == "group" and not item.get("repeats"):
            fields |= {inner["link_id"]: values(inner) for inner in item["items"]}
        else:
            fields[item["link_id"]] = values(item)
    left_out = draw(st.sets(st.sampled_from(sorted(fields)), max_size=2))
    return {name: draw(field) for name, field in fields.items() if name not in left_out}


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Everything that evaluate() takes."""
    document = draw(documents())
    answers = answers_to(document["items"])
    patient = st.fixed_dictionaries(
        {}, optional={"age": st.integers(0, 100), "sex": st.sampled_from(["male", "female"])}
    )
    task = st.fixed_dictionaries({}, optional={"day": st.sampled_from([3, 14])})
    return {
        "document": document,
        "answers": draw(answers),
        "previous": draw(st.one_of(st.none(), st.lists(answers, max_size=2), answers)),
        "context": draw(st.one_of(st.none(), st.fixed_dictionaries({"patient": patient, "task": task}))),
    }
