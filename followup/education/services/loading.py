from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from access.actor import Actor
from followup.education.enums import OPEN_STATES
from followup.education.errors import InvalidCard
from followup.education.models import EducationCard, EducationCardVersion
from followup.education.rules import validate_card
from followup.education.services.drafts import fields_of
from followup.education.services.governance import sign
from followup.education.services.locking import digest_of, lock_card, note
from kernel import clock
from kernel.errors import FieldError


@transaction.atomic
def load_cards(
    *, documents: Sequence[dict[str, Any]], actor: Actor, signed_by_name: str | None = None
) -> dict[str, int]:
    """Bring in shipped cards as drafts, or as signed by that clinician; key → version id.

    Safe to repeat: a text that the card ever had makes no new version, and a draft that the tenant is working on
    stays as it is. All or nothing: raises InvalidCard with every fault of every document.
    """
    _check(documents)
    # In the order of their keys, so that two loads at once wait for each other and not in a circle.
    ordered = sorted(documents, key=lambda one: str(one["key"]))
    return {document["key"]: _load(document, actor, (signed_by_name or "").strip()) for document in ordered}


def _check(documents: Sequence[dict[str, Any]]) -> None:
    errors: list[FieldError] = []
    keys: set[str] = set()
    for index, document in enumerate(documents):
        errors += fields_of(validate_card(document), f"/{index}")
        key = str(document.get("key")) if isinstance(document, dict) else ""
        if key and key in keys:
            errors.append(FieldError(f"/{index}/key", "duplicate", f"宣教编号 {key} 出现多次"))
        keys.add(key)
    if errors:
        raise InvalidCard(errors[0].message, errors=errors)


def _load(document: dict[str, Any], actor: Actor, signed_by_name: str) -> int:
    card, _ = EducationCard.objects.get_or_create(
        key=document["key"],
        defaults={"title": document["title"], "specialty": document.get("specialty", "")},
    )
    card = lock_card(card.pk)
    digest = digest_of(document)
    same = card.versions.filter(digest=digest).order_by("-version").first()
    if same is not None:
        if signed_by_name and same.state in OPEN_STATES:
            same.card = card
            sign(actor, same, name=signed_by_name)
        return same.pk
    version = _build(card, document, digest, actor)
    if signed_by_name:
        sign(actor, version, name=signed_by_name)
        return version.pk
    being_edited = card.versions.filter(state__in=OPEN_STATES).first()
    if being_edited is not None:
        return being_edited.pk
    version.save()
    note(actor, "drafted", version, base=None)
    return version.pk


def _build(card: EducationCard, document: dict[str, Any], digest: str, actor: Actor) -> EducationCardVersion:
    now = clock.now()
    return EducationCardVersion(
        card=card,
        version=1 + (card.versions.aggregate(last=Max("version"))["last"] or 0),
        title=document["title"],
        body=document["body"],
        source=document["source"],
        licence=document["licence"],
        specialty=document.get("specialty", ""),
        digest=digest,
        created_by_id=actor.id or None,
        created_by_name=actor.name,
        updated_by_id=actor.id or None,
        updated_by_name=actor.name,
        updated_at=now,
        created_at=now,
    )
