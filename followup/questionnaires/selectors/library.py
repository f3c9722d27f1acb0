"""The library: which forms there are, their versions and who answers for them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from rest_framework.request import Request

from access.actor import Actor
from access.functions import Function
from followup.questionnaires import ports
from followup.questionnaires.enums import OPEN_STATES, Category, VersionState
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion
from followup.questionnaires.policy import openable, usable, visible_to
from followup.questionnaires.selectors.judging import find_faults
from followup.questionnaires.selectors.licences import list_licensed
from kernel.errors import InvalidInput, NotFound
from kernel.pagination import slice_page

_ROW = ("id", "key", "title", "category", "specialty", "locked_scale")
_VERSION = (
    "id", "questionnaire_id", "version", "state", "revision", "origin", "licence", "created_by_name", "created_at",
    "updated_at", "updated_by_name", "reviewed_by_name", "reviewed_at", "signed_by_name", "signed_at", "retired_at",
)  # fmt: skip


def list_questionnaires(actor: Actor, request: Request) -> tuple[list[dict[str, Any]], str | None]:
    """By key. Filters: category, state (of the newest version), q (in title, key or specialty)."""
    rows = _filter(visible_to(actor, Questionnaire.objects.all()), request)
    page, cursor = slice_page(rows.values(*_ROW), request, order=("key",))
    return _present_rows(page), cursor


def _filter(
    rows: QuerySet[Questionnaire, Questionnaire], request: Request
) -> QuerySet[Questionnaire, Questionnaire]:
    category, state = request.query_params.get("category", ""), request.query_params.get("state", "")
    text = request.query_params.get("q", "").strip()
    if category:
        if category not in Category.values:
            raise InvalidInput.at("?category", "choice", f"category 应为 {'、'.join(Category.values)} 之一")
        rows = rows.filter(category=category)
    if state:
        if state not in VersionState.values:
            raise InvalidInput.at("?state", "choice", f"state 应为 {'、'.join(VersionState.values)} 之一")
        newest = QuestionnaireVersion.objects.filter(questionnaire=OuterRef("pk")).order_by("-version")
        rows = rows.annotate(newest=Subquery(newest.values("state")[:1])).filter(newest=state)
    if "\0" in text or len(text) > 60:
        raise InvalidInput.at("?q", "invalid", "搜索词最多 60 个字")
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(key__icontains=text) | Q(specialty__icontains=text))
    return rows


def _present_rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    page = list(rows)
    ids = [row["id"] for row in page]
    newest = _newest(QuestionnaireVersion.objects.filter(questionnaire__in=ids))
    signed = _newest(QuestionnaireVersion.objects.filter(questionnaire__in=ids, state=VersionState.SIGNED))
    licensed, counts = list_licensed(), ports.count_programmes(ids)
    return [
        {
            "id": str(row["id"]),
            "key": row["key"],
            "title": row["title"],
            "category": row["category"],
            "specialty": row["specialty"],
            "locked_scale": row["locked_scale"] or None,
            "locked": bool(row["locked_scale"]) and row["locked_scale"] not in licensed,
            "latest": _pick(
                newest.get(row["id"]), "version", "state", "updated_at", "updated_by_name", "origin"
            ),
            "signed": _pick(signed.get(row["id"]), "version", "signed_by_name", "signed_at"),
            "licence": newest[row["id"]]["licence"] if row["id"] in newest else "",
            "used_by": counts[row["id"]],
        }
        for row in page
    ]


def _newest(versions: QuerySet[QuestionnaireVersion, QuestionnaireVersion]) -> dict[int, dict[str, Any]]:
    rows = versions.order_by("questionnaire_id", "-version").distinct("questionnaire_id").values(*_VERSION)
    return {row["questionnaire_id"]: row for row in rows}


def _pick(row: dict[str, Any] | None, *names: str) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"version_id": str(row["id"]), **{name: row[name] for name in names}}


def get_questionnaire(questionnaire_id: int) -> dict[str, Any]:
    """The row with its versions, newest first. Raises NotFound, for a scale without licence too."""
    row = openable(Questionnaire.objects.filter(pk=questionnaire_id)).values(*_ROW).first()
    if row is None:
        raise NotFound()
    versions = QuestionnaireVersion.objects.filter(questionnaire=questionnaire_id).order_by("-version")
    return {
        **_present_rows([row])[0],
        "versions": [
            {
                "version_id": str(version["id"]),
                **{name: version[name] for name in _VERSION if name not in ("id", "questionnaire_id")},
            }
            for version in versions.values(*_VERSION)
        ],
    }


def get_version_detail(actor: Actor, version_id: int) -> dict[str, Any]:
    """With `problems`: what keeps an open draft from being reviewed and signed. Raises NotFound, for a scale without
    licence too.
    """
    row = (
        usable(QuestionnaireVersion.objects.filter(pk=version_id))
        .values(
            *_VERSION, "document", "source", "signer_licence_no", "note", "updated_by_id",
            key=F("questionnaire__key"), scale=F("questionnaire__locked_scale"),
        )
        .first()
    )  # fmt: skip
    if row is None:
        raise NotFound()
    state, editor_id = row["state"], row.pop("updated_by_id")
    questionnaire = Questionnaire(pk=row["questionnaire_id"], key=row["key"], locked_scale=row.pop("scale"))
    used = ports.collect_usage(questionnaire.pk)
    is_open = state in OPEN_STATES
    faults = find_faults(row["document"], questionnaire, used) if is_open else []
    return {
        **row,
        "id": str(row["id"]),
        "questionnaire_id": str(row["questionnaire_id"]),
        "title": row["document"]["title"],
        "used_options": used,
        "problems": [
            {"pointer": fault.pointer, "code": fault.code, "message": f"{fault.message}。{fault.cure}"}
            for fault in faults
        ],
        "can": {
            "edit": is_open and actor.can(Function.QUESTIONNAIRES_EDIT),
            "review": state == VersionState.DRAFT and not faults and actor.can(Function.QUESTIONNAIRES_EDIT),
            "sign": state == VersionState.REVIEWED
            and actor.can(Function.QUESTIONNAIRES_SIGN)
            and actor.id != editor_id,
            "retire": state == VersionState.SIGNED and actor.can(Function.QUESTIONNAIRES_SIGN),
        },
    }
