from typing import Any

from django.db import connection

from followup.programmes.criteria import parse_criteria, sentence_of
from followup.programmes.selectors import list_active_versions
from followup.screening import oracle
from followup.screening.selectors.facts import iterate_facts
from kernel.errors import NotFound


def explain(*, encounter_id: int) -> list[dict[str, Any]]:
    """Per active programme: matched, or the first condition that failed, as a sentence; no fact of the patient is
    shown. Raises NotFound."""
    facts = next(iterate_facts([encounter_id]), None)
    if facts is None:
        raise NotFound()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT programme_id FROM programmes_enrolment WHERE encounter_id = %s", [encounter_id]
        )
        enrolled = {row[0] for row in cursor.fetchall()}
    rows = []
    for plan in list_active_versions():
        failed = oracle.find_ineligibility(plan, facts)
        if failed is None:
            leaf = oracle.find_failure(plan.criteria, facts)
            failed = f"不符合条件：{sentence_of(parse_criteria(leaf))}" if leaf is not None else None
        rows.append(
            {
                "programme_id": str(plan.programme_id),
                "key": plan.key,
                "name": plan.name,
                "version": plan.version,
                "matched": failed is None,
                "enrolled": plan.programme_id in enrolled,
                "failed": failed,
            }
        )
    return rows
