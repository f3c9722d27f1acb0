"""draft → reviewed → signed → retired, and back to draft from reviewed."""

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from followup.education.enums import CardState
from followup.education.errors import (
    AuthorCannotSign,
    InvalidCard,
    NotDraft,
    NotReviewed,
    NotSigned,
)
from followup.education.models import EducationCardVersion
from followup.education.rules import is_licence_no, validate_card
from followup.education.selectors import document_of
from followup.education.services.drafts import fields_of
from followup.education.services.locking import describe_card, lock_version, note
from kernel import clock
from kernel.errors import InvalidInput, NotAllowed


@transaction.atomic
def review_version(*, actor: Actor, version_id: int, note_text: str = "") -> None:
    """Raises NotAllowed, NotFound, NotDraft; InvalidCard for an unfinished text."""
    actor.require(Function.EDUCATION_EDIT)
    version = lock_version(version_id)
    if version.state != CardState.DRAFT:
        raise NotDraft()
    _check(version)
    version.state = CardState.REVIEWED
    version.note = note_text.strip()
    version.reviewed_by_name, version.reviewed_at = actor.name, clock.now()
    version.save(update_fields=["state", "note", "reviewed_by_name", "reviewed_at"])
    note(actor, "reviewed", version, version.note)


@transaction.atomic
def return_version(*, actor: Actor, version_id: int, note_text: str) -> None:
    """Back to its author with a note. Raises NotAllowed, NotFound, NotReviewed, InvalidInput without a note."""
    _require_either(actor)
    version = lock_version(version_id)
    if version.state != CardState.REVIEWED:
        raise NotReviewed("只有已审阅的版本可以退回修改")
    version.state, version.note = CardState.DRAFT, _required(note_text, "/note", "请写明退回的原因")
    version.reviewed_by_name, version.reviewed_at = "", None
    version.save(update_fields=["state", "note", "reviewed_by_name", "reviewed_at"])
    note(actor, "returned", version, version.note)


@transaction.atomic
def sign_version(*, actor: Actor, version_id: int, licence_no: str) -> None:
    """A clinician answers for the text with name and licence number; the version before it retires.

    Raises NotAllowed, NotFound, NotReviewed, AuthorCannotSign, InvalidCard; InvalidInput for a wrong number.
    """
    actor.require(Function.EDUCATION_SIGN)
    version = lock_version(version_id)
    if version.state != CardState.REVIEWED:
        raise NotReviewed()
    if version.updated_by_id is not None and version.updated_by_id == actor.id:
        raise AuthorCannotSign()
    if not is_licence_no(licence_no):
        raise InvalidInput.at("/licence_no", "invalid_licence_no", "执业证书编码应为 15 位数字，请核对证书")
    _check(version)
    sign(actor, version, name=actor.name, licence_no=licence_no)


@transaction.atomic
def retire_version(*, actor: Actor, version_id: int, reason: str) -> None:
    """No patient is sent this text any more. Raises NotAllowed, NotFound, NotSigned, InvalidInput."""
    _require_either(actor)
    version = lock_version(version_id)
    if version.state != CardState.SIGNED:
        raise NotSigned()
    version.note = _required(reason, "/reason", "请填写停用原因")
    version.state, version.retired_at = CardState.RETIRED, clock.now()
    version.save(update_fields=["state", "note", "retired_at"])
    note(actor, "retired", version, version.note)


def sign(actor: Actor, version: EducationCardVersion, *, name: str, licence_no: str = "") -> None:
    """The card is locked and the text is whole."""
    now = clock.now()
    version.card.versions.filter(state=CardState.SIGNED).update(state=CardState.RETIRED, retired_at=now)
    version.state = CardState.SIGNED
    version.signed_by_name, version.signer_licence_no, version.signed_at = name, licence_no, now
    version.save()
    describe_card(version)
    note(actor, "signed", version, digest=version.digest, signed_by=name)


def _check(version: EducationCardVersion) -> None:
    faults = validate_card(document_of(version))
    if faults:
        raise InvalidCard("宣教内容还不完整，请先补全再继续", errors=fields_of(faults, "/document"))


def _require_either(actor: Actor) -> None:
    if not (actor.can(Function.EDUCATION_EDIT) or actor.can(Function.EDUCATION_SIGN)):
        raise NotAllowed()


def _required(text: str, pointer: str, message: str) -> str:
    if not text.strip():
        raise InvalidInput.at(pointer, "required", message)
    return text.strip()
