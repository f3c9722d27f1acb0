from collections.abc import Sequence
from typing import Any

from django.db import transaction

from access.actor import Actor
from followup.questionnaires.errors import InvalidDocument
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion, VersionState
from followup.questionnaires.rules import compute_digest
from followup.questionnaires.schema import validate_document
from kernel import clock
from kernel.errors import FieldError, InvalidInput
from trail.services import record


@transaction.atomic
def load_documents(
    *, documents: Sequence[dict[str, Any]], signed_by_name: str, actor: Actor
) -> dict[str, int]:
    """Store each document as a signed version of its questionnaire; returns key → version id.

    A document that is the same as the newest version makes no new one, so loading twice changes nothing.
    All or nothing: raises InvalidDocument with every fault of every document.
    """
    if not signed_by_name.strip():
        raise InvalidInput.at("/signed_by_name", "required", "问卷须由具名的临床人员签署后才能使用")
    _check(documents)
    return {
        document["key"]: _load(document, signed_by_name=signed_by_name.strip(), actor=actor)
        for document in documents
    }


def _check(documents: Sequence[dict[str, Any]]) -> None:
    errors: list[FieldError] = []
    keys: set[str] = set()
    for index, document in enumerate(documents):
        errors += [
            FieldError(f"/{index}{fault.pointer}", fault.code, f"{fault.message}。{fault.cure}")
            for fault in validate_document(document)
        ]
        key = document.get("key") if isinstance(document, dict) else None
        if isinstance(key, str) and key in keys:
            errors.append(FieldError(f"/{index}/key", "duplicate", f"问卷编号 {key} 出现多次"))
        keys.add(str(key))
    if errors:
        raise InvalidDocument(errors[0].message, errors=errors)


def _load(document: dict[str, Any], *, signed_by_name: str, actor: Actor) -> int:
    questionnaire, _ = Questionnaire.objects.get_or_create(
        key=document["key"], defaults={"title": document["title"]}
    )
    # The row is the lock: two loads at once must not number two versions alike.
    questionnaire = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    digest = compute_digest(document)
    newest = questionnaire.versions.order_by("-version").first()
    if newest is not None and newest.digest == digest and newest.state == VersionState.SIGNED:
        return newest.pk
    moment = clock.now()
    version = QuestionnaireVersion.objects.create(
        questionnaire=questionnaire,
        version=newest.version + 1 if newest is not None else 1,
        document=document,
        digest=digest,
        state=VersionState.SIGNED,
        source=document.get("source", []),
        licence=document.get("licence", "")[:40],
        signed_by_name=signed_by_name,
        signed_at=moment,
        created_at=moment,
    )
    if questionnaire.title != document["title"]:
        questionnaire.title = document["title"]
        questionnaire.save(update_fields=["title"])
    record(
        actor_id=actor.id, actor_name=actor.name, action="questionnaires.version.signed",
        object_type="questionnaire_version", object_id=version.pk, key=questionnaire.key,
        version=version.version, digest=digest, signed_by=signed_by_name,
    )  # fmt: skip
    return version.pk
