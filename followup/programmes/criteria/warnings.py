"""Contradictions: conditions that are well formed and that no patient can ever meet. Told, not refused.

Every condition that must hold at once (the outermost one, what stands in its `all`, and on the way into each branch
of an `any`) is collected; `not` moves inwards. Facts about one field are then held against each other. Only what is
certainly impossible is named: a stay has many diagnoses, so I10 and E11 are no contradiction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from followup.programmes.criteria.describe import sentence_of
from followup.programmes.criteria.grammar import CriteriaFault, parse_criteria, validate
from followup.programmes.criteria.nodes import AllOf, AnyOf, Leaf, Node, Not
from followup.programmes.criteria.vocabulary import CHOICES, FIELDS

# One value per stay.
_SINGLE: Final = frozenset(
    {"patient_kind", "sex", "disposition", "institution", "department", "ward", "attending"}
)
# Of these every stay has a value, so ruling all of them out leaves nobody.
_ALWAYS_KNOWN: Final = frozenset({"patient_kind", "sex"})
_CODES: Final = frozenset({"diagnosis", "main_diagnosis", "operation", "earlier_diagnosis"})
_MANY: Final = frozenset({"label", "flag", "register", "enrolled"})
# Screening never enrols these, whatever the criteria say (screening.oracle.find_ineligibility).
_NEVER_ENROLLED: Final = (("deceased", True), ("disposition", "death"), ("flag", "deceased"))


@dataclass(frozen=True, slots=True)
class _Fact:
    """Something that must hold: the node, or its opposite."""

    node: Node
    pointer: str
    negated: bool = False

    @property
    def sentence(self) -> str:
        return sentence_of(Not(self.node) if self.negated else self.node)


def find_warnings(criteria: object) -> list[CriteriaFault]:
    """Every contradiction, at the later of its conditions; empty for criteria that have faults."""
    if validate(criteria):
        return []
    finder = _Finder()
    finder.visit([_Fact(parse_criteria(criteria), "")], [])
    return finder.found


class _Finder:
    def __init__(self) -> None:
        self.found: list[CriteriaFault] = []

    def visit(self, given: Sequence[_Fact], known: Sequence[_Fact]) -> None:
        """`given` must hold, besides what is `known` to hold already."""
        facts = [fact for each in given for fact in _flatten(each)]
        held = list(known)
        for fact in facts:
            self.check(fact, held)
            held.append(fact)
        for i, fact in enumerate(facts):
            others = [*known, *facts[:i], *facts[i + 1 :]]
            found = [_find_below(branch, others) for branch in _branches(fact)]
            # "Not all of these" is met by any one of them, and written for that one: told when none is left.
            if not fact.negated or all(found):
                self.found += itertools.chain.from_iterable(found)

    def check(self, fact: _Fact, held: Sequence[_Fact]) -> None:
        impossible = _find_impossible(fact)
        if impossible:
            self.found.append(CriteriaFault(fact.pointer, "never_true", *impossible))
            return
        if any(other.node == fact.node and other.negated != fact.negated for other in held):
            partners = [other for other in held if other.node == fact.node]
        else:
            partners = _find_partners(fact, held)
        if partners:
            names = "、".join(f"“{other.sentence}”" for other in partners)
            self.found.append(
                CriteriaFault(
                    fact.pointer,
                    "never_true",
                    f"“{fact.sentence}”与{names}不可能同时成立，这一条没有人符合",
                    "请删去其中一条，或把它们移到 any（任一）里",
                )
            )


def _find_below(branch: _Fact, known: Sequence[_Fact]) -> list[CriteriaFault]:
    finder = _Finder()
    finder.visit([branch], known)
    return finder.found


def _flatten(fact: _Fact) -> Iterator[_Fact]:
    """What must hold when this holds, down to leaves and to choices."""
    node = fact.node
    if isinstance(node, Not):
        yield from _flatten(_Fact(node.item, f"{fact.pointer}/not", not fact.negated))
    elif isinstance(node, AllOf | AnyOf) and (
        isinstance(node, AllOf) != fact.negated or len(node.items) == 1
    ):
        key = "all" if isinstance(node, AllOf) else "any"
        for i, item in enumerate(node.items):
            yield from _flatten(_Fact(item, f"{fact.pointer}/{key}/{i}", fact.negated))
    else:
        yield fact


def _branches(fact: _Fact) -> list[_Fact]:
    if isinstance(fact.node, AllOf | AnyOf):
        key = "all" if isinstance(fact.node, AllOf) else "any"
        return [
            _Fact(item, f"{fact.pointer}/{key}/{i}", fact.negated) for i, item in enumerate(fact.node.items)
        ]
    return []


def _find_impossible(fact: _Fact) -> tuple[str, str] | None:
    leaf = fact.node
    if not isinstance(leaf, Leaf):
        return None
    if _subject_of(leaf)[1]([fact]):
        return f"“{fact.sentence}”没有人符合", "请至少留下一个取值，或删去这个条件"
    for field, value in _NEVER_ENROLLED:
        if leaf.field == field and not fact.negated:
            wanted = leaf.value if leaf.op == "in" else (leaf.value,) if leaf.op == "eq" else ()
            if wanted and all(each == value for each in wanted):
                return f"“{fact.sentence}”的患者一律不纳入随访", "请删去这个条件"
    return None


def _find_partners(fact: _Fact, held: Sequence[_Fact]) -> list[_Fact]:
    """The facts of the same subject that leave nothing together with this one: one if one is enough."""
    if not isinstance(fact.node, Leaf):
        return []
    subject, is_empty = _subject_of(fact.node)
    others = [o for o in held if isinstance(o.node, Leaf) and _subject_of(o.node)[0] == subject]
    for other in others:
        if is_empty([other, fact]):
            return [other]
    return others if others and is_empty([*others, fact]) else []


def _subject_of(leaf: Leaf) -> tuple[object, Callable[[Sequence[_Fact]], bool]]:
    field = leaf.field
    if field in _SINGLE or field == "deceased":
        return field, _leaves_no_value
    if FIELDS[field].type == "integer":
        return field, _leaves_no_number
    if FIELDS[field].type == "date":
        return "dates", _leaves_no_day
    if field == "lab":
        return ("lab", leaf.value[0], leaf.within_days), _leaves_no_number
    if field in _CODES:
        return ("diagnosis" if field == "main_diagnosis" else field), _rules_out_codes
    return (field, leaf.within_days), _rules_out_values


def _leaf(fact: _Fact) -> Leaf:
    assert isinstance(fact.node, Leaf)
    return fact.node


def _listed(leaf: Leaf) -> frozenset[Any]:
    return frozenset((leaf.value,) if leaf.op == "eq" else leaf.value)


def _is_positive(fact: _Fact) -> bool:
    return (_leaf(fact).op != "not_in") != fact.negated


def _leaves_no_value(facts: Sequence[_Fact]) -> bool:
    field = _leaf(facts[0]).field
    allowed: frozenset[Any] | None = None
    if field in _ALWAYS_KNOWN:
        allowed = frozenset(CHOICES[field])
    elif field == "deceased":
        allowed = frozenset({True, False})
    refused: frozenset[Any] = frozenset()
    for fact in facts:
        listed = _listed(_leaf(fact))
        if _is_positive(fact):
            allowed = listed if allowed is None else allowed & listed
        else:
            refused |= listed
    return allowed is not None and not allowed - refused


def _interval(op: str, value: Any, step: float) -> tuple[float, float]:
    """Both ends included; of whole numbers `step` is 1, of measured ones next to nothing."""
    infinite = float("inf")
    if op == "between":
        return value
    return {
        "eq": (value, value),
        "gt": (value + step, infinite),
        "gte": (value, infinite),
        "lt": (-infinite, value - step),
        "lte": (-infinite, value),
    }[op]


def _leaves_no_number(facts: Sequence[_Fact]) -> bool:
    low, high = float("-inf"), float("inf")
    negated: list[tuple[float, float]] = []
    is_known = False
    for fact in facts:
        leaf = _leaf(fact)
        if leaf.op == "flagged":
            continue
        value, step = (leaf.value[1], 1e-9) if leaf.field == "lab" else (leaf.value, 1)
        bounds = _interval(leaf.op, value, step)
        if fact.negated:
            negated.append(bounds)
        else:
            is_known = True
            low, high = max(low, bounds[0]), min(high, bounds[1])
    if not is_known:
        return False
    return low > high or any(first <= low and high <= last for first, last in negated)


def _leaves_no_day(facts: Sequence[_Fact]) -> bool:
    """Admission and discharge together: nobody is discharged before admission."""
    bounds: dict[str, list[date]] = {}
    for fact in facts:
        leaf = _leaf(fact)
        first, last = date.min, date.max
        if fact.negated and leaf.op == "gte":
            last = leaf.value - timedelta(days=1)
        elif fact.negated and leaf.op == "lte":
            first = leaf.value + timedelta(days=1)
        elif not fact.negated:
            first, last = {
                "gte": lambda v: (v, date.max), "lte": lambda v: (date.min, v), "between": lambda v: v,
            }[leaf.op](leaf.value)  # fmt: skip
        kept = bounds.setdefault(leaf.field, [date.min, date.max])
        kept[0], kept[1] = max(kept[0], first), min(kept[1], last)
    # An admission that is not recorded meets no positive condition, but every negated one.
    if not any(_leaf(fact).field == "admitted_on" and not fact.negated for fact in facts):
        bounds.pop("admitted_on", None)
    if any(first > last for first, last in bounds.values()):
        return True
    return len(bounds) == 2 and bounds["admitted_on"][0] > bounds["discharged_on"][1]


def _rules_out_codes(facts: Sequence[_Fact]) -> bool:
    """A code is asked for, and every code that would do is ruled out; or two main diagnoses are asked for.

    The main diagnosis is one of the diagnoses; the front page of a stay (病案首页) has one of it.
    """
    for wanted in facts:
        if wanted.negated:
            continue
        refused = tuple(
            prefix
            for fact in facts
            if fact.negated and _leaf(fact).field in {"diagnosis", _leaf(wanted).field}
            for prefix in _leaf(fact).prefixes
        )
        if refused and all(prefix.startswith(refused) for prefix in _leaf(wanted).prefixes):
            return True
    mains = [_leaf(f).prefixes for f in facts if _leaf(f).field == "main_diagnosis" and not f.negated]
    return any(not _overlap(first, second) for first, second in itertools.combinations(mains, 2))


def _overlap(first: Sequence[str], second: Sequence[str]) -> bool:
    return any(a.startswith(b) or b.startswith(a) for a in first for b in second)


def _rules_out_values(facts: Sequence[_Fact]) -> bool:
    refused: frozenset[Any] = frozenset()
    for fact in facts:
        if not _is_positive(fact):
            refused |= _listed(_leaf(fact))
    return any(_is_positive(fact) and _listed(_leaf(fact)) <= refused for fact in facts)
