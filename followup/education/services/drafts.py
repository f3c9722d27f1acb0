from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from access.actor import Actor
from access.functions import Function
from followup.education.enums import OPEN_STATES, CardState
from followup.education.errors import CardConflict, DraftExists, InvalidCard, KeyTaken, NotEditable
from followup.education.models import EducationCard, EducationCardVersion
from followup.education.rules import CardFault, list_unkeepable, validate_card
from followup.education.selectors import document_of, get_version, specialty_of
from followup.education.services.locking import (
    describe_card,
    digest_of,
    lock_card,
    lock_version,
    note,
)
from kernel import clock
from kernel.errors import FieldError, InvalidInput


def fields_of(faults: list[CardFault], prefix: str = "") -> list[FieldError]:
    return [FieldError(f"{prefix}{f.pointer}", f.code, f"{f.message}。{f.cure}") for f in faults]


@transaction.atomic
def create_card(
    *, actor: Actor, key: str, title: str, specialty: str = "", from_version_id: int | None = None
) -> int:
    """A new card with an empty draft, or with the text of another version; returns the version's id.

    Raises NotAllowed, KeyTaken, InvalidCard (key, title), InvalidInput for an unknown `from_version_id`.
    """
    actor.require(Function.EDUCATION_EDIT)
    base = _find_base(from_version_id, card_id=None)
    probe = {
        "key": key,
        "title": title,
        "specialty": specialty,
        "body": ["-"],
        "source": ["-"],
        "licence": "-",
    }
    faults = validate_card(probe)
    if faults:
        raise InvalidCard(errors=fields_of(faults))
    card, made = EducationCard.objects.get_or_create(
        key=key, defaults={"title": title, "specialty": specialty}
    )
    if not made:
        raise KeyTaken(card_id=str(card.pk))
    return _add_draft(actor, card, title=title, base=base).pk


@transaction.atomic
def start_draft(*, actor: Actor, card_id: int, from_version_id: int | None = None) -> int:
    """A new draft copied from that version, or from the newest. Raises NotAllowed, NotFound, DraftExists."""
    actor.require(Function.EDUCATION_EDIT)
    card = lock_card(card_id)
    open_id = card.versions.filter(state__in=OPEN_STATES).values_list("pk", flat=True).first()
    if open_id is not None:
        raise DraftExists(version_id=str(open_id))
    base = _find_base(from_version_id, card_id=card_id) or card.versions.order_by("-version").first()
    return _add_draft(actor, card, title=base.title if base else card.title, base=base).pk


@transaction.atomic
def save_draft(*, actor: Actor, version_id: int, document: Mapping[str, Any], expected_revision: int) -> None:
    """Keep the whole document, unfinished or not (`problems` of selectors.get_version); a reviewed version becomes a
    draft again, for nobody has reviewed this text.

    Raises NotAllowed, NotFound, NotEditable, CardConflict (with `current`), InvalidCard.
    """
    actor.require(Function.EDUCATION_EDIT)
    version = lock_version(version_id)
    if version.state not in OPEN_STATES:
        raise NotEditable()
    if version.revision != expected_revision:
        raise CardConflict(current=get_version(actor, version_id))
    faults = list_unkeepable(validate_card(document))
    if not faults and document["key"] != version.card.key:
        faults = [
            CardFault(
                "/key", "key_changed", "编号不能修改", f"请保留 {version.card.key}，或另建一份内容", False
            )
        ]
    if faults:
        raise InvalidCard(errors=fields_of(faults, "/document"))
    digest = digest_of(document)
    if digest == version.digest:
        return
    version.title, version.body, version.digest = document["title"], document["body"], digest
    version.source, version.licence = document["source"], document["licence"]
    version.specialty = document.get("specialty", "")
    version.state = CardState.DRAFT
    version.reviewed_by_name, version.reviewed_at = "", None
    version.revision += 1
    version.updated_by_id, version.updated_by_name = actor.id or None, actor.name
    version.updated_at = clock.now()
    version.save()
    if not version.card.versions.exclude(state__in=OPEN_STATES).exists():
        describe_card(version)
    note(actor, "saved", version, revision=version.revision)


@transaction.atomic
def delete_draft(*, actor: Actor, version_id: int) -> None:
    """Throw away an open draft, and the card with it when it has no other version. Raises NotAllowed, NotFound,
    NotEditable.
    """
    actor.require(Function.EDUCATION_EDIT)
    version = lock_version(version_id)
    if version.state not in OPEN_STATES:
        raise NotEditable("只有草稿可以删除；已签署的版本请停用")
    note(actor, "deleted", version)
    card = version.card
    version.delete()
    if not card.versions.exists():
        card.delete()


def _find_base(version_id: int | None, *, card_id: int | None) -> EducationCardVersion | None:
    if version_id is None:
        return None
    rows = EducationCardVersion.objects.filter(pk=version_id)
    found = (rows.filter(card_id=card_id) if card_id is not None else rows).first()
    if found is None:
        raise InvalidInput.at("/from_version_id", "unknown_version", "没有这个版本，请从版本列表中选择")
    return found


def _add_draft(
    actor: Actor, card: EducationCard, *, title: str, base: EducationCardVersion | None
) -> EducationCardVersion:
    now = clock.now()
    version = EducationCardVersion(
        card=card,
        version=1 + (card.versions.aggregate(last=Max("version"))["last"] or 0),
        title=title,
        body=base.body if base else [],
        source=base.source if base else [],
        licence=base.licence if base else "",
        specialty=specialty_of(base) if base and base.card_id == card.pk else card.specialty,
        created_by_id=actor.id or None,
        created_by_name=actor.name,
        updated_by_id=actor.id or None,
        updated_by_name=actor.name,
        updated_at=now,
        created_at=now,
    )
    version.digest = digest_of(document_of(version))
    version.save()
    note(actor, "drafted", version, base=base.pk if base else None)
    return version
