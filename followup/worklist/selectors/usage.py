"""Which options of a form have ever been answered: an editor may not take those away."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from followup.worklist.models import Submission

_CHOICES = frozenset({"single", "multiple"})
# Only choices are read: free text is nobody's business here.
_USED = """
WITH given AS (
  SELECT answers FROM worklist_submission WHERE questionnaire_version_id = ANY(%(versions)s::bigint[])),
one AS (
  SELECT a.key, a.value FROM given CROSS JOIN jsonb_each(given.answers) a WHERE a.key = ANY(%(choices)s::text[])
   UNION ALL
  SELECT a.key, a.value
    FROM given
   CROSS JOIN jsonb_each(given.answers) g
   CROSS JOIN jsonb_array_elements(CASE jsonb_typeof(g.value) WHEN 'array' THEN g.value ELSE '[]' END) row
   CROSS JOIN jsonb_each(CASE jsonb_typeof(row) WHEN 'object' THEN row ELSE '{}' END) a
   WHERE g.key = ANY(%(groups)s::text[]) AND a.key = ANY(%(choices)s::text[]))
SELECT one.key, array_agg(DISTINCT v.value ORDER BY v.value)
  FROM one
 CROSS JOIN jsonb_array_elements_text(
       CASE jsonb_typeof(one.value) WHEN 'array' THEN one.value ELSE jsonb_build_array(one.value) END) v
 WHERE v.value IS NOT NULL
 GROUP BY one.key
"""


def used_options(questionnaire_id: int) -> dict[str, list[str]]:
    """Link id → the options that were ever handed in, sorted; over all versions. Two queries."""
    versions = dict(
        Submission.objects.filter(questionnaire_version__questionnaire_id=questionnaire_id)
        .order_by()
        .values_list("questionnaire_version_id", "questionnaire_version__document")
        .distinct()
    )
    choices: set[str] = set()
    groups: set[str] = set()
    for document in versions.values():
        _collect(document["items"], choices, groups)
    if not choices:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _USED, {"versions": list(versions), "choices": sorted(choices), "groups": sorted(groups)}
        )
        return dict(cursor.fetchall())


def _collect(items: Iterable[Mapping[str, Any]], choices: set[str], groups: set[str]) -> None:
    for item in items:
        if item["type"] in _CHOICES:
            choices.add(item["link_id"])
        elif item["type"] == "group":
            if item.get("repeats"):
                groups.add(item["link_id"])
            _collect(item["items"], choices, groups)
