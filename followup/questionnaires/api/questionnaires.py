from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from followup.questionnaires import selectors, services
from followup.questionnaires.enums import Category, VersionState
from followup.questionnaires.serializers import (
    QuestionnaireCreateInput,
    QuestionnaireDetailOutput,
    QuestionnaireDraftInput,
    QuestionnaireEvaluateInput,
    QuestionnaireEvaluationOutput,
    QuestionnaireJudgementOutput,
    QuestionnaireListOutput,
    QuestionnaireValidateInput,
    QuestionnaireVersionDetailOutput,
)
from kernel.api import ApiViewSet, parse, parse_id

_LIST = [
    OpenApiParameter("category", enum=Category.values),
    OpenApiParameter("state", enum=VersionState.values, description="最新版本的状态"),
    OpenApiParameter("q", description="名称、编号或专科"),
    OpenApiParameter("cursor"),
    OpenApiParameter("limit", int),
]


def parse_optional_id(given: dict[str, Any], name: str) -> int | None:
    return None if given[name] is None else parse_id(given[name], f"/{name}")


class QuestionnaireViewSet(ApiViewSet):
    operation_prefix = "questionnaires"
    functions = {
        "list": F.QUESTIONNAIRES_VIEW, "create": F.QUESTIONNAIRES_EDIT, "retrieve": F.QUESTIONNAIRES_VIEW,
        "drafts": F.QUESTIONNAIRES_EDIT, "validate": F.QUESTIONNAIRES_EDIT, "evaluate": F.QUESTIONNAIRES_VIEW,
    }  # fmt: skip
    parameters = {"list": frozenset({"category", "state", "q", "cursor", "limit"})}

    @extend_schema(responses=QuestionnaireListOutput, parameters=_LIST)
    def list(self, request: Request) -> Response:
        items, cursor = selectors.list_questionnaires(actor_of(request), request)
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(request=QuestionnaireCreateInput, responses={201: QuestionnaireVersionDetailOutput})
    def create(self, request: Request) -> Response:
        actor, given = actor_of(request), parse(QuestionnaireCreateInput, request)
        version_id = services.create_questionnaire(
            actor=actor, key=given["key"], title=given["title"], category=given["category"],
            from_version_id=parse_optional_id(given, "from_version_id"),
        )  # fmt: skip
        return Response(selectors.get_version_detail(actor, version_id), status=201)

    @extend_schema(responses=QuestionnaireDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(selectors.get_questionnaire(parse_id(id)))

    @extend_schema(request=QuestionnaireDraftInput, responses={201: QuestionnaireVersionDetailOutput})
    def drafts(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(QuestionnaireDraftInput, request)
        version_id = services.open_draft(
            actor=actor,
            questionnaire_id=parse_id(id),
            from_version_id=parse_optional_id(given, "from_version_id"),
        )
        return Response(selectors.get_version_detail(actor, version_id), status=201)

    @extend_schema(request=QuestionnaireValidateInput, responses=QuestionnaireJudgementOutput)
    def validate(self, request: Request) -> Response:
        given = parse(QuestionnaireValidateInput, request)
        return Response(
            selectors.judge_document(given["document"], parse_optional_id(given, "questionnaire_id"))
        )

    @extend_schema(request=QuestionnaireEvaluateInput, responses=QuestionnaireEvaluationOutput)
    def evaluate(self, request: Request) -> Response:
        return Response(selectors.evaluate_draft(**parse(QuestionnaireEvaluateInput, request)))


urlpatterns = [
    path("questionnaires", QuestionnaireViewSet.as_view({"get": "list", "post": "create"})),
    path("questionnaires/validate", QuestionnaireViewSet.as_view({"post": "validate"})),
    path("questionnaires/evaluate", QuestionnaireViewSet.as_view({"post": "evaluate"})),
    path("questionnaires/<str:id>", QuestionnaireViewSet.as_view({"get": "retrieve"})),
    path("questionnaires/<str:id>/drafts", QuestionnaireViewSet.as_view({"post": "drafts"})),
]
