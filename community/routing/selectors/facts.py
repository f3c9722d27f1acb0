"""What routing itself knows of a patient before it decides, in one query."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from community.catchments.selectors import areas_around, clinicians_around
from community.routing.contracts import OPERATOR, Facts, ManualClaim
from community.routing.rules import places_of, read_addresses
from community.routing.selectors.places import alias_index, describe_place, gazetteer, home_county
from kernel import clock
from organization.selectors import follow_up_desk
from records.selectors import addresses_of

# One round trip for each discharge; records' column is named here because an event may be older than a merge.
_CONTEXT = """
SELECT a.last_id, a.number,
       (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'source', c.source, 'text', c.text, 'code', c.division_code,
                                            'confidence', c.confidence, 'evidence', c.evidence) ORDER BY c.rank, c.id)
          FROM routing_residenceclaim c WHERE c.patient_id = %(patient_id)s AND c.valid_to IS NULL),
       d.id, d.encounter_id, d.state, d.rule, d.confidence, d.address_text, d.division_code, d.institution_id,
       d.ward_id, d.staff_id, d.evidence, r.decided_at,
       (SELECT p.merged_into_id FROM records_patient p WHERE p.id = %(patient_id)s)
  FROM (SELECT coalesce(max(id), 0) AS last_id, count(*) AS number FROM routing_placealias) a
  LEFT JOIN (routing_currentrouting r JOIN routing_routingdecision d ON d.id = r.decision_id)
         ON r.patient_id = %(patient_id)s
"""
_CURRENT = (
    "id", "encounter_id", "state", "rule", "confidence", "address_text", "division_code", "institution_id",
    "ward_id", "staff_id", "evidence", "decided_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """`current`: the columns of the decision in force, and since when; None for a patient never routed.

    `survivor_id`: the record that this one went up in.
    """

    alias_stamp: tuple[int, int]
    claims: list[dict[str, Any]] = field(default_factory=list)
    current: dict[str, Any] | None = None
    survivor_id: int | None = None


def load_context(patient_id: int) -> Context:
    with connection.cursor() as cursor:
        cursor.execute(_CONTEXT, {"patient_id": patient_id})
        last_id, number, claims, *columns, survivor_id = cursor.fetchone()
    current = dict(zip(_CURRENT, columns, strict=True)) if columns[0] is not None else None
    return Context((last_id, number), _from_json(claims) or [], _with_evidence(current), survivor_id)


def load_facts(patient_id: int, context: Context) -> Facts:
    """Addresses, catchments and clinicians: three queries, and none for the places where there is no address."""
    home = home_county()
    known = gazetteer()
    readings = read_addresses(addresses_of(patient_id), home, known, alias_index(context.alias_stamp))
    manual = _find_manual(context) if home else None
    codes = places_of(readings, home) | ({manual.division_code} if manual else set())
    return Facts(
        now=clock.now(),
        home=home,
        desk=follow_up_desk,
        readings=readings,
        manual=manual,
        areas=tuple(areas_around(codes)) if codes else (),
        clinicians=tuple(clinicians_around(codes)) if codes else (),
    )


def _find_manual(context: Context) -> ManualClaim | None:
    for claim in context.claims:
        if claim["source"] == OPERATOR:
            place = describe_place(claim["code"])
            by_name = next((str(key[3:]) for key in claim["evidence"] if str(key).startswith("by:")), "")
            return ManualClaim(
                claim["code"], place["name"] if place else claim["code"], claim["text"], by_name
            )
    return None


def _from_json(value: Any) -> Any:
    import orjson

    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _with_evidence(current: dict[str, Any] | None) -> dict[str, Any] | None:
    if current is not None:
        current["evidence"] = _from_json(current["evidence"])
    return current
