from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from integrations.intake import selectors, services
from integrations.intake.serializers import (
    InboundMessagePageOutput,
    QuarantineDetailOutput,
    QuarantineDiscardInput,
    QuarantinePageOutput,
    QuarantineReplayInput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.pagination import slice_page

_PAGE = [OpenApiParameter("limit", OpenApiTypes.INT), OpenApiParameter("cursor")]
_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)


class InboundMessageViewSet(ApiViewSet):
    """收到的报文。"""

    operation_prefix = "intakeMessages"
    functions = {"list": Function.INTAKE_VIEW}
    parameters = {"list": frozenset({"state", "limit", "cursor"})}

    @extend_schema(parameters=[OpenApiParameter("state"), *_PAGE], responses=InboundMessagePageOutput)
    def list(self, request: Request) -> Response:
        """最近收到的在前；原文加密保存，不在此显示。"""
        queryset = selectors.messages_in_sight(actor_of(request), request.query_params.get("state"))
        rows, cursor = slice_page(queryset, request, order=("-id",))
        return Response({"items": [selectors.message_row(row) for row in rows], "next_cursor": cursor})


class QuarantineViewSet(ApiViewSet):
    """不能入库的报文：为什么，更正哪里，重新处理或作废。"""

    operation_prefix = "intakeQuarantine"
    functions = {
        "list": Function.QUARANTINE_VIEW,
        "retrieve": Function.QUARANTINE_VIEW,
        "replay": Function.QUARANTINE_REPLAY,
        "discard": Function.QUARANTINE_REPLAY,
    }
    parameters = {"list": frozenset({"state", "limit", "cursor"})}

    @extend_schema(parameters=[OpenApiParameter("state"), *_PAGE], responses=QuarantinePageOutput)
    def list(self, request: Request) -> Response:
        queryset = selectors.quarantine_in_sight(actor_of(request), request.query_params.get("state"))
        rows, cursor = slice_page(queryset, request, order=("-id",))
        return Response({"items": [selectors.quarantine_row(row) for row in rows], "next_cursor": cursor})

    @extend_schema(parameters=[_ID], responses=QuarantineDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        """问题、可更正的字段及其脱敏内容；查看会留痕。"""
        return Response(services.view_row(actor=actor_of(request), row_id=parse_id(id)))

    @extend_schema(parameters=[_ID], request=QuarantineReplayInput, responses=QuarantineDetailOutput)
    def replay(self, request: Request, id: str) -> Response:
        """带上更正重新校验并入库；仍有问题时 422，逐项说明。"""
        row_id, body = parse_id(id), parse(QuarantineReplayInput, request)
        actor = actor_of(request)
        services.replay_row(actor=actor, row_id=row_id, corrections=body["corrections"])
        return Response(services.view_row(actor=actor, row_id=row_id))

    @extend_schema(parameters=[_ID], request=QuarantineDiscardInput, responses=QuarantineDetailOutput)
    def discard(self, request: Request, id: str) -> Response:
        """作废，须写明理由；报文原文仍保留。"""
        row_id, body = parse_id(id), parse(QuarantineDiscardInput, request)
        actor = actor_of(request)
        services.discard_row(actor=actor, row_id=row_id, reason=body["reason"])
        return Response(services.view_row(actor=actor, row_id=row_id))


urlpatterns = [
    path("intake/messages", InboundMessageViewSet.as_view({"get": "list"})),
    path("intake/quarantine", QuarantineViewSet.as_view({"get": "list"})),
    path("intake/quarantine/<str:id>", QuarantineViewSet.as_view({"get": "retrieve"})),
    path("intake/quarantine/<str:id>/replay", QuarantineViewSet.as_view({"post": "replay"})),
    path("intake/quarantine/<str:id>/discard", QuarantineViewSet.as_view({"post": "discard"})),
]
