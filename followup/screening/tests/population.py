"""Very many synthetic patients with one stay each, by a few statements: for benchmarks and large tests."""

from datetime import date

from django.db import connection

from kernel import clock

# 40 stems, half of them of the shipped paths; 12 operations.
STEMS = [
    "I10",
    "I110",
    "I119",
    "I120",
    "I130",
    "I200",
    "I209",
    "I210",
    "I214",
    "I219",
    "I251",
    "I480",
    "I500",
    "I509",
    "I630",
    "I639",
    "E110",
    "E119",
    "E149",
    "J440",
    "J449",
    "J180",
    "J189",
    "K250",
    "K259",
    "K850",
    "C340",
    "C349",
    "C509",
    "N180",
    "N189",
    "M170",
    "M171",
    "S720",
    "S721",
    "O800",
    "H250",
    "F320",
    "M109",
    "Z511",
]
OPERATION_STEMS = [
    "8151",
    "8152",
    "8154",
    "8155",
    "0066",
    "3606",
    "3607",
    "4701",
    "5123",
    "0640",
    "1341",
    "7936",
]


def make_population(
    *, first: int, count: int, last_day: date, days: int = 60, routed_percent: int = 90
) -> None:
    """`count` patients with one discharged stay each, numbered from `first`; fixed by the numbers alone.

    1–3 diagnoses, an operation in three of ten, spread over the tenant's inpatient wards and care teams.
    """
    values = {
        "first": first, "last": first + count - 1, "now": clock.now(), "last_day": last_day, "days": days,
        "stems": STEMS, "operations": OPERATION_STEMS, "routed": routed_percent,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in _POPULATION:
            cursor.execute(statement, values)


# A cheap, well-spread number for (row, purpose): the same on every machine.
_MIX = "((({0}::bigint * 2654435761 + {1} * 40503) %% 4294967291) * 48271 %% 1000003)::int"


def _mix(row: str, purpose: int) -> str:
    return _MIX.format(row, purpose)


_POPULATION = (
    """
    INSERT INTO records_patient (id, name, name_masked, name_initials, sex, id_no_hash, id_no_masked, id_no_last4,
                                 needs_review, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT n, '测试' || n, '测**', '', CASE WHEN """ + _mix("n", 1) + """ %% 2 = 0 THEN 'M' ELSE 'F' END, '', '', '',
           '', %(now)s, %(now)s FROM generate_series(%(first)s, %(last)s) n
    """,
    """
    WITH wards AS (SELECT array_agg(w.id ORDER BY w.id) AS ids FROM organization_ward w WHERE w.kind = 'inpatient')
    INSERT INTO records_encounter (id, patient_id, kind, status, source_system, source_id, inpatient_no,
        institution_id, department_id, ward_id, department_text, ward_text, attending_no, attending_name,
        admitted_at, discharged_at,
        discharged_on, age_at_discharge, disposition, main_diagnosis, source_updated_at, revision,
        created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT x.n, x.n, CASE WHEN """ + _mix("x.n", 2) + """ %% 20 = 0 THEN 'outpatient' ELSE 'inpatient' END,
           'discharged', 'BENCH', 'B' || x.n, '', d.institution_id, d.id, w.id, '', '', '', '', NULL, NULL,
           %(last_day)s::date - (""" + _mix("x.n", 3) + """ %% %(days)s)::int, (""" + _mix("x.n", 4) + """ %% 96)::int,
           CASE WHEN """ + _mix("x.n", 5) + """ %% 100 = 0 THEN 'death' ELSE 'home' END, '', %(now)s,
           pg_current_xact_id()::text::bigint, %(now)s, %(now)s
      FROM (SELECT n, wards.ids[1 + (""" + _mix("n", 6) + """ %% cardinality(wards.ids))] AS ward_id
              FROM wards, generate_series(%(first)s, %(last)s) n) x
      JOIN organization_ward w ON w.id = x.ward_id JOIN organization_department d ON d.id = w.department_id
    """,
    """
    INSERT INTO records_diagnosis (encounter_id, kind, seq, is_main, icd10, icd10_stem, name)
    SELECT n, 'discharge', k, k = 1, stem || '00', stem, '' FROM (
      SELECT n, k, (%(stems)s::text[])[1 + """ + _mix("n", 7) + """ * k %% cardinality(%(stems)s::text[])] AS stem
        FROM generate_series(%(first)s, %(last)s) n, generate_series(1, 3) k
       WHERE k <= 1 + """ + _mix("n", 8) + """ %% 3) y
    """,
    """
    INSERT INTO records_operation (encounter_id, seq, code, code_stem, name, surgeon, operated_on)
    SELECT e.id, 1, stem, stem, '', '', CASE WHEN e.id %% 10 = 0 THEN NULL ELSE e.discharged_on - 5 END
      FROM records_encounter e, LATERAL (SELECT (%(operations)s::text[])[1 + """ + _mix("e.id", 9) + """
           %% cardinality(%(operations)s::text[])] AS stem) z
     WHERE e.id BETWEEN %(first)s AND %(last)s AND """ + _mix("e.id", 10) + """ %% 10 < 3
    """,
    """
    INSERT INTO routing_routingdecision (id, patient_id, encounter_id, state, rule, confidence, evidence, candidates,
        address_text, division_code, why, decided_by_name, decided_at)
    OVERRIDING SYSTEM VALUE
    SELECT n, n, n, 'auto', 'bench', 1, '[]', '[]', '', '', '', '', %(now)s
      FROM generate_series(%(first)s, %(last)s) n WHERE """ + _mix("n", 11) + """ %% 100 < %(routed)s
    """,
    """
    WITH teams AS (SELECT array_agg(w.id ORDER BY w.id) AS ids FROM organization_ward w WHERE w.kind = 'care_team')
    INSERT INTO routing_currentrouting (patient_id, decision_id, state, division_code, institution_id, department_id,
                                        ward_id, decided_at)
    SELECT x.n, x.n, 'auto', left(i.division_code, 9) || '201', i.id, d.id, w.id, %(now)s
      FROM (SELECT r.id AS n, teams.ids[1 + (""" + _mix("r.id", 12) + """ %% cardinality(teams.ids))] AS ward_id
              FROM teams, routing_routingdecision r WHERE r.id BETWEEN %(first)s AND %(last)s) x
      JOIN organization_ward w ON w.id = x.ward_id JOIN organization_department d ON d.id = w.department_id
      JOIN organization_institution i ON i.id = d.institution_id
    """,
)  # fmt: skip
