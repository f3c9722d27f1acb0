import re
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from followup.education import selectors, services
from followup.education.enums import CardState
from followup.education.rules import validate_card
from followup.education.serializers import (
    CardDocumentInput,
    CardFaultsOutput,
    CreateEducationCardInput,
    EducationCardDetailOutput,
    EducationCardListOutput,
    EducationCardVersionOutput,
    RetireCardInput,
    ReturnCardInput,
    ReviewCardInput,
    SignCardInput,
    StartCardDraftInput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput

_IF_MATCH = re.compile(r'^(?:W/)?"(\d{1,9})"$', re.ASCII)


def _read_if_match(request: Request) -> int:
    match = _IF_MATCH.match(request.headers.get("If-Match", "").strip())
    if match is None:
        raise InvalidInput.at("If-Match", "required", '请在 If-Match 中给出当前修订号，如 "3"')
    return int(match[1])


def _read_base(given: dict[str, Any]) -> int | None:
    return parse_id(given["from_version_id"], "/from_version_id") if given["from_version_id"] else None


class EducationCardViewSet(ApiViewSet):
    operation_prefix = "educationCards"
    functions = {
        "list": F.EDUCATION_VIEW, "retrieve": F.EDUCATION_VIEW, "create": F.EDUCATION_EDIT,
        "drafts": F.EDUCATION_EDIT, "validate": F.EDUCATION_VIEW,
    }  # fmt: skip
    parameters = {"list": frozenset({"state", "specialty", "q", "cursor", "limit"})}

    @extend_schema(
        responses=EducationCardListOutput,
        parameters=[
            OpenApiParameter("state", enum=CardState.values), OpenApiParameter("specialty"),
            OpenApiParameter("q", description="标题或编号中的文字"), OpenApiParameter("cursor"),
            OpenApiParameter("limit", int),
        ],
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        items, cursor = selectors.list_cards(request)
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(responses=EducationCardDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(selectors.get_card(parse_id(id)))

    @extend_schema(request=CreateEducationCardInput, responses={201: EducationCardVersionOutput})
    def create(self, request: Request) -> Response:
        actor, given = actor_of(request), parse(CreateEducationCardInput, request)
        version_id = services.create_card(
            actor=actor,
            key=given["key"],
            title=given["title"],
            specialty=given["specialty"],
            from_version_id=_read_base(given),
        )
        return Response(selectors.get_version(actor, version_id), status=201)

    @extend_schema(request=StartCardDraftInput, responses={201: EducationCardVersionOutput})
    def drafts(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(StartCardDraftInput, request)
        version_id = services.start_draft(
            actor=actor, card_id=parse_id(id), from_version_id=_read_base(given)
        )
        return Response(selectors.get_version(actor, version_id), status=201)

    @extend_schema(request=CardDocumentInput, responses=CardFaultsOutput)
    def validate(self, request: Request) -> Response:
        faults = validate_card(parse(CardDocumentInput, request)["document"])
        told = [
            {"pointer": fault.pointer, "code": fault.code, "message": fault.message, "cure": fault.cure}
            for fault in faults
        ]
        return Response({"faults": told, "warnings": []})


class EducationCardVersionViewSet(ApiViewSet):
    operation_prefix = "educationCardVersions"
    # Sending back and retiring are the editor's and the signer's: the service asks for either right.
    functions = {
        "retrieve": F.EDUCATION_VIEW, "update": F.EDUCATION_EDIT, "destroy": F.EDUCATION_EDIT,
        "review": F.EDUCATION_EDIT, "send_back": F.EDUCATION_VIEW, "sign": F.EDUCATION_SIGN,
        "retire": F.EDUCATION_VIEW,
    }  # fmt: skip

    @extend_schema(responses=EducationCardVersionOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(selectors.get_version(actor_of(request), parse_id(id)))

    @extend_schema(
        request=CardDocumentInput,
        responses=EducationCardVersionOutput,
        parameters=[OpenApiParameter("If-Match", location="header", required=True)],
    )
    def update(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(CardDocumentInput, request)
        services.save_draft(
            actor=actor,
            version_id=parse_id(id),
            document=given["document"],
            expected_revision=_read_if_match(request),
        )
        return Response(selectors.get_version(actor, int(id)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        services.delete_draft(actor=actor_of(request), version_id=parse_id(id))
        return Response(status=204)

    @extend_schema(request=ReviewCardInput, responses=EducationCardVersionOutput)
    def review(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(ReviewCardInput, request)
        services.review_version(actor=actor, version_id=parse_id(id), note_text=given["note"])
        return Response(selectors.get_version(actor, int(id)))

    @extend_schema(request=ReturnCardInput, responses=EducationCardVersionOutput)
    def send_back(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(ReturnCardInput, request)
        services.return_version(actor=actor, version_id=parse_id(id), note_text=given["note"])
        return Response(selectors.get_version(actor, int(id)))

    @extend_schema(request=SignCardInput, responses=EducationCardVersionOutput)
    def sign(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(SignCardInput, request)
        services.sign_version(actor=actor, version_id=parse_id(id), licence_no=given["licence_no"])
        return Response(selectors.get_version(actor, int(id)))

    @extend_schema(request=RetireCardInput, responses=EducationCardVersionOutput)
    def retire(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(RetireCardInput, request)
        services.retire_version(actor=actor, version_id=parse_id(id), reason=given["reason"])
        return Response(selectors.get_version(actor, int(id)))


def _version(address: str, action: str) -> object:
    return path(
        f"education-card-versions/<str:id>/{address}",
        EducationCardVersionViewSet.as_view({"post": action}),
    )


urlpatterns = [
    path("education-cards", EducationCardViewSet.as_view({"get": "list", "post": "create"})),
    path("education-cards/validate", EducationCardViewSet.as_view({"post": "validate"})),
    path("education-cards/<str:id>", EducationCardViewSet.as_view({"get": "retrieve"})),
    path("education-cards/<str:id>/drafts", EducationCardViewSet.as_view({"post": "drafts"})),
    path(
        "education-card-versions/<str:id>",
        EducationCardVersionViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
    _version("review", "review"),
    _version("return", "send_back"),
    _version("sign", "sign"),
    _version("retire", "retire"),
]
