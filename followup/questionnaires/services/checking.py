"""What a document must be before it is kept, and the rows that a change holds."""

from collections.abc import Callable, Mapping
from typing import Any

from access.actor import Actor
from followup.questionnaires.errors import DraftUnfinished, InvalidDocument, in_document
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion
from followup.questionnaires.policy import openable, usable
from followup.questionnaires.schema import list_unkeepable
from followup.questionnaires.selectors.judging import find_faults
from kernel.errors import NotFound
from trail.services import record


def require_valid(
    document: object,
    questionnaire: Questionnaire | None,
    place: Callable[[str], str] = in_document,
) -> None:
    """Raises InvalidDocument with pointers into the request body."""
    faults = find_faults(document, questionnaire)
    if faults:
        raise InvalidDocument.of(faults, place)


def require_keepable(document: object, questionnaire: Questionnaire) -> None:
    """An unfinished draft may be stored, an unreadable one not. Raises InvalidDocument."""
    faults = list_unkeepable(find_faults(document, questionnaire))
    if faults:
        raise InvalidDocument.of(faults)


def require_finished(version: QuestionnaireVersion) -> None:
    """Raises DraftUnfinished with every problem of the stored draft."""
    faults = find_faults(version.document, version.questionnaire)
    if faults:
        raise DraftUnfinished.of(faults)


def lock_questionnaire(questionnaire_id: int) -> Questionnaire:
    """The row is the lock of everything below it. Raises NotFound, for a scale without licence too."""
    rows = openable(Questionnaire.objects.filter(pk=questionnaire_id)).select_for_update(of=("self",))
    row = rows.first()
    if row is None:
        raise NotFound()
    return row


def lock_version(version_id: int) -> QuestionnaireVersion:
    """With its questionnaire, locked first, always in this order. Raises NotFound."""
    found = usable(QuestionnaireVersion.objects.filter(pk=version_id))
    questionnaire_id = found.values_list("questionnaire_id", flat=True).first()
    if questionnaire_id is None:
        raise NotFound()
    questionnaire = lock_questionnaire(questionnaire_id)
    version = QuestionnaireVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is None:  # deleted while we waited
        raise NotFound()
    version.questionnaire = questionnaire
    return version


def describe_questionnaire(questionnaire: Questionnaire, document: Mapping[str, Any]) -> None:
    """The row's words follow the document that counts."""
    questionnaire.title = document["title"].strip() or questionnaire.title
    questionnaire.category = document.get("category", questionnaire.category)
    questionnaire.specialty = document.get("specialty", questionnaire.specialty)
    questionnaire.locked_scale = document.get("locked_scale", questionnaire.locked_scale)
    questionnaire.save(update_fields=["title", "category", "specialty", "locked_scale"])


def note_act(
    actor: Actor, act: str, version: QuestionnaireVersion, *, reason: str = "", **detail: Any
) -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"questionnaires.version.{act}",
        object_type="questionnaire_version", object_id=version.pk, reason=reason, key=version.questionnaire.key,
        version=version.version, digest=version.digest, **detail,
    )  # fmt: skip
