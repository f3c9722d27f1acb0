"""settle_all: decide a set of patients from their present facts and write what changed, one statement per table."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import connection

from community.routing.contracts import BY_PERSON, RANKS, Decision, Reading
from community.routing.enums import UNRESOLVED
from community.routing.rules import decide
from community.routing.selectors.facts import Context, load_contexts, load_facts
from community.routing.services.locking import lock_patient, lock_set
from community.routing.services.publishing import publish_each
from kernel import clock

logger = logging.getLogger("community.routing")
MAX_TEXT = 200
_KINDS = {"registered_text": "registered"}

_CLAIM = {
    "patient_id": "bigint", "source": "text", "kind": "text", "rank": "smallint", "text": "text",
    "county_code": "text", "division_code": "text", "confidence": "numeric", "evidence": "jsonb",
    "candidates": "jsonb", "reported_at": "timestamptz",
}  # fmt: skip
_DECISION = {
    "patient_id": "bigint", "encounter_id": "bigint", "state": "text", "rule": "text", "confidence": "numeric",
    "evidence": "jsonb", "candidates": "jsonb", "address_text": "text", "division_code": "text",
    "institution_id": "bigint", "ward_id": "bigint", "staff_id": "bigint", "why": "text", "decided_by_id": "bigint",
    "decided_by_name": "text", "decided_at": "timestamptz", "supersedes_id": "bigint",
}  # fmt: skip
_CURRENT = {
    "patient_id": "bigint", "decision_id": "bigint", "state": "text", "division_code": "text",
    "institution_id": "bigint", "department_id": "bigint", "ward_id": "bigint", "staff_id": "bigint",
    "decided_at": "timestamptz", "named_staff_id": "bigint", "recheck_on": "date", "routed_encounter_id": "bigint",
}  # fmt: skip
_CHANGE = {
    "patient_id": "bigint", "decision_id": "bigint", "from_institution_id": "bigint",
    "from_department_id": "bigint", "from_ward_id": "bigint", "from_staff_id": "bigint",
    "changed_at": "timestamptz", "sight_until": "date",
}  # fmt: skip
# What may change beside a decision that stays in force.
_BESIDE = ("named_staff_id", "recheck_on", "routed_encounter_id")


@dataclass(frozen=True, slots=True)
class Settled:
    """The decision in force after a patient was settled, and the encounter that it was first made for.

    `has_moved`: the work had another owner before.
    """

    patient_id: int
    encounter_id: int | None
    decision_id: int
    decision: Decision
    has_moved: bool


def settle(patient_id: int, *, encounter_id: int | None = None, by: tuple[int, str] | None = None) -> Settled:
    """settle_all for one. Raises LookupError for an unknown patient."""
    settled = settle_all({patient_id: encounter_id}, by=by).get(patient_id)
    if settled is None:
        raise LookupError(f"no patient {patient_id}")
    return settled


def settle_all(asked: Mapping[int, int | None], *, by: tuple[int, str] | None = None) -> dict[int, Settled]:
    """Decide each patient, and publish patient.rerouted for whoever got another owner; by the id that was asked.

    `asked`: patient → the encounter that it is for, None for that of the present decision; `by` is the person whose
    word it was. A record that went up in another is that other one; unknown ids are left out. In a transaction.
    """
    if not asked:
        return {}
    if len(asked) == 1:
        lock_patient(next(iter(asked)))
    else:
        lock_set()
    contexts = load_contexts(asked)
    gone = {pk: each.survivor_id for pk, each in contexts.items() if each.survivor_id is not None}
    done = _settle({pk: each for pk, each in contexts.items() if pk not in gone}, asked, by)
    if gone:
        survivors: dict[int, int | None] = {}
        for pk, survivor_id in gone.items():
            survivors[survivor_id] = max(survivors.get(survivor_id) or 0, asked[pk] or 0) or None
        left = {pk: encounter_id for pk, encounter_id in survivors.items() if pk not in done}
        done |= settle_all(left, by=by)
        done |= {pk: done[survivor_id] for pk, survivor_id in gone.items() if survivor_id in done}
    return done


def _settle(
    contexts: Mapping[int, Context], asked: Mapping[int, int | None], by: tuple[int, str] | None
) -> dict[int, Settled]:
    facts = load_facts(contexts)
    now = clock.now()
    decisions = {pk: decide(each) for pk, each in facts.items()}
    _save_claims({pk: facts[pk].readings for pk in contexts}, contexts, now)
    new = {pk: d for pk, d in decisions.items() if not _is_in_force(d, contexts[pk])}
    ids = _store(new, contexts, asked, by, now)
    kept = {pk: d for pk, d in decisions.items() if pk not in new}
    _note_beside(kept, contexts, asked)
    moved = {pk for pk in new if _has_moved(new[pk], contexts[pk])}
    _note_changes(moved, ids, contexts, now)
    settled = {
        pk: Settled(pk, _encounter_of(pk, contexts[pk], asked), ids[pk], decision, pk in moved)
        if pk in new
        else _unchanged(pk, contexts[pk], decision)
        for pk, decision in decisions.items()
    }
    publish_each("patient.rerouted", [_rerouted(settled[pk]) for pk in sorted(moved)])
    vacant = {new[pk].residence.code for pk in new if new[pk].is_vacant}
    for code in sorted(vacant):
        logger.warning("no institution is entered for division %s", code)
    return settled


def _unchanged(patient_id: int, context: Context, decision: Decision) -> Settled:
    current = context.current or {}
    return Settled(patient_id, current["encounter_id"], current["id"], decision, False)


def _encounter_of(patient_id: int, context: Context, asked: Mapping[int, int | None]) -> int | None:
    return asked.get(patient_id) or (context.current["encounter_id"] if context.current else None)


def _is_in_force(decision: Decision, context: Context) -> bool:
    current = context.current
    if current is None:
        return False
    residence, owner = decision.residence, decision.owner
    return (
        current["state"], current["rule"], float(current["confidence"]), current["address_text"],
        current["division_code"], current["institution_id"], current["ward_id"], current["staff_id"],
        tuple(current["evidence"]),
    ) == (
        residence.state, residence.rule, residence.confidence, residence.text[:MAX_TEXT],
        residence.code, owner.institution_id, owner.ward_id, owner.staff_id, decision.evidence,
    )  # fmt: skip


def _has_moved(decision: Decision, context: Context) -> bool:
    current, owner = context.current, decision.owner
    return current is not None and (current["ward_id"], current["staff_id"]) != (
        owner.ward_id,
        owner.staff_id,
    )


def _store(
    new: Mapping[int, Decision],
    contexts: Mapping[int, Context],
    asked: Mapping[int, int | None],
    by: tuple[int, str] | None,
    now: datetime,
) -> dict[int, int]:
    """Decision ids by patient."""
    rows = [
        {
            "patient_id": pk,
            "encounter_id": _encounter_of(pk, contexts[pk], asked),
            "state": decision.residence.state,
            "rule": decision.residence.rule,
            "confidence": decision.residence.confidence,
            "evidence": decision.evidence,
            "candidates": [
                {"code": c.code, "name": c.name, "path": c.path} for c in decision.residence.candidates
            ],
            "address_text": decision.residence.text[:MAX_TEXT],
            "division_code": decision.residence.code,
            "institution_id": decision.owner.institution_id,
            "ward_id": decision.owner.ward_id,
            "staff_id": decision.owner.staff_id,
            "why": decision.why,
            "decided_by_id": by[0] if by else None,
            "decided_by_name": by[1] if by else "",
            "decided_at": now,
            "supersedes_id": _current(contexts[pk], "id"),
        }
        for pk, decision in new.items()
    ]
    returned = _insert("routing_routingdecision", _DECISION, rows, "RETURNING patient_id, id")
    ids: dict[int, int] = dict(returned)
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in _CURRENT if name != "patient_id")
    _insert(
        "routing_currentrouting",
        _CURRENT,
        [
            {
                "patient_id": pk,
                "decision_id": ids[pk],
                "state": decision.residence.state,
                "division_code": decision.residence.code,
                "institution_id": decision.owner.institution_id,
                "department_id": decision.owner.department_id,
                "ward_id": decision.owner.ward_id,
                "staff_id": decision.owner.staff_id,
                # Who still waits keeps the place in the queue.
                "decided_at": _current(contexts[pk], "decided_at")
                if decision.residence.state == UNRESOLVED == _current(contexts[pk], "state")
                else now,
                **_beside(decision, contexts[pk], asked),
            }
            for pk, decision in new.items()
        ],
        f"ON CONFLICT (patient_id) DO UPDATE SET {changed}",
    )
    return ids


def _beside(decision: Decision, context: Context, asked: Mapping[int, int | None]) -> dict[str, Any]:
    known = _current(context, "routed_encounter_id")
    newest = max(asked.get(context.patient_id) or 0, known or 0) or None
    return {
        "named_staff_id": decision.named_staff_id,
        "recheck_on": decision.recheck_on,
        "routed_encounter_id": newest,
    }


def _note_beside(
    kept: Mapping[int, Decision], contexts: Mapping[int, Context], asked: Mapping[int, int | None]
) -> None:
    rows = []
    for pk, decision in kept.items():
        current, beside = contexts[pk].current or {}, _beside(decision, contexts[pk], asked)
        if any(current[name] != beside[name] for name in _BESIDE):
            rows.append({"patient_id": pk, **beside})
    if not rows:
        return
    types = {name: _CURRENT[name] for name in ("patient_id", *_BESIDE)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE routing_currentrouting r SET {', '.join(f'{name} = x.{name}' for name in _BESIDE)}"  # noqa: S608
            f" FROM {_recordset(types)} WHERE r.patient_id = x.patient_id",
            [_dump(rows)],
        )


def _note_changes(
    moved: Iterable[int], ids: Mapping[int, int], contexts: Mapping[int, Context], now: datetime
) -> None:
    until = clock.day_of(now) + timedelta(days=settings.ROUTING_KEEP_DAYS)
    _insert(
        "routing_ownerchange",
        _CHANGE,
        [
            {
                "patient_id": pk,
                "decision_id": ids[pk],
                "changed_at": now,
                "sight_until": until,
                **{
                    f"from_{name}": _current(contexts[pk], name)
                    for name in ("institution_id", "department_id", "ward_id", "staff_id")
                },
            }
            for pk in moved
        ],
    )


def _rerouted(settled: Settled) -> dict[str, Any]:
    """Payload of patient.rerouted: work that waits and nobody has begun goes to this owner."""
    owner, code = settled.decision.owner, settled.decision.residence.code
    is_below_county = len(code) == 12 and code[6:9] != "000"
    return {
        "patient_id": settled.patient_id, "institution_id": owner.institution_id,
        "department_id": owner.department_id, "ward_id": owner.ward_id, "staff_id": owner.staff_id,
        "township_code": f"{code[:9]}000" if is_below_county else "", "encounter_id": settled.encounter_id,
    }  # fmt: skip


def _save_claims(
    readings: Mapping[int, Sequence[Reading]], contexts: Mapping[int, Context], now: datetime
) -> None:
    """End the claims that are not made any more (never a person's own), add the new ones."""
    ended: list[int] = []
    made: list[dict[str, Any]] = []
    for pk, context in contexts.items():
        open_ = {c["source"]: c for c in context.claims if c["source"] not in BY_PERSON}
        wanted = {reading.source: reading for reading in readings[pk]}
        for source, claim in open_.items():
            if source not in wanted or not _is_same(claim, wanted[source]):
                ended.append(claim["id"])
        for source, reading in wanted.items():
            if source not in open_ or not _is_same(open_[source], reading):
                made.append(_claim(pk, reading))
    if ended:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE routing_residenceclaim SET valid_to = %s WHERE id = ANY(%s)", [now, ended])
    _insert("routing_residenceclaim", _CLAIM, made)


def _is_same(claim: Mapping[str, Any], reading: Reading) -> bool:
    return (claim["text"], claim["code"], float(claim["confidence"])) == (
        reading.text[:MAX_TEXT],
        reading.parsed.deepest_code,
        round(reading.parsed.confidence, 3),
    )


def _claim(patient_id: int, reading: Reading) -> dict[str, Any]:
    parsed = reading.parsed
    return {
        "patient_id": patient_id,
        "source": reading.source,
        "kind": _KINDS.get(reading.source, "current"),
        "rank": RANKS[reading.source],
        "text": reading.text[:MAX_TEXT],
        "county_code": parsed.county.code if parsed.county else "",
        "division_code": parsed.deepest_code,
        "confidence": round(parsed.confidence, 3),
        "evidence": parsed.evidence,
        "candidates": [ref.code for ref in parsed.candidates],
        "reported_at": reading.reported_at,
    }


def _current(context: Context, name: str) -> Any:
    return context.current[name] if context.current is not None else None


def _recordset(types: Mapping[str, str]) -> str:
    return f"jsonb_to_recordset(%s::jsonb) AS x ({', '.join(f'{n} {t}' for n, t in types.items())})"


def _dump(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows).decode()


def _insert(
    table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]], tail: str = ""
) -> list[tuple[Any, ...]]:
    """One statement for all rows; names of tables and columns are this module's own."""
    if not rows:
        return []
    columns = ", ".join(types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_recordset(types)} {tail}",  # noqa: S608
            [_dump(rows)],
        )
        return cursor.fetchall() if "RETURNING" in tail else []
