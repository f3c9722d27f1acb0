from dataclasses import asdict
from typing import Any

from django.db.models import Case, Q, Value, When

from access.actor import Actor
from access.functions import Function
from followup.programmes.criteria import describe, find_warnings
from followup.programmes.enums import OPEN_STATES, VersionState
from followup.programmes.models import ProgrammeVersion
from followup.programmes.rules import diff_documents, find_document_faults, normalise_document
from followup.programmes.selectors.catalogue import find_unknown_codes
from followup.programmes.selectors.references import find_unknown_references, list_missing
from kernel.errors import InvalidInput, NotFound

# What counts for a line: what runs, what waits to run again, else the newest.
CURRENT = Case(
    When(state=VersionState.ACTIVE, then=Value(0)),
    When(state=VersionState.PAUSED, then=Value(1)),
    When(state=VersionState.SIGNED, then=Value(2)),
    When(state=VersionState.RETIRED, then=Value(4)),
    default=Value(3),
)


def find_current(programme_id: int, institution_id: int | None) -> ProgrammeVersion | None:
    """The version that stands for a line; None when the line has none."""
    return (
        ProgrammeVersion.objects.filter(Q(institution_id=institution_id), programme_id=programme_id)
        .order_by(CURRENT, "-version")
        .first()
    )


def list_local_institutions(*, programme_id: int | None = None, key: str = "") -> tuple[int, ...]:
    """Institutions whose discharges a line of their own keeps away from the county's, be it running or paused.
    By the programme's id, else by its key. One query."""
    lines = ProgrammeVersion.objects.filter(
        Q(programme__key=key) if programme_id is None else Q(programme_id=programme_id),
        state__in=[VersionState.ACTIVE, VersionState.PAUSED],
        institution__isnull=False,
    )
    ids = lines.order_by("institution_id").values_list("institution_id", flat=True)
    return tuple(pk for pk in ids.distinct() if pk is not None)


def get_version_detail(actor: Actor, version_id: int) -> dict[str, Any]:
    """ProgrammeVersionDetail. Raises NotFound."""
    version = _get_version(version_id)
    county_id = None
    if version.institution_id is not None:
        county = find_current(version.programme_id, None)
        county_id = None if county is None or county.state in OPEN_STATES else county.pk
    missing = list_missing(version)
    return {
        "id": str(version.pk),
        "programme_id": str(version.programme_id),
        "key": version.programme.key,
        "name": version.document.get("name") or version.programme.name,
        "kind": version.document.get("kind") or version.programme.kind,
        "specialty": version.document.get("specialty") or version.programme.specialty,
        "version": version.version,
        "state": version.state,
        "state_note": version.state_note,
        "revision": version.revision,
        "document": version.document,
        "criteria_text": version.criteria_text,
        "institution_id": _text(version.institution_id),
        "institution_name": None if version.institution is None else version.institution.name,
        "base_version_id": _text(version.base_version_id),
        # The county's version of today, when the local line was taken from an older one.
        "newer_base_version_id": _text(county_id) if county_id != version.base_version_id else None,
        "local_reason": version.local_reason,
        "starts_on": version.starts_on,
        "created_at": version.created_at,
        "created_by_name": version.created_by_name,
        "updated_at": version.updated_at,
        "updated_by_name": version.updated_by_name,
        "reviewed_by_name": version.reviewed_by_name,
        "reviewed_at": version.reviewed_at,
        "signed_by_name": version.signed_by_name,
        "signer_licence_no": version.signer_licence_no,
        "signed_at": version.signed_at,
        "activated_at": version.activated_at,
        "retired_at": version.retired_at,
        "missing": missing,
        "can": _list_acts(actor, version, is_whole=not missing),
    }


def _get_version(version_id: int) -> ProgrammeVersion:
    found = ProgrammeVersion.objects.select_related("programme", "institution").filter(pk=version_id).first()
    if found is None:
        raise NotFound()
    return found


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _list_acts(actor: Actor, version: ProgrammeVersion, *, is_whole: bool) -> dict[str, bool]:
    edits, signs = actor.can(Function.PROGRAMMES_EDIT), actor.can(Function.PROGRAMMES_SIGN)
    activates, state = actor.can(Function.PROGRAMMES_ACTIVATE), version.state
    is_mine = version.updated_by_id is not None and version.updated_by_id == actor.id
    running = {VersionState.ACTIVE, VersionState.PAUSED, VersionState.SIGNED}
    return {
        "edit": edits and state in OPEN_STATES,
        "delete": edits and state in OPEN_STATES,
        "review": edits and state == VersionState.DRAFT,
        "return": (edits or signs) and state == VersionState.REVIEWED,
        "sign": signs and state == VersionState.REVIEWED and not is_mine and is_whole,
        "activate": activates and state in {VersionState.SIGNED, VersionState.PAUSED} and is_whole,
        "pause": activates and state == VersionState.ACTIVE,
        "retire": activates and state in running,
    }


def diff_version(version_id: int, against_id: int | None = None) -> dict[str, Any]:
    """What this version changes against another of its programme; without one, against the county's version that a
    local one was taken from, or the version before it on its line. Raises NotFound, InvalidInput."""
    version = _get_version(version_id)
    if against_id is not None:
        against = ProgrammeVersion.objects.filter(pk=against_id, programme_id=version.programme_id).first()
        if against is None:
            raise InvalidInput.at("?against", "unknown_version", "此随访路径没有这个版本，请另选一个")
    else:
        line = ProgrammeVersion.objects.filter(
            Q(institution_id=version.institution_id), programme_id=version.programme_id
        )
        against = (
            version.base_version or line.filter(version__lt=version.version).order_by("-version").first()
        )
    # A version from before documents were kept has nothing to compare.
    is_comparable = against is not None and against.document and version.document
    changes = diff_documents(against.document, version.document) if against and is_comparable else []
    return {
        "against": None
        if against is None
        else {"version_id": str(against.pk), "version": against.version, "state": against.state},
        "changes": [asdict(change) for change in changes],
    }


def judge_document(document: object) -> dict[str, Any]:
    """The editor's check of a document that is being written: faults, warnings, the criteria as sentences."""
    faults = find_document_faults(document)
    criteria: Any = document.get("criteria") if isinstance(document, dict) else None
    is_readable = not any(fault.pointer.startswith("/criteria") for fault in faults) and criteria is not None
    found = [*find_warnings(criteria), *find_unknown_codes(criteria)] if is_readable else []
    warnings = [{**asdict(warning), "pointer": f"/criteria{warning.pointer}"} for warning in found]
    if not faults:
        assert isinstance(document, dict)
        faults = find_unknown_references(normalise_document(document))
    return {
        "faults": [asdict(fault) for fault in faults],
        "warnings": warnings,
        "criteria_text": describe(criteria) if is_readable else [],
    }
