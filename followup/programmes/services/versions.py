"""Content that comes as a document from code or from the shipped library, not from an editor."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from access.actor import Actor
from followup.programmes.enums import OPEN_STATES
from followup.programmes.errors import DraftExists
from followup.programmes.models import Programme, ProgrammeVersion
from followup.programmes.selectors.references import resolve_forms
from followup.programmes.services.drafts import add_draft, refill_draft
from followup.programmes.services.filling import (
    check_document,
    describe_programme,
    has_been_signed,
    lock_programme,
)


@transaction.atomic
def save_version(
    *,
    actor: Actor,
    document: Mapping[str, Any],
    starts_on: date,
    questionnaires: Mapping[str, int] | None = None,
) -> ProgrammeVersion:
    """Keep the document as a draft on the county's line, or return its newest version if that already says this.

    `questionnaires` gives the version's id of forms that the steps name; others are looked up. A draft that nobody
    here has edited is overwritten. Raises InvalidProgramme with every fault of the document, DraftExists.
    """
    forms = dict(questionnaires or {})
    normalised = check_document(document, is_complete=False, known_forms=forms)
    values = {each: normalised[each] for each in ("name", "kind", "specialty")}
    programme, _ = Programme.objects.get_or_create(key=normalised["key"], defaults=values)
    # A second loader waits here and then finds what the first one saved.
    programme = lock_programme(programme.pk)
    latest = programme.versions.filter(institution=None).order_by("-version").first()
    if latest is not None and latest.document == normalised:
        wanted = {**resolve_forms(normalised), **forms}
        if latest.state in OPEN_STATES or _is_bound_to(latest, wanted):
            return latest
    if not has_been_signed(programme):
        describe_programme(programme, normalised)
    if latest is None or latest.state not in OPEN_STATES:
        return add_draft(actor, programme, normalised, starts_on)
    if latest.updated_by_id is not None:
        raise DraftExists(version_id=str(latest.pk))
    latest.starts_on = starts_on
    refill_draft(actor, latest, normalised)
    return latest


def _is_bound_to(version: ProgrammeVersion, forms: Mapping[str, int]) -> bool:
    bound = dict(version.steps.values_list("code", "questionnaire_version_id"))
    return bound == {
        step["code"]: forms.get(step["questionnaire"] or "") for step in version.document["steps"]
    }
