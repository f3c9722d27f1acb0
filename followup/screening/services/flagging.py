"""What patient flags do to follow-up (S16, S39): in the transaction that sets or lifts them, and once a day for all.

A flag stops an enrolment whose version names it among its stop rules or excludes its bearers; death stops every one.
A death that is only proposed, and 已迁出, stop nothing: they hold tasks back (worklist.services.holding).
A flag that a person sets cancels whatever is open. One that a rule sets leaves to its worker the task in hand, from
which the rule has just learnt of it: they close it with its own result; death leaves nothing.
"""

from typing import Any

from django.db import connection, transaction

from access.actor import SYSTEM, Actor
from followup.programmes.enums import StopCode
from followup.programmes.services import reopen, stop
from followup.screening import cancelling
from followup.screening.services.enrolling import make_tasks_for, regroup_of
from followup.worklist.services.holding import settle_holds
from records.enums import PROPOSED_DEATH, FlagKind

_CODES: dict[str, StopCode] = {
    FlagKind.DECEASED: StopCode.DEATH,
    FlagKind.REFUSED: StopCode.REFUSED,
    FlagKind.UNREACHABLE: StopCode.UNREACHABLE,
    FlagKind.INVALID_CONTACT: StopCode.INVALID_CONTACT,
    FlagKind.FREQUENT_VISITS: StopCode.FREQUENT_VISITS,
}
_HOLDS = frozenset({PROPOSED_DEATH, FlagKind.MOVED_OUT})
_ALL_OPEN = ("planned", "in_progress", "paused")
_NOT_BEGUN = ("planned", "paused")

# Over `v` (version) and a flag kind; what an older version does not say holds by default (programmes contract, 3).
_STOPS = """{kind} <> 'moved_out' AND ({kind} = 'deceased' OR v.stop_rules @> to_jsonb({kind}::text)
    OR ({kind} = 'invalid_contact' AND v.stop_rules @> '"wrong_number_x3"'::jsonb)
    OR COALESCE((v.exclusions->>{kind}::text)::boolean, {kind} <> 'frequent_visits'))"""
_OF_PATIENT = """
SELECT x.id FROM programmes_enrolment x JOIN programmes_programmeversion v ON v.id = x.version_id
 WHERE x.patient_id = %(patient_id)s AND x.state IN ('active', 'paused') AND {stops} ORDER BY x.id
"""
# Whoever enrols a flagged patient by hand knows of the flag.
_IN_FORCE = """
SELECT f.kind, array_agg(x.id ORDER BY x.id)
  FROM records_patientflag f
  JOIN programmes_enrolment x ON x.patient_id = f.patient_id AND x.state IN ('active', 'paused')
  JOIN programmes_programmeversion v ON v.id = x.version_id
 WHERE f.lifted_at IS NULL AND f.state = 'confirmed' AND (x.origin <> 'manual' OR x.enrolled_at < f.set_at)
   AND (%(patient_id)s::bigint IS NULL OR f.patient_id = %(patient_id)s) AND {stops}
 GROUP BY f.kind ORDER BY f.kind
"""
_TO_TAKE_UP = """
SELECT x.id
  FROM programmes_enrolment x
  JOIN records_encounter e ON e.id = x.encounter_id
  JOIN records_patient p ON p.id = x.patient_id
  JOIN programmes_programmeversion v ON v.id = x.version_id
 WHERE x.patient_id = %(patient_id)s AND x.state = 'stopped' AND x.stop_code = ANY(%(codes)s::text[])
   AND e.status = 'discharged' AND e.disposition <> 'death' AND p.deceased_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM records_patientflag f
                    WHERE f.patient_id = x.patient_id AND f.lifted_at IS NULL AND f.state = 'confirmed'
                      AND {stops})
 ORDER BY x.id
"""
_TO_STOP = _OF_PATIENT.format(stops=_STOPS.format(kind="%(kind)s"))
_IN_SPITE = _IN_FORCE.format(stops=_STOPS.format(kind="f.kind"))
_TAKE_UP = _TO_TAKE_UP.format(stops=_STOPS.format(kind="f.kind"))


@transaction.atomic
def apply_flag(actor: Actor, patient_id: int, kind: str, is_set: bool) -> int:
    """The effect that records calls (records.ports.register_flag_effect); how many enrolments it touched."""
    if kind in _HOLDS:
        return settle_holds(patient_ids=[patient_id])
    if is_set:
        found = _find(_TO_STOP, patient_id=patient_id, kind=kind)
        _stop(actor, kind, found)
        if kind == FlagKind.DECEASED:
            cancelling.cancel_loose_tasks(patient_id, reason=_reason_of(kind))
        return len(found)
    # With several flags the last one lifted opens what the first one had stopped.
    found = _find(_TAKE_UP, patient_id=patient_id, codes=[str(code) for code in _CODES.values()])
    taken = reopen(actor=actor, enrolment_ids=found, reason=f"已撤销标识：{FlagKind(kind).label}")
    make_tasks_for(taken)
    return len(taken)


@transaction.atomic
def enforce_flags(*, patient_id: int | None = None) -> int:
    """Stop whatever runs in spite of a flag in force; how many enrolments.

    For one patient after a run that had begun before the flag, and daily for all.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IN_SPITE, {"patient_id": patient_id})
        rows = cursor.fetchall()
    return sum(_stop(SYSTEM, kind, ids) for kind, ids in rows)


def _stop(actor: Actor, kind: str, enrolment_ids: list[int]) -> int:
    stopped = stop(actor=actor, enrolment_ids=enrolment_ids, reason=_reason_of(kind), code=_CODES[kind])
    by_rule = actor.id == SYSTEM.id and kind != FlagKind.DECEASED
    cancelling.cancel_tasks(stopped, reason=_reason_of(kind), states=_NOT_BEGUN if by_rule else _ALL_OPEN)
    regroup_of(stopped)
    return len(stopped)


def _reason_of(kind: str) -> str:
    return f"患者标识：{FlagKind(kind).label}"


def _find(statement: str, **values: Any) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]
