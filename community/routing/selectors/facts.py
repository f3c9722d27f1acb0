"""The facts of a set of patients, in a number of queries that does not depend on how many they are.

One patient is a set of one: there is no second way in which a decision could come about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import orjson
from django.db import connection

from community.catchments.contracts import AbsenceSpan, Area, Contract, NamedClinician
from community.catchments.rules import codes_upward
from community.catchments.selectors import (
    absences_between,
    areas_around,
    clinicians_around,
    contracts_of,
)
from community.routing.contracts import (
    BY_PERSON,
    Candidate,
    Facts,
    Override,
    PersonClaim,
    Reading,
    RegionHint,
    TownshipHospital,
)
from community.routing.rules import AUTO_FROM, path_of, places_of, read_addresses
from community.routing.rules.readings import spoken_name
from community.routing.selectors.places import alias_index, describe_place, gazetteer, home_county
from divisions.codes import level_of
from divisions.enums import DivisionLevel
from divisions.parser import DivisionRef, Gazetteer, ParsedAddress
from kernel import clock
from kernel.crypto import CannotDecrypt, decrypt_text
from organization.selectors import follow_up_desk
from records.contracts import AddressFact
from records.rules import area_code_of

# Absences that begin within this time tell the day of the next look.
_AHEAD = timedelta(days=400)
REPLACED = "division:replaced"

# One round trip for each discharge or each set of them; columns of records and organization are named here because a
# set has no selector there, and an event may be older than a merge.
_CONTEXT = """
SELECT p.id, p.merged_into_id, a.last_id, a.number, coalesce(od.name, e.department_text, ''),
       (SELECT jsonb_agg(jsonb_build_object(
                 'id', c.id, 'source', c.source, 'kind', c.kind, 'text', c.text, 'code', c.division_code,
                 'confidence', c.confidence, 'evidence', c.evidence, 'reported_at', c.reported_at,
                 'valid_from', c.valid_from, 'valid_until', c.valid_until) ORDER BY c.rank, c.id DESC)
          FROM routing_residenceclaim c WHERE c.patient_id = p.id AND c.valid_to IS NULL),
       (SELECT jsonb_agg(jsonb_build_array(ad.kind, ad.text, ad.county, ad.township, ad.village, ad.reported_at)
                         ORDER BY ad.reported_at DESC, ad.id)
          FROM records_patientaddress ad WHERE ad.patient_id = p.id AND ad.superseded_at IS NULL),
       (SELECT jsonb_build_object(
                 'institution_id', o.institution_id, 'institution_name', oi.name, 'department_id', ow.department_id,
                 'ward_id', o.ward_id, 'staff_id', s.id, 'staff_name', coalesce(s.name, ''), 'asked_by', o.asked_by,
                 'reason', o.reason, 'expires_on', o.expires_on,
                 'works', oi.is_active AND ow.is_active AND owd.is_active,
                 'is_refusal', owd.kind = 'follow_up_centre')
          FROM routing_routingoverride o
          JOIN organization_institution oi ON oi.id = o.institution_id
          JOIN organization_ward ow ON ow.id = o.ward_id
          JOIN organization_department owd ON owd.id = ow.department_id
          LEFT JOIN organization_staffmember s ON s.id = o.staff_id AND s.is_active
         WHERE o.patient_id = p.id AND o.ended_at IS NULL),
       d.id, d.encounter_id, d.state, d.rule, d.confidence, d.address_text, d.division_code, d.institution_id,
       r.department_id, d.ward_id, d.staff_id, d.evidence, r.decided_at, r.named_staff_id, r.recheck_on,
       r.routed_encounter_id
  FROM unnest(%(patients)s::bigint[], %(encounters)s::bigint[]) AS asked (patient_id, encounter_id)
  JOIN records_patient p ON p.id = asked.patient_id
 CROSS JOIN (SELECT coalesce(max(id), 0) AS last_id, count(*) FILTER (WHERE ended_at IS NULL) AS number
               FROM routing_placealias) a
  LEFT JOIN (routing_currentrouting r JOIN routing_routingdecision d ON d.id = r.decision_id)
         ON r.patient_id = p.id
  LEFT JOIN records_encounter e ON e.id = coalesce(asked.encounter_id, d.encounter_id)
  LEFT JOIN organization_department od ON od.id = e.department_id
