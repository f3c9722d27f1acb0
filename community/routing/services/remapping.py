"""Divisions that were merged or split: what was said of the old one is ended and said again of the new one."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from access.actor import SYSTEM
from community.routing.models import PlaceAlias, ResidenceClaim
from community.routing.selectors.facts import REPLACED
from community.routing.selectors.places import forget_lists
from community.routing.services.sets import SLICE, reroute_many
from divisions.selectors import get_division
from kernel import clock, jobs
from trail.services import record

_MAX_CHAIN = 8
_REMAP = """
WITH pairs AS (SELECT * FROM unnest(%(old)s::text[], %(new)s::text[]) AS p (old, new)),
ended AS (
    UPDATE routing_residenceclaim SET valid_to = %(now)s, end_reason = '区划撤并'
     WHERE id IN (SELECT id FROM routing_residenceclaim
                   WHERE valid_to IS NULL AND division_code = ANY(%(old)s) ORDER BY id LIMIT %(limit)s)
    RETURNING *)
INSERT INTO routing_residenceclaim
       (patient_id, source, kind, rank, text, county_code, division_code, confidence, evidence, candidates, reported_at,
        valid_from, valid_until, verified_by)
SELECT e.patient_id, e.source, e.kind, e.rank, e.text, left(p.new, 6) || '000000', p.new, e.confidence,
       (e.evidence - %(replaced)s) || jsonb_build_array(%(replaced)s::text), e.candidates, e.reported_at, e.valid_from,
       e.valid_until, e.verified_by
  FROM ended e JOIN pairs p ON p.old = e.division_code
RETURNING patient_id
"""


@transaction.atomic(savepoint=False)
def remap_slice(*, codes: Sequence[str]) -> int:
    """Up to SLICE claims of the replaced ones among `codes`, and all aliases; how many claims.

    A division that ended without a successor keeps its claims: the report names it, and its patients are decided by
    what can still be read. With fewer than SLICE it was the last: the report is written (trail) and the patients of
    all `codes` are decided anew.
    """
    forget_lists()
    successors = _successors(codes)
    aliases = _remap_aliases(successors)
    patients = _remap_claims(successors)
    reroute_many(patient_ids=set(patients))
    if len(patients) < SLICE:
        jobs.enqueue("routing.reroute", division_codes=list(codes))
    if patients or aliases or len(patients) < SLICE:
        record(
            actor_id=None, actor_name=SYSTEM.name, action="routing.divisions.remapped",
            claims=len(patients), patients=len(set(patients)), aliases=aliases,
            replaced=[f"{old}>{new}" for old, new in sorted(successors.items())],
            without_successor=sorted(_without_successor(codes, successors)),
        )  # fmt: skip
    return len(patients)


def _successors(codes: Sequence[str]) -> dict[str, str]:
    """Old code → the division that stands in its place now, of those that have one."""
    found: dict[str, str] = {}
    for code in codes:
        division = get_division(code)
        step = division
        for _ in range(_MAX_CHAIN):
            if step is None or step.valid_to is None or not step.replaced_by:
                break
            step = get_division(step.replaced_by)
        if division is not None and step is not None and step.valid_to is None and step.code != division.code:
            found[division.code] = step.code
    return found


def _without_successor(codes: Sequence[str], successors: Mapping[str, str]) -> set[str]:
    """Ended divisions that somebody is still said to live in."""
    held = ResidenceClaim.objects.filter(valid_to=None, division_code__in=list(codes))
    kept = set(held.values_list("division_code", flat=True).distinct())
    rows = {code: get_division(code) for code in kept - set(successors)}
    return {code for code, row in rows.items() if row is None or row.valid_to is not None}


def _remap_claims(successors: Mapping[str, str]) -> list[int]:
    if not successors:
        return []
    values: dict[str, Any] = {
        "old": list(successors), "new": list(successors.values()), "now": clock.now(), "limit": SLICE,
        "replaced": REPLACED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REMAP, values)
        return [row[0] for row in cursor.fetchall()]


def _remap_aliases(successors: Mapping[str, str]) -> int:
    rows = list(PlaceAlias.objects.filter(ended_at=None, division_code__in=list(successors)))
    now = clock.now()
    PlaceAlias.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=now)
    PlaceAlias.objects.bulk_create(
        PlaceAlias(
            text=row.text, division_code=successors[row.division_code], source=REPLACED,
            created_by_id=row.created_by_id, created_at=now,
        )
        for row in rows
    )  # fmt: skip
    return len(rows)
