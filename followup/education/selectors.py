from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from access.actor import Actor
from access.functions import Function
from followup.education.enums import OPEN_STATES, CardState
from followup.education.models import EducationCard, EducationCardVersion
from followup.education.ports import count_programmes
from followup.education.rules import validate_card
from kernel.errors import InvalidInput, NotFound
from kernel.pagination import slice_page

if TYPE_CHECKING:
    from rest_framework.request import Request

_MAX_QUERY = 40
_CARD = ("id", "key", "title", "specialty")
_VERSION = (
    "id", "card_id", "version", "state", "licence", "created_at", "created_by_name", "updated_at",
    "updated_by_name", "signed_by_name", "signed_at", "retired_at",
)  # fmt: skip


def list_cards(request: "Request") -> tuple[list[dict[str, Any]], str | None]:
    """One page by key; ?state= finds cards with a version in that state. Raises InvalidInput."""
    given = request.query_params
    queryset = EducationCard.objects.values(*_CARD)
    if given.get("state"):
        if given["state"] not in CardState.values:
            raise InvalidInput.at("?state", "unknown_value", f"state 应为 {'、'.join(CardState.values)} 之一")
        having = EducationCardVersion.objects.filter(state=given["state"]).values("card_id")
        queryset = queryset.filter(pk__in=having)
    if given.get("specialty"):
        queryset = queryset.filter(specialty=_read_text(given["specialty"], "?specialty"))
    if given.get("q", "").strip():
        text = _read_text(given["q"].strip(), "?q")
        queryset = queryset.filter(Q(title__icontains=text) | Q(key__icontains=text))
    cards, cursor = slice_page(queryset, request, order=("key",))
    return _rows(cards), cursor


def _read_text(text: str, pointer: str) -> str:
    if len(text) > _MAX_QUERY or "\0" in text:
        raise InvalidInput.at(pointer, "too_long", f"查找内容不能超过 {_MAX_QUERY} 个字")
    return text


def get_card(card_id: int) -> dict[str, Any]:
    """The row with all its versions, the newest first. Raises NotFound."""
    card = EducationCard.objects.filter(pk=card_id).values(*_CARD).first()
    if card is None:
        raise NotFound()
    versions = EducationCardVersion.objects.filter(card_id=card_id).order_by("-version").values(*_VERSION)
    return {
        **_rows([card])[0],
        "versions": [
            {
                "version_id": str(row["id"]),
                **{name: row[name] for name in _VERSION if name not in {"id", "card_id"}},
            }
            for row in versions
        ],
    }


def _rows(cards: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    newest: dict[int, dict[str, Any]] = {}
    signed: dict[int, dict[str, Any]] = {}
    for row in (
        EducationCardVersion.objects.filter(card_id__in=[card["id"] for card in cards])
        .order_by("card_id", "-version")
        .values(*_VERSION)
    ):
        newest.setdefault(row["card_id"], row)
        if row["state"] == CardState.SIGNED:
            signed.setdefault(row["card_id"], row)
    used = count_programmes([card["key"] for card in cards])
    return [
        {
            "id": str(card["id"]),
            "key": card["key"],
            "title": card["title"],
            "specialty": card["specialty"],
            "latest": _brief(newest[card["id"]], "state", "updated_at", "updated_by_name"),
            "signed": _brief(signed[card["id"]], "signed_by_name", "signed_at")
            if card["id"] in signed
            else None,
            "licence": newest[card["id"]]["licence"],
            "used_by": used.get(card["key"], 0),
        }
        for card in cards
    ]


def _brief(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {"version_id": str(row["id"]), "version": row["version"], **{name: row[name] for name in names}}


def get_version(actor: Actor, version_id: int) -> dict[str, Any]:
    """With `problems`: what keeps an open draft from being reviewed and signed. Raises NotFound."""
    row = EducationCardVersion.objects.select_related("card").filter(pk=version_id).first()
    if row is None:
        raise NotFound()
    document = document_of(row)
    faults = validate_card(document) if row.state in OPEN_STATES else []
    edits, signs = actor.can(Function.EDUCATION_EDIT), actor.can(Function.EDUCATION_SIGN)
    return {
        "id": str(row.pk),
        "card_id": str(row.card_id),
        "key": row.card.key,
        "title": row.title,
        "specialty": document["specialty"],
        "version": row.version,
        "state": row.state,
        "revision": row.revision,
        "body": row.body,
        "source": row.source,
        "licence": row.licence,
        "created_by_name": row.created_by_name,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "updated_by_name": row.updated_by_name,
        "reviewed_by_name": row.reviewed_by_name,
        "reviewed_at": row.reviewed_at,
        "signed_by_name": row.signed_by_name,
        "signer_licence_no": row.signer_licence_no,
        "signed_at": row.signed_at,
        "retired_at": row.retired_at,
        "note": row.note,
        "problems": [
            {"pointer": fault.pointer, "code": fault.code, "message": f"{fault.message}。{fault.cure}"}
            for fault in faults
        ],
        "can": {
            "edit": edits and row.state in OPEN_STATES,
            "review": edits and row.state == CardState.DRAFT and not faults,
            "return": (edits or signs) and row.state == CardState.REVIEWED,
            "sign": signs and row.state == CardState.REVIEWED and row.updated_by_id != actor.id,
            "retire": (edits or signs) and row.state == CardState.SIGNED,
        },
    }


def specialty_of(version: EducationCardVersion) -> str:
    """Needs its card."""
    return version.card.specialty if version.specialty is None else version.specialty


def document_of(version: EducationCardVersion) -> dict[str, Any]:
    """What the author wrote, as it came; needs its card."""
    return {
        "key": version.card.key, "title": version.title, "specialty": specialty_of(version),
        "body": version.body, "source": version.source, "licence": version.licence,
    }  # fmt: skip


def list_keys_state(keys: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Key → (state, version id) of the signed version, else of the newest; unknown keys are left out. One query."""
    found: dict[str, tuple[str, int]] = {}
    for key, state, version_id in (
        EducationCardVersion.objects.filter(card__key__in=list(keys))
        .order_by("card_id", "-version")
        .values_list("card__key", "state", "pk")
    ):
        if key not in found or state == CardState.SIGNED:
            found[key] = (state, version_id)
    return found


def get_cards(keys: Iterable[str]) -> list[dict[str, Any]]:
    """The signed text of each card in the order of the keys; a key without one is left out. One query."""
    wanted = list(keys)
    if not wanted:
        return []
    rows = EducationCardVersion.objects.filter(card__key__in=wanted, state=CardState.SIGNED)
    found = {
        key: {"key": key, "title": title, "body": body}
        for key, title, body in rows.values_list("card__key", "title", "body")
    }
    return [found[key] for key in wanted if key in found]
