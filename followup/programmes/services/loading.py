"""The shipped library comes in: as drafts for the tenant's clinicians, or signed at once (demo, tests)."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from access.actor import Actor
from followup.education.library import read_library as read_cards
from followup.education.services import load_cards
from followup.programmes.enums import OPEN_STATES
from followup.programmes.errors import DraftExists, InvalidProgramme
from followup.programmes.library import read_files, read_library
from followup.programmes.models import ProgrammeVersion
from followup.programmes.rules import find_document_faults, normalise_document
from followup.programmes.selectors.references import list_missing
from followup.programmes.services.governance import activate_version, sign_version
from followup.programmes.services.versions import save_version
from followup.questionnaires.services import load_documents
from kernel import clock
from kernel.errors import FieldError


@transaction.atomic
def load_library(
    *,
    actor: Actor,
    signer_name: str | None = None,
    starts_on: date | None = None,
    licence_no: str = "",
    unsigned: Collection[str] = (),
) -> dict[str, int]:
    """Bring the shipped forms, cards and programmes into the tenant; programme key → version id.

    Without a signer they come as drafts. With one, whatever no missing licence locks is signed and goes live, except
    the programmes named in `unsigned`, which stay drafts; discharges before `starts_on` (default: today) are not
    enrolled. What somebody of the tenant is drafting is left alone. Safe to repeat: unchanged content keeps its
    version, and what was paused or retired stays so. All or nothing: raises InvalidProgramme, InvalidDocument or
    InvalidCard with every fault of every file.
    """
    documents = read_files("programmes")
    _check(documents)
    load_cards(documents=read_cards(), actor=actor, signed_by_name=signer_name)
    forms = load_documents(
        documents=list(read_library("questionnaires")), actor=actor, signed_by_name=signer_name
    )
    day, loaded = starts_on or clock.today(), {}
    for document in documents.values():
        version = _keep(actor, document, day, forms, may_replace=signer_name is not None)
        is_ours = version.state in OPEN_STATES and version.updated_by_id is None
        is_ours = is_ours and document["key"] not in unsigned
        if signer_name is not None and is_ours and not list_missing(version):
            sign_version(actor=actor, version_id=version.pk, signer_name=signer_name, licence_no=licence_no)
            activate_version(actor=actor, version_id=version.pk)
        loaded[document["key"]] = version.pk
    return loaded


def _check(documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Every fault with its file and place."""
    errors = [
        FieldError(f"{name}#{fault.pointer}", fault.code, f"{fault.message}；{fault.cure}")
        for name, document in documents.items()
        for fault in find_document_faults(document)
    ]
    if errors:
        first = errors[0]
        raise InvalidProgramme(f"{first.pointer}：{first.message}", errors=errors)


def _keep(
    actor: Actor, document: Mapping[str, Any], starts_on: date, forms: Mapping[str, int], *, may_replace: bool
) -> ProgrammeVersion:
    line = ProgrammeVersion.objects.filter(programme__key=document["key"], institution=None)
    latest = line.order_by("-version").first()
    if latest is not None and not may_replace:
        same = line.filter(document=normalise_document(document)).order_by("-version").first()
        is_own = latest.created_by_id is not None or latest.updated_by_id is not None
        if same is not None or is_own:
            return same or latest
    try:
        return save_version(actor=actor, document=document, starts_on=starts_on, questionnaires=forms)
    except DraftExists:
        assert latest is not None
        return latest
