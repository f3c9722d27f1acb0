"""Drafts: opened from a version, edited in place, one at a time."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Max, ProtectedError

from access.actor import Actor
from followup.questionnaires.enums import OPEN_STATES, Category, Origin, VersionState
from followup.questionnaires.errors import (
    DraftConflict,
    DraftExists,
    InvalidDocument,
    VersionInUse,
    WrongState,
)
from followup.questionnaires.fhir import FhirFaults, read_questionnaire
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion
from followup.questionnaires.policy import usable
from followup.questionnaires.rules import compute_digest
from followup.questionnaires.selectors.library import get_version_detail
from followup.questionnaires.services.checking import (
    describe_questionnaire,
    lock_questionnaire,
    lock_version,
    note_act,
    require_keepable,
    require_valid,
)
from kernel import clock
from kernel.errors import InvalidInput, NotFound


@transaction.atomic
def create_questionnaire(
    *, actor: Actor, key: str, title: str, category: str, from_version_id: int | None = None
) -> int:
    """A new questionnaire with its first draft, empty but for one question, or copied; returns the draft's id.

    Raises InvalidDocument, InvalidInput when the key is taken, NotFound.
    """
    if from_version_id is None:
        document: dict[str, Any] = {"items": [{"link_id": "q1", "type": "text", "text": "请填写第一道题"}]}
    else:
        document = dict(_read_document(from_version_id))
    document |= {"key": key, "title": title, "category": Category(category).value}
    require_valid(
        document, None, lambda pointer: pointer if pointer in ("/key", "/title") else "/from_version_id"
    )
    questionnaire, is_new = Questionnaire.objects.get_or_create(
        key=key, defaults={"title": title, "category": category}
    )
    if not is_new:
        raise InvalidInput.at("/key", "key_taken", f"编号 {key} 已有问卷，请换一个编号")
    describe_questionnaire(questionnaire, document)
    return _add_draft(actor, questionnaire, document, Origin.OWN).pk


@transaction.atomic
def open_draft(*, actor: Actor, questionnaire_id: int, from_version_id: int | None = None) -> int:
    """A draft copied from the given version, else the newest signed, else the newest; returns its id.

    Raises NotFound, DraftExists with the id of the open one.
    """
    questionnaire = lock_questionnaire(questionnaire_id)
    _refuse_second_draft(questionnaire)
    versions = questionnaire.versions.order_by("-version")
    if from_version_id is not None:
        source = versions.filter(pk=from_version_id).first()
    else:
        source = versions.filter(state=VersionState.SIGNED).first() or versions.first()
    if source is None:
        raise NotFound("这份问卷没有此版本")
    return _add_draft(actor, questionnaire, source.document, Origin.OWN).pk


@transaction.atomic
def import_questionnaire(
    *,
    actor: Actor,
    category: str,
    resource: Mapping[str, Any] | None = None,
    document: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> tuple[int, list[dict[str, str]]]:
    """Keep a FHIR resource or a document of ours as a draft: of a new questionnaire, or of the one with its key.

    Returns the draft's id and what could not be carried over. Raises InvalidDocument, DraftExists.
    """
    losses: list[dict[str, str]] = []
    if (resource is None) == (document is None):
        raise InvalidInput.at("/resource", "one_of", "请给出 resource（FHIR）或 document（本系统格式）之一")
    if resource is not None:
        given, losses = _read_resource(resource, key)
    else:
        given = {**(document or {}), **({"key": key} if key else {})}
    given["category"] = Category(category).value

    def place(pointer: str) -> str:
        return pointer if key and pointer == "/key" else f"/document{pointer}"

    require_valid(given, None, place)
    questionnaire, is_new = Questionnaire.objects.get_or_create(
        key=given["key"], defaults={"title": given["title"], "category": category}
    )
    if is_new:
        describe_questionnaire(questionnaire, given)
    else:
        questionnaire = lock_questionnaire(questionnaire.pk)
        _refuse_second_draft(questionnaire)
        require_valid(given, questionnaire, place)
    return _add_draft(actor, questionnaire, given, Origin.IMPORT).pk, losses


def _read_resource(
    resource: Mapping[str, Any], key: str | None
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    try:
        document, losses = read_questionnaire(resource, key)
    except FhirFaults as faults:
        at_key = key is not None
        raise InvalidDocument.of(
            faults.faults,
            lambda pointer: "/key" if at_key and pointer == "/key" else f"/resource{pointer}",
        ) from faults
    return document, [asdict(loss) for loss in losses]


@transaction.atomic
def save_draft(*, actor: Actor, version_id: int, document: Mapping[str, Any], expected_revision: int) -> None:
    """A half-written draft is kept with its problems (selectors.get_version_detail), and no further than a draft.
    All or nothing; a reviewed draft that is edited must be reviewed again.

    Raises NotFound, WrongState, DraftConflict (with the stored detail), InvalidDocument.
    """
    version = lock_version(version_id)
    if version.state not in OPEN_STATES:
        raise WrongState("已签署或已停用的版本不能修改，请另开草稿")
    if version.revision != expected_revision:
        raise DraftConflict(current=get_version_detail(actor, version_id))
    require_keepable(document, version.questionnaire)
    digest = compute_digest(document)
    if digest == version.digest:
        return
    if version.origin == Origin.LIBRARY:
        version.origin = Origin.OWN
    fill_draft(version, document, actor)
    version.revision += 1
    version.save()
    if not _has_been_signed(version.questionnaire):
        describe_questionnaire(version.questionnaire, document)
    note_act(actor, "saved", version, revision=version.revision)


def fill_draft(version: QuestionnaireVersion, document: Mapping[str, Any], actor: Actor) -> None:
    """Set, not saved."""
    version.document = dict(document)
    version.digest = compute_digest(document)
    version.source = document.get("source", [])
    version.licence = document.get("licence", "")
    version.state = VersionState.DRAFT
    version.reviewed_by_name, version.reviewed_at = "", None
    version.updated_at = clock.now()
    version.updated_by_id, version.updated_by_name = actor.id or None, actor.name


@transaction.atomic
def delete_draft(*, actor: Actor, version_id: int) -> None:
    """A questionnaire that has no other version goes with it. Raises NotFound, WrongState, VersionInUse."""
    version = lock_version(version_id)
    if version.state != VersionState.DRAFT:
        raise WrongState("只有草稿可以删除；已审阅的请先退回")
    note_act(actor, "deleted", version)
    questionnaire = version.questionnaire
    try:
        version.delete()
        if not questionnaire.versions.exists():
            questionnaire.delete()
    except ProtectedError as error:
        raise VersionInUse() from error


def _read_document(version_id: int) -> dict[str, Any]:
    """Of a version to copy; a copy of a protected scale is protected too."""
    rows = usable(QuestionnaireVersion.objects.filter(pk=version_id))
    document = rows.values_list("document", flat=True).first()
    if document is None:
        raise NotFound("没有可复制的这个版本")
    return document


def _refuse_second_draft(questionnaire: Questionnaire) -> None:
    open_id = questionnaire.versions.filter(state__in=OPEN_STATES).values_list("pk", flat=True).first()
    if open_id is not None:
        raise DraftExists(version_id=str(open_id))


def _has_been_signed(questionnaire: Questionnaire) -> bool:
    return questionnaire.versions.exclude(state__in=OPEN_STATES).exists()


def next_number(questionnaire: Questionnaire) -> int:
    return (questionnaire.versions.aggregate(last=Max("version"))["last"] or 0) + 1


def _add_draft(
    actor: Actor, questionnaire: Questionnaire, document: Mapping[str, Any], origin: Origin
) -> QuestionnaireVersion:
    version = QuestionnaireVersion(
        questionnaire=questionnaire, version=next_number(questionnaire), origin=origin, created_at=clock.now(),
        created_by_id=actor.id or None, created_by_name=actor.name,
    )  # fmt: skip
    fill_draft(version, document, actor)
    version.save()
    note_act(actor, "drafted", version, origin=origin.value)
    return version