"""
_CURRENT = (
    "id", "encounter_id", "state", "rule", "confidence", "address_text", "division_code", "institution_id",
    "department_id", "ward_id", "staff_id", "evidence", "decided_at", "named_staff_id", "recheck_on",
    "routed_encounter_id",
)  # fmt: skip
# What tells where a number was issued; asked only for addresses that leave two places or that nobody has confirmed.
_NUMBERS = """
SELECT p.id, p.id_no_enc,
       (SELECT array_agg(t.number_enc ORDER BY t.id) FROM records_patientphone t
         WHERE t.patient_id = p.id AND t.superseded_at IS NULL AND t.owner = 'self')
  FROM records_patient p WHERE p.id = ANY(%s)
"""
_HOSPITALS = """
SELECT DISTINCT ON (left(i.division_code, 9)) left(i.division_code, 9) || '000', i.id, i.name, d.id, w.id
  FROM organization_institution i
  JOIN organization_department d ON d.institution_id = i.id AND d.is_active
  JOIN organization_ward w ON w.department_id = d.id AND w.is_active AND w.kind = 'care_team'
 WHERE i.is_active AND i.kind = 'township_clinic' AND length(i.division_code) = 12
   AND right(i.division_code, 6) <> '000000'
 ORDER BY left(i.division_code, 9), i.code, w.id
"""


@dataclass(frozen=True, slots=True)
class Context:
    """What routing keeps of a patient. `current`: the columns of the decision in force; None: never routed.

    `survivor_id`: the record that this one went up in.
    """

    patient_id: int
    survivor_id: int | None
    alias_stamp: tuple[int, int]
    specialty: str
    claims: list[dict[str, Any]] = field(default_factory=list)
    addresses: tuple[AddressFact, ...] = ()
    override: Override | None = None
    current: dict[str, Any] | None = None


def load_contexts(asked: Mapping[int, int | None]) -> dict[int, Context]:
    """By patient; `asked` is patient → the encounter in question, None for that of the present decision. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTEXT, {"patients": list(asked), "encounters": list(asked.values())})
        rows = cursor.fetchall()
    return {row[0]: _shape(row) for row in rows}


def _shape(row: tuple[Any, ...]) -> Context:
    patient_id, survivor_id, last_id, number, specialty, claims, addresses, override, *columns = row
    current = dict(zip(_CURRENT, columns, strict=True)) if columns[0] is not None else None
    if current is not None:
        current["evidence"] = _from_json(current["evidence"])
    wish = _from_json(override)
    return Context(
        patient_id=patient_id,
        survivor_id=survivor_id,
        alias_stamp=(last_id, number),
        specialty=specialty,
        claims=_from_json(claims) or [],
        addresses=tuple(
            AddressFact(kind, text, county, township, village, datetime.fromisoformat(at))
            for kind, text, county, township, village, at in _from_json(addresses) or ()
        ),
        override=Override(**{**wish, "expires_on": date.fromisoformat(wish["expires_on"])}) if wish else None,
        current=current,
    )


