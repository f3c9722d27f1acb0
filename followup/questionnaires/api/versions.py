import re

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from followup.questionnaires import selectors, services
from followup.questionnaires.serializers import (
    QuestionnaireDocumentInput,
    QuestionnaireRetireInput,
    QuestionnaireReturnInput,
    QuestionnaireReviewInput,
    QuestionnaireSignInput,
    QuestionnaireVersionDetailOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput

_IF_MATCH = re.compile(r'^(?:W/)?"(\d{1,9})"$', re.ASCII)


def _read_if_match(request: Request) -> int:
    match = _IF_MATCH.match(request.headers.get("If-Match", "").strip())
    if match is None:
        raise InvalidInput.at("If-Match", "required", '请在 If-Match 中给出草稿的修订号，如 "3"')
    return int(match[1])


class QuestionnaireVersionViewSet(ApiViewSet):
    operation_prefix = "questionnaireVersions"
    # Sending back is the right of editors and of signers: the service asks for one of the two.
    functions = {
        "retrieve": F.QUESTIONNAIRES_VIEW, "update": F.QUESTIONNAIRES_EDIT, "destroy": F.QUESTIONNAIRES_EDIT,
        "review": F.QUESTIONNAIRES_EDIT, "send_back": F.QUESTIONNAIRES_VIEW, "sign": F.QUESTIONNAIRES_SIGN,
        "retire": F.QUESTIONNAIRES_SIGN,
    }  # fmt: skip

    @extend_schema(responses=QuestionnaireVersionDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(selectors.get_version_detail(actor_of(request), parse_id(id)))

    @extend_schema(
        request=QuestionnaireDocumentInput,
        responses=QuestionnaireVersionDetailOutput,
        parameters=[OpenApiParameter("If-Match", location="header", required=True)],
    )
    def update(self, request: Request, id: str) -> Response:
        actor, version_id = actor_of(request), parse_id(id)
        services.save_draft(
            actor=actor,
            version_id=version_id,
            document=parse(QuestionnaireDocumentInput, request)["document"],
            expected_revision=_read_if_match(request),
        )
        return Response(selectors.get_version_detail(actor, version_id))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        services.delete_draft(actor=actor_of(request), version_id=parse_id(id))
        return Response(status=204)

    @extend_schema(request=QuestionnaireReviewInput, responses=QuestionnaireVersionDetailOutput)
    def review(self, request: Request, id: str) -> Response:
        actor, version_id = actor_of(request), parse_id(id)
        services.review_version(
            actor=actor, version_id=version_id, **parse(QuestionnaireReviewInput, request)
        )
        return Response(selectors.get_version_detail(actor, version_id))

    @extend_schema(request=QuestionnaireReturnInput, responses=QuestionnaireVersionDetailOutput)
    def send_back(self, request: Request, id: str) -> Response:
        actor, version_id = actor_of(request), parse_id(id)
        services.return_version(
            actor=actor, version_id=version_id, **parse(QuestionnaireReturnInput, request)
        )
        return Response(selectors.get_version_detail(actor, version_id))

    @extend_schema(request=QuestionnaireSignInput, responses=QuestionnaireVersionDetailOutput)
    def sign(self, request: Request, id: str) -> Response:
        actor, version_id = actor_of(request), parse_id(id)
        services.sign_version(actor=actor, version_id=version_id, **parse(QuestionnaireSignInput, request))
        return Response(selectors.get_version_detail(actor, version_id))

    @extend_schema(request=QuestionnaireRetireInput, responses=QuestionnaireVersionDetailOutput)
    def retire(self, request: Request, id: str) -> Response:
        actor, version_id = actor_of(request), parse_id(id)
        services.retire_version(
            actor=actor, version_id=version_id, **parse(QuestionnaireRetireInput, request)
        )
        return Response(selectors.get_version_detail(actor, version_id))


def _verb(word: str, action: str) -> object:
    return path(
        f"questionnaire-versions/<str:id>/{word}", QuestionnaireVersionViewSet.as_view({"post": action})
    )


urlpatterns = [
    path(
        "questionnaire-versions/<str:id>",
        QuestionnaireVersionViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
    _verb("review", "review"),
    _verb("return", "send_back"),
    _verb("sign", "sign"),
    _verb("retire", "retire"),
]
