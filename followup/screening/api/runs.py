from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from followup.screening import selectors, services
from followup.screening.serializers.runs import (
    ScreeningRunListOutput,
    ScreeningRunOutput,
    ScreeningStartInput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.pagination import slice_page


class ScreeningRunViewSet(ApiViewSet):
    operation_prefix = "screeningRuns"
    functions = {
        "list": Function.SCREENING_VIEW,
        "retrieve": Function.SCREENING_VIEW,
        "create": Function.SCREENING_RUN,
    }
    parameters = {"list": frozenset({"cursor", "limit"})}

    @extend_schema(
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses=ScreeningRunListOutput,
    )
    def list(self, request: Request) -> Response:
        rows, cursor = slice_page(selectors.runs(), request, order=["-id"])
        return Response({"items": [selectors.present_run(row) for row in rows], "next_cursor": cursor})

    @extend_schema(
        parameters=[OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)],
        responses=ScreeningRunOutput,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        """finished_at 为空：仍在进行，人数随进度增加。"""
        return Response(selectors.get_run(run_id=parse_id(id)))

    @extend_schema(request=ScreeningStartInput, responses={202: ScreeningRunOutput})
    def create(self, request: Request) -> Response:
        """后台执行；用返回的编号查询进度。"""
        parse(ScreeningStartInput, request)
        run = services.start_run(actor=actor_of(request))
        return Response(selectors.get_run(run_id=run.pk), status=status.HTTP_202_ACCEPTED)


urlpatterns = [
    path("screening/runs", ScreeningRunViewSet.as_view({"get": "list", "post": "create"})),
    path("screening/runs/<str:id>", ScreeningRunViewSet.as_view({"get": "retrieve"})),
]