def load_facts(contexts: Mapping[int, Context]) -> dict[int, Facts]:
    """What each decision may look at: four queries for catchments, clinicians, contracts and absences.

    One more where numbers have to tell two places apart, and those that a decision asks for (desk, township hospital).
    """
    if not contexts:
        return {}
    now, home, known = clock.now(), home_county(), gazetteer()
    today = clock.day_of(now)
    aliases = alias_index(next(iter(contexts.values())).alias_stamp)
    readings = {
        pk: _with_replaced(read_addresses(each.addresses, home, known, aliases), each.claims, known)
        for pk, each in contexts.items()
    }
    claims = {pk: _person_claims(each) if home else () for pk, each in contexts.items()}
    codes = {
        pk: frozenset(places_of(readings[pk], home) | _places_of_claims(claims[pk], home)) for pk in contexts
    }
    hints = _load_hints(readings, home)
    for pk in hints:  # a place that a number may pick
        named = (candidate.code for reading in readings[pk] for candidate in reading.candidates)
        codes[pk] |= {code for code in named if _is_place(code, home)}
    every = frozenset().union(*codes.values())
    around = _Around(every)
    contracts = {row.patient_id: row for row in contracts_of(contexts.keys(), today)}
    staff = around.staff() | {row.staff_id for row in contracts.values() if row.staff_id is not None}
    staff |= {
        each.override.staff_id for each in contexts.values() if each.override and each.override.staff_id
    }
    absences = absences_between(today, today + _AHEAD, staff) if staff else []
    away = _Away(absences)
    desk, hospital = cache(follow_up_desk), _lazy_hospitals()
    facts: dict[int, Facts] = {}
    for pk, each in contexts.items():
        areas, clinicians = around.of(codes[pk])
        contract = contracts.get(pk)
        facts[pk] = Facts(
            now=now,
            home=home,
            desk=desk,
            readings=readings[pk],
            claims=claims[pk],
            override=each.override,
            contracts=(contract,) if contract is not None else (),
            areas=areas,
            clinicians=clinicians,
            absences=away.among(clinicians, contract, each.override),
            hints=hints.get(pk, ()),
            specialty=each.specialty,
            present_institution_id=each.current["institution_id"] if each.current else None,
            township_hospital=hospital,
        )
    return facts


class _Around:
    """Areas and clinicians of all places of a set, handed out by place: equal places share one answer."""

    def __init__(self, codes: frozenset[str]) -> None:
        self._areas: dict[str, list[Area]] = {}
        self._clinicians: dict[str, list[NamedClinician]] = {}
        self._answers: dict[frozenset[str], tuple[tuple[Area, ...], tuple[NamedClinician, ...]]] = {}
        for area in areas_around(codes) if codes else ():
            self._areas.setdefault(area.division_code, []).append(area)
        for named in clinicians_around(codes) if codes else ():
            self._clinicians.setdefault(named.division_code, []).append(named)

    def staff(self) -> set[int]:
        return {named.staff_id for rows in self._clinicians.values() for named in rows}

    def of(self, codes: frozenset[str]) -> tuple[tuple[Area, ...], tuple[NamedClinician, ...]]:
        if codes not in self._answers:
            upward = sorted({each for code in codes for each in codes_upward(code)})
            self._answers[codes] = (
                tuple(row for code in upward for row in self._areas.get(code, ())),
                tuple(row for code in upward for row in self._clinicians.get(code, ())),
            )
        return self._answers[codes]


class _Away:
    """The absences that can matter to one decision: its people, their deputies, their deputies' deputies."""

    def __init__(self, absences: Iterable[AbsenceSpan]) -> None:
        self._by_staff: dict[int, list[AbsenceSpan]] = {}
        for span in absences:
            self._by_staff.setdefault(span.staff_id, []).append(span)

    def among(
        self, clinicians: Iterable[NamedClinician], contract: Contract | None, wish: Override | None
    ) -> tuple[AbsenceSpan, ...]:
        if not self._by_staff:
            return ()
        wanted = [named.staff_id for named in clinicians]
        wanted += [
            each.staff_id for each in (contract, wish) if each is not None and each.staff_id is not None
        ]
        seen, found = set(wanted), []
        while wanted:
            for span in self._by_staff.get(wanted.pop(), ()):
                found.append(span)
                if span.deputy_id is not None and span.deputy_id not in seen:
                    seen.add(span.deputy_id)
                    wanted.append(span.deputy_id)
        return tuple(dict.fromkeys(found))


