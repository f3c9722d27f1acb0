"""The row that everything about a card waits for, and the words of its trail."""

from collections.abc import Mapping
from typing import Any

from access.actor import Actor
from followup.education.models import EducationCard, EducationCardVersion
from followup.education.rules import compute_digest
from followup.education.selectors import specialty_of
from kernel.errors import NotFound
from trail.services import record


def lock_card(card_id: int) -> EducationCard:
    """Raises NotFound. Call inside a transaction."""
    card = EducationCard.objects.select_for_update().filter(pk=card_id).first()
    if card is None:
        raise NotFound()
    return card


def lock_version(version_id: int) -> EducationCardVersion:
    """The version, its card locked. Raises NotFound."""
    found = EducationCardVersion.objects.filter(pk=version_id).values_list("card_id", flat=True).first()
    if found is None:
        raise NotFound()
    card = lock_card(found)
    version = card.versions.filter(pk=version_id).first()
    if version is None:
        raise NotFound()
    version.card = card
    return version


def describe_card(version: EducationCardVersion) -> None:
    """The card's row follows the text that counts."""
    card = version.card
    card.title, card.specialty = version.title.strip() or card.title, specialty_of(version)
    card.save(update_fields=["title", "specialty"])


def digest_of(document: Mapping[str, Any]) -> str:
    return compute_digest({**document, "specialty": document.get("specialty", "")})


def note(actor: Actor, action: str, version: EducationCardVersion, reason: str = "", **detail: Any) -> None:
    """One trail row about the version; `action` without the room's name."""
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"education.version.{action}",
        object_type="education_card_version", object_id=version.pk, reason=reason, key=version.card.key,
        version=version.version, **detail,
    )  # fmt: skip
