"""Which programmes an encounter may meet at all, by its codes: of 200 usually a handful, so only those are asked."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection

from followup.programmes.contracts import VersionPlan
from followup.screening.compiler import CompiledCriteria, compile_criteria

_CODES = """
SELECT e.patient_id,
       ARRAY(SELECT d.icd10_stem FROM records_diagnosis d WHERE d.encounter_id = e.id AND d.superseded_at IS NULL),
       ARRAY(SELECT o.code_stem FROM records_operation o WHERE o.encounter_id = e.id AND o.superseded_at IS NULL)
  FROM records_encounter e
 WHERE e.id = %s AND e.status = 'discharged'
"""
_LONGEST = 4  # a stem has no more characters (programmes.criteria.codes)


@dataclass(slots=True)
class _Index:
    """Plans' positions by the code prefixes that drive them; `criteria` are those that it was made of."""

    criteria: tuple[dict[str, Any], ...]
    always: set[int] = field(default_factory=set)
    diagnoses: dict[str, set[int]] = field(default_factory=dict)
    operations: dict[str, set[int]] = field(default_factory=dict)


_indexes: dict[frozenset[int], _Index] = {}
_INDEXES_KEPT = 200


def find_likely(plans: Sequence[VersionPlan], *, encounter_id: int) -> tuple[int | None, list[VersionPlan]]:
    """The encounter's patient, and the plans whose criteria its codes do not rule out; none unless it is discharged."""
    if not plans:
        return None, []
    with connection.cursor() as cursor:
        cursor.execute(_CODES, [encounter_id])
        row = cursor.fetchone()
    if row is None:
        return None, []
    index = _index_of(plans)
    found = set(index.always)
    for stems, by_prefix in ((row[1], index.diagnoses), (row[2], index.operations)):
        for stem in stems:
            for length in range(1, _LONGEST + 1):
                found |= by_prefix.get(stem[:length], set())
    return int(row[0]), [plans[i] for i in sorted(found)]


def _index_of(plans: Sequence[VersionPlan]) -> _Index:
    # programmes.selectors keeps the plans of signed versions: the same criteria are the same object, and the index
    # holds them, so that their ids stay theirs as long as it is kept.
    criteria = tuple(plan.criteria for plan in plans)
    key = frozenset(map(id, criteria))
    index = _indexes.get(key)
    if index is not None and all(map(operator.is_, index.criteria, criteria)):
        return index
    index = _Index(criteria)
    for i, plan in enumerate(plans):
        driver = compile_plan(plan).driver
        if driver is None:
            index.always.add(i)
        for each in driver or ():
            by_prefix = index.operations if each.source == "operation" else index.diagnoses
            by_prefix.setdefault(each.prefix, set()).add(i)
    if len(_indexes) >= _INDEXES_KEPT:
        _indexes.clear()
    _indexes[key] = index
    return index


def compile_plan(plan: VersionPlan) -> CompiledCriteria:
    return _compile_text(orjson.dumps(plan.criteria))


@lru_cache(maxsize=4096)
def _compile_text(criteria: bytes) -> CompiledCriteria:
    return compile_criteria(orjson.loads(criteria))