def _person_claims(context: Context) -> tuple[PersonClaim, ...]:
    found = []
    for claim in context.claims:
        if claim["source"] not in BY_PERSON:
            continue
        place = describe_place(claim["code"])
        by_name = next((str(key[3:]) for key in claim["evidence"] if str(key).startswith("by:")), "")
        found.append(
            PersonClaim(
                claim["code"], place["name"] if place else claim["code"], claim["text"], by_name, claim["source"],
                claim["kind"], datetime.fromisoformat(claim["reported_at"]), _date(claim["valid_from"]),
                _date(claim["valid_until"]),
            )
        )  # fmt: skip
    return tuple(found)


def _places_of_claims(claims: Iterable[PersonClaim], home: str) -> set[str]:
    return {claim.division_code for claim in claims if _is_place(claim.division_code, home)}


def _is_place(code: str, home: str) -> bool:
    return bool(home) and code.startswith(home[:6]) and level_of(code) >= DivisionLevel.TOWNSHIP


def _with_replaced(
    readings: tuple[Reading, ...], claims: Iterable[Mapping[str, Any]], known: Gazetteer
) -> tuple[Reading, ...]:
    """The name of a division that is gone is in no list any more: the claim that re-mapped it reads it."""
    replaced = {(claim["source"], claim["text"]): claim for claim in claims if REPLACED in claim["evidence"]}
    if not replaced:
        return readings
    return tuple(
        _read_as(reading, claim, known)
        if (claim := replaced.get((reading.source, reading.text))) is not None
        else reading
        for reading in readings
    )


def _read_as(reading: Reading, claim: Mapping[str, Any], known: Gazetteer) -> Reading:
    levels: dict[int, DivisionRef] = {level_of(ref.code): ref for ref in known.path(claim["code"])}
    parsed = ParsedAddress(
        county=levels.get(DivisionLevel.COUNTY),
        township=levels.get(DivisionLevel.TOWNSHIP),
        village=levels.get(DivisionLevel.VILLAGE),
        confidence=float(claim["confidence"]),
        evidence=tuple(key for key in claim["evidence"] if not key.startswith("source:")),
        detail=reading.parsed.detail,
        rest=reading.parsed.rest,
    )
    if parsed.township is None:
        return reading
    ref = parsed.village or parsed.township
    place = Candidate(ref.code, spoken_name(ref.name), path_of(ref.code, known))
    return replace(reading, parsed=parsed, candidates=(place,))


def _load_hints(readings: Mapping[int, tuple[Reading, ...]], home: str) -> dict[int, tuple[RegionHint, ...]]:
    asked: dict[int, set[str]] = {}
    for pk, each in readings.items():
        doubtful = [reading for reading in each if reading.parsed.confidence < AUTO_FROM]
        codes = {candidate.code for reading in doubtful for candidate in reading.candidates}
        if home and codes:
            asked[pk] = codes
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [list(asked)])
        rows = cursor.fetchall()
    return {pk: hints for pk, sealed, phones in rows if (hints := _hints_of(sealed, phones, asked[pk]))}


def _hints_of(sealed: Any, phones: list[Any] | None, codes: set[str]) -> tuple[RegionHint, ...]:
    hints: list[RegionHint] = []
    id_no = _open(sealed)
    if len(id_no) == 18:
        hints.append(RegionHint("id", (id_no[:6],)))
    for number in map(_open, phones or ()):
        # A mobile's number range says nothing reliable since numbers may be taken along; a landline's area code does.
        regions = {code[:6] for code in codes if _has_area_code(number, code)}
        if regions:
            hints.append(RegionHint("phone", tuple(sorted(regions))))
    return tuple(hints)


def _has_area_code(number: str, division_code: str) -> bool:
    area = area_code_of(division_code)
    return bool(area) and number.startswith(area)


def _open(sealed: Any) -> str:
    if sealed is None:
        return ""
    try:
        return decrypt_text(bytes(sealed))
    except CannotDecrypt:
        return ""


def _lazy_hospitals() -> Any:
    @cache
    def load() -> dict[str, TownshipHospital]:
        with connection.cursor() as cursor:
            cursor.execute(_HOSPITALS)
            return {row[0]: TownshipHospital(*row[1:]) for row in cursor.fetchall()}

    return lambda township: load().get(township)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _from_json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value
