"""draft → reviewed → signed → active ⇄ paused → retired, and back to draft from reviewed."""

import re
from datetime import date

from django.db import transaction
from django.db.models import Q

from access.actor import Actor
from access.functions import Function
from followup.programmes.enums import OPEN_STATES, VersionState
from followup.programmes.errors import (
    EditorCannotSign,
    ReferencesNotSigned,
    SignerMissing,
    VersionNotDraft,
    VersionNotRetirable,
    VersionNotReviewed,
    VersionNotRunning,
    VersionNotSigned,
)
from followup.programmes.models import ProgrammeVersion
from followup.programmes.selectors.references import list_missing, name_reference, resolve_forms
from followup.programmes.services.filling import (
    bind_forms,
    check_document,
    describe_programme,
    lock_version,
    note,
)
from kernel import clock
from kernel.errors import InvalidInput, NotAllowed

# 医师执业证书编码.
_LICENCE_NO = re.compile(r"\d{15}", re.ASCII)


@transaction.atomic
def review_version(*, actor: Actor, version_id: int, note_text: str = "") -> None:
    """Read as a whole and handed to the signer. Raises NotFound, VersionNotDraft, InvalidProgramme (unfinished)."""
    version = lock_version(version_id)
    if version.state != VersionState.DRAFT:
        raise VersionNotDraft("只有草稿可以审阅")
    check_document(version.document, prefix="/document")
    version.state, version.state_note = VersionState.REVIEWED, note_text.strip()
    version.reviewed_by_name, version.reviewed_at = actor.name, clock.now()
    version.save(update_fields=["state", "state_note", "reviewed_by_name", "reviewed_at"])
    note(actor, "reviewed", version, note_text.strip())


@transaction.atomic
def return_version(*, actor: Actor, version_id: int, note_text: str) -> None:
    """Back to its author; whoever edits or signs may. Raises NotAllowed, NotFound, VersionNotReviewed."""
    if not (actor.can(Function.PROGRAMMES_EDIT) or actor.can(Function.PROGRAMMES_SIGN)):
        raise NotAllowed()
    version = lock_version(version_id)
    if version.state != VersionState.REVIEWED:
        raise VersionNotReviewed("只有已审阅的版本可以退回修改")
    version.state, version.state_note = VersionState.DRAFT, _required(note_text, "/note", "请写明退回的原因")
    version.reviewed_by_name, version.reviewed_at = "", None
    version.save(update_fields=["state", "state_note", "reviewed_by_name", "reviewed_at"])
    note(actor, "returned", version, version.state_note)


@transaction.atomic
def sign_reviewed_version(*, actor: Actor, version_id: int, licence_no: str) -> None:
    """A clinician answers for it with name and licence.

    Raises NotFound, VersionNotReviewed, EditorCannotSign, ReferencesNotSigned; InvalidInput for a wrong number.
    """
    version = lock_version(version_id)
    if version.state not in OPEN_STATES:
        raise VersionNotDraft()
    if version.state != VersionState.REVIEWED:
        raise VersionNotReviewed()
    if version.updated_by_id is not None and version.updated_by_id == actor.id:
        raise EditorCannotSign()
    if not _LICENCE_NO.fullmatch(licence_no):
        raise InvalidInput.at("/licence_no", "invalid_licence_no", "执业证书编码应为 15 位数字，请核对证书")
    _sign(actor, version, actor.name, licence_no)


@transaction.atomic
def sign_version(
    *, actor: Actor, version_id: int, signer_name: str, licence_no: str = ""
) -> ProgrammeVersion:
    """Sign in the name of a clinician who has read it elsewhere (set-up of a tenant), draft or reviewed.

    Raises NotFound, VersionNotDraft, SignerMissing, ReferencesNotSigned.
    """
    version = lock_version(version_id)
    if version.state not in OPEN_STATES:
        raise VersionNotDraft()
    if not signer_name.strip():
        raise SignerMissing()
    _sign(actor, version, signer_name.strip(), licence_no)
    return version


def _sign(actor: Actor, version: ProgrammeVersion, name: str, licence_no: str) -> None:
    _require_signed_references(version, "签署")
    bind_forms(version, resolve_forms(version.document))
    version.state, version.signed_by_name, version.signed_at = VersionState.SIGNED, name, clock.now()
    version.signer_licence_no, version.state_note = licence_no, ""
    version.save()
    note(actor, "signed", version, digest=version.digest, signed_by=name)


@transaction.atomic
def activate_version(*, actor: Actor, version_id: int, starts_on: date | None = None) -> ProgrammeVersion:
    """Screen with this version from now on, or again after a pause; what its line ran before retires, its patients
    stay on it. `starts_on`: discharges before that day are not enrolled.

    Raises NotFound, VersionNotSigned, ReferencesNotSigned. Activating the active version again changes nothing.
    """
    version = lock_version(version_id)
    if version.state == VersionState.ACTIVE:
        return version
    if version.state not in {VersionState.SIGNED, VersionState.PAUSED}:
        raise VersionNotSigned("该版本已停用，不能再启用；请以它为底稿新建草稿" if version.retired_at else "")
    _require_signed_references(version, "启用")
    now = clock.now()
    line = version.programme.versions.filter(Q(institution_id=version.institution_id)).exclude(pk=version.pk)
    line.filter(state__in=[VersionState.ACTIVE, VersionState.PAUSED]).update(
        state=VersionState.RETIRED, retired_at=now, state_note=f"由第 {version.version} 版接替"
    )
    version.state, version.activated_at, version.state_note = VersionState.ACTIVE, now, ""
    version.starts_on = starts_on or version.starts_on
    version.save(update_fields=["state", "activated_at", "state_note", "starts_on"])
    if version.institution_id is None and version.document:
        describe_programme(version.programme, version.document)
    note(actor, "activated", version)
    return version


@transaction.atomic
def pause_version(*, actor: Actor, version_id: int, reason: str) -> None:
    """Nobody new is enrolled; who is on it goes on. A paused local line keeps its institution's discharges away from
    the county's version. Raises NotFound, VersionNotRunning, InvalidInput."""
    version = lock_version(version_id)
    if version.state != VersionState.ACTIVE:
        raise VersionNotRunning()
    version.state, version.state_note = VersionState.PAUSED, _required(reason, "/reason", "请填写暂停原因")
    version.save(update_fields=["state", "state_note"])
    note(actor, "paused", version, version.state_note)


@transaction.atomic
def retire_version(*, actor: Actor, version_id: int, reason: str) -> None:
    """For good; who is on it goes on. The institution of a local line follows the county's version again.

    Raises NotFound, VersionNotRetirable, InvalidInput.
    """
    version = lock_version(version_id)
    if version.state not in {VersionState.SIGNED, VersionState.ACTIVE, VersionState.PAUSED}:
        raise VersionNotRetirable()
    version.state, version.retired_at = VersionState.RETIRED, clock.now()
    version.state_note = _required(reason, "/reason", "请填写停用原因")
    version.save(update_fields=["state", "retired_at", "state_note"])
    note(actor, "retired", version, version.state_note)


def _require_signed_references(version: ProgrammeVersion, act: str) -> None:
    missing = list_missing(version)
    if missing:
        names = "、".join(name_reference(each) for each in missing)
        raise ReferencesNotSigned(f"{names}尚不能使用，请先签署后再{act}本路径", missing=missing)


def _required(text: str, pointer: str, message: str) -> str:
    if not text.strip():
        raise InvalidInput.at(pointer, "required", message)
    return text.strip()
