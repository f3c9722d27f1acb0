"""The shipped library comes in: as drafts for the tenant's clinicians, or signed at once for demo and tests."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from access.actor import Actor
from followup.questionnaires.contracts import LoadedDocuments
from followup.questionnaires.enums import OPEN_STATES, Origin, VersionState
from followup.questionnaires.errors import InvalidDocument
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion
from followup.questionnaires.rules import compute_digest
from followup.questionnaires.schema import validate_document
from followup.questionnaires.services.checking import describe_questionnaire, note_act
from followup.questionnaires.services.drafts import fill_draft, next_number
from kernel import clock
from kernel.errors import FieldError, InvalidInput


@transaction.atomic
def load_documents(
    *, documents: Sequence[dict[str, Any]], actor: Actor, signed_by_name: str | None = None
) -> LoadedDocuments:
    """Store each document as a version of its questionnaire; returns key → version id.

    Without `signed_by_name` a changed document becomes a draft of origin library, unless the tenant has a newer
    version of its own: that one stays, its id is returned and its key told in `skipped`. With it, each document
    becomes a signed version. A document that is the same as before makes no version, so that loading twice changes
    nothing. All or nothing: raises InvalidDocument with every fault of every document.
    """
    if signed_by_name is not None and not signed_by_name.strip():
        raise InvalidInput.at("/signed_by_name", "required", "问卷须由具名的临床人员签署后才能使用")
    _check(documents)
    loaded = LoadedDocuments()
    # In the order of their keys, so that two loads at once wait for each other and not in a circle.
    for document in sorted(documents, key=lambda one: str(one["key"])):
        questionnaire = _lock(document)
        if signed_by_name is not None:
            version_id = _load_signed(questionnaire, document, signed_by_name.strip(), actor)
        else:
            version_id, was_skipped = _load_draft(questionnaire, document, actor)
            if was_skipped:
                loaded.skipped += (document["key"],)
        loaded[document["key"]] = version_id
    return loaded


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


def _lock(document: dict[str, Any]) -> Questionnaire:
    """The row is the lock: two loads at once must not number two versions alike."""
    questionnaire, is_new = Questionnaire.objects.get_or_create(
        key=document["key"], defaults={"title": document["title"]}
    )
    questionnaire = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    if is_new:
        describe_questionnaire(questionnaire, document)
    return questionnaire


def _load_draft(questionnaire: Questionnaire, document: dict[str, Any], actor: Actor) -> tuple[int, bool]:
    digest = compute_digest(document)
    versions = list(questionnaire.versions.order_by("-version"))
    shipped = next((version for version in versions if version.origin == Origin.LIBRARY), None)
    if shipped is not None and shipped.digest == digest:
        return shipped.pk, False
    own = versions[0] if versions and versions[0].origin != Origin.LIBRARY else None
    # A draft of the tenant may be older than what was signed for it since.
    own = next((one for one in versions if one.origin != Origin.LIBRARY and one.state in OPEN_STATES), own)
    if own is not None:
        return own.pk, True
    if shipped is not None and shipped.state in OPEN_STATES:
        _fill(shipped, document, actor)
        shipped.revision += 1
        shipped.save()
        draft = shipped
    else:
        draft = _build(questionnaire, document, actor)
        draft.save()
    if all(version.state in OPEN_STATES for version in versions):
        describe_questionnaire(questionnaire, document)
    note_act(actor, "loaded", draft)
    return draft.pk, False


def _load_signed(
    questionnaire: Questionnaire, document: dict[str, Any], signed_by_name: str, actor: Actor
) -> int:
    newest = questionnaire.versions.order_by("-version").first()
    if (
        newest is not None
        and newest.digest == compute_digest(document)
        and newest.state == VersionState.SIGNED
    ):
        return newest.pk
    if newest is not None and newest.origin == Origin.LIBRARY and newest.state in OPEN_STATES:
        version = newest
        version.revision += 1
        _fill(version, document, actor)
    else:
        version = _build(questionnaire, document, actor)
    version.state, version.signed_by_name, version.signed_at = (
        VersionState.SIGNED,
        signed_by_name,
        clock.now(),
    )
    version.save()
    describe_questionnaire(questionnaire, document)
    note_act(actor, "signed", version, signed_by=signed_by_name)
    return version.pk


def _build(questionnaire: Questionnaire, document: dict[str, Any], actor: Actor) -> QuestionnaireVersion:
    """Not saved: beside a draft of the tenant's own there is no room for another one."""
    version = QuestionnaireVersion(
        questionnaire=questionnaire, version=next_number(questionnaire), origin=Origin.LIBRARY,
        created_at=clock.now(), created_by_id=actor.id or None, created_by_name=actor.name,
    )  # fmt: skip
    _fill(version, document, actor)
    return version


def _fill(version: QuestionnaireVersion, document: dict[str, Any], actor: Actor) -> None:
    fill_draft(version, document, actor)
    # Nobody of the tenant wrote it: whoever reads it may sign it.
    version.updated_by_id = None
