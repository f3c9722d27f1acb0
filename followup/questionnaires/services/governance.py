"""draft → reviewed → signed → retired: nobody signs what they wrote, and what is signed never changes."""

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from followup.questionnaires.enums import VersionState
from followup.questionnaires.errors import AuthorSigns, WrongState
from followup.questionnaires.models import QuestionnaireVersion
from followup.questionnaires.rules import is_licence_no
from followup.questionnaires.services.checking import (
    describe_questionnaire,
    lock_version,
    note_act,
    require_finished,
)
from kernel import clock, events
from kernel.errors import InvalidInput, NotAllowed


@transaction.atomic
def review_version(*, actor: Actor, version_id: int, note: str = "") -> None:
    """Raises NotFound, WrongState, DraftUnfinished."""
    version = _lock_in(version_id, VersionState.DRAFT, "只有草稿可以提交审阅")
    require_finished(version)
    version.state, version.note = VersionState.REVIEWED, note.strip()
    version.reviewed_by_name, version.reviewed_at = actor.name, clock.now()
    version.save(update_fields=["state", "note", "reviewed_by_name", "reviewed_at"])
    note_act(actor, "reviewed", version, reason=version.note)


@transaction.atomic
def return_version(*, actor: Actor, version_id: int, note: str) -> None:
    """Send a reviewed draft back: the reviewer's and the signer's right. Raises NotFound, NotAllowed, WrongState."""
    if not (actor.can(Function.QUESTIONNAIRES_EDIT) or actor.can(Function.QUESTIONNAIRES_SIGN)):
        raise NotAllowed()
    version = _lock_in(version_id, VersionState.REVIEWED, "只有已审阅、未签署的版本可以退回")
    version.state, version.note = VersionState.DRAFT, _require_text(note, "/note", "请写明退回的原因")
    version.reviewed_by_name, version.reviewed_at = "", None
    version.save(update_fields=["state", "note", "reviewed_by_name", "reviewed_at"])
    note_act(actor, "returned", version, reason=version.note)


@transaction.atomic
def sign_version(*, actor: Actor, version_id: int, licence_no: str) -> None:
    """Raises NotFound, WrongState, AuthorSigns, InvalidInput, DraftUnfinished.

    The document is judged once more: answers may have come in since the draft was saved.
    """
    if not is_licence_no(licence_no):
        raise InvalidInput.at("/licence_no", "licence_no", "请填写 15 位数字的执业证书编码")
    version = _lock_in(version_id, VersionState.REVIEWED, "先审阅，后签署")
    if version.updated_by_id is not None and version.updated_by_id == actor.id:
        raise AuthorSigns()
    require_finished(version)
    version.state, version.signed_at = VersionState.SIGNED, clock.now()
    version.signed_by_name, version.signer_licence_no = actor.name, licence_no
    version.save(update_fields=["state", "signed_at", "signed_by_name", "signer_licence_no"])
    describe_questionnaire(version.questionnaire, version.document)
    note_act(actor, "signed", version, signed_by=actor.name)
    _publish("questionnaire.signed", version)


@transaction.atomic
def retire_version(*, actor: Actor, version_id: int, reason: str) -> None:
    """What runs stays on it; nothing new starts with it. Raises NotFound, WrongState."""
    version = _lock_in(version_id, VersionState.SIGNED, "只有已签署的版本可以停用")
    text = _require_text(reason, "/reason", "请写明停用的原因")
    version.state, version.retired_at, version.note = VersionState.RETIRED, clock.now(), text
    version.save(update_fields=["state", "retired_at", "note"])
    note_act(actor, "retired", version, reason=text)
    _publish("questionnaire.retired", version)


def _lock_in(version_id: int, state: VersionState, message: str) -> QuestionnaireVersion:
    version = lock_version(version_id)
    if version.state != state:
        raise WrongState(f"{message}；此版本现在是“{VersionState(version.state).label}”")
    return version


def _require_text(text: str, pointer: str, message: str) -> str:
    if not text.strip():
        raise InvalidInput.at(pointer, "required", message)
    return text.strip()


def _publish(event: str, version: QuestionnaireVersion) -> None:
    events.publish(event, version_id=version.pk, questionnaire_key=version.questionnaire.key)
