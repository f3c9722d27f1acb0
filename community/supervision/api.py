from datetime import date

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from community.supervision import selectors
from community.supervision.rules import parse_month
from community.supervision.serializers import CountyOverviewOutput, SupervisedTenantListOutput
from kernel import clock
from kernel.api import ApiViewSet
from kernel.errors import InvalidInput


class SupervisionViewSet(ApiViewSet):
    """The county as its health bureau sees it: counts, never people. Served on the public host only."""

    functions = {"overview": Function.COUNTY_VIEW, "tenants": Function.TENANT_VIEW}
    parameters = {"overview": frozenset({"month"})}

    @extend_schema(
        parameters=[OpenApiParameter("month", str, description="YYYY-MM; left out: this month")],
        responses=CountyOverviewOutput,
    )
    def overview(self, request: Request) -> Response:
        return Response(selectors.overview(actor_of(request), _read_month(request)))

    @extend_schema(responses=SupervisedTenantListOutput)
    def tenants(self, request: Request) -> Response:
        return Response({"items": selectors.tenants(actor_of(request))})


def _read_month(request: Request) -> date:
    present = clock.today().replace(day=1)
    text = request.query_params.get("month")
    if text is None:
        return present
    try:
        month = parse_month(text)
    except ValueError as error:
        raise InvalidInput.at("?month", "invalid_month", "月份应写成 YYYY-MM，例如 2026-11") from error
    if month > present:
        raise InvalidInput.at("?month", "month_in_future", "不能查询未来的月份")
    return month


urlpatterns = [
    path("supervision/overview", SupervisionViewSet.as_view({"get": "overview"})),
    path("supervision/tenants", SupervisionViewSet.as_view({"get": "tenants"})),
]
