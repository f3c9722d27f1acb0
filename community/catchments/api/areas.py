from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from community.catchments import services
from community.catchments.api.common import read_choice, read_day, read_id, read_if_match
from community.catchments.enums import CatchmentRole
from community.catchments.selectors import editor as selectors
from community.catchments.serializers.areas import (
    AreaEndInput,
    AreaEndOutput,
    CatchmentChangeInput,
    CatchmentInput,
    CatchmentOutput,
    CatchmentPageOutput,
    CatchmentTreeOutput,
    ClinicianAreaInput,
    ClinicianAreaOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.pagination import slice_page

_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)


class CatchmentViewSet(ApiViewSet):
    """机构辖区：哪家机构负责哪个县、乡镇、村，从哪天到哪天。"""

    operation_prefix = "catchments"
    functions = {
        "tree": F.CATCHMENTS_VIEW, "list": F.CATCHMENTS_VIEW, "create": F.CATCHMENTS_EDIT,
        "change": F.CATCHMENTS_EDIT, "end": F.CATCHMENTS_EDIT,
    }  # fmt: skip
    parameters = {"list": frozenset({"institution", "division", "role", "on", "q", "cursor", "limit"})}

    @extend_schema(responses=CatchmentTreeOutput)
    def tree(self, request: Request) -> Response:
        """全县一次给全：乡镇、村、现行与将来的归属、今天实际由谁负责。"""
        return Response(selectors.tree())

    @extend_schema(
        parameters=[
            OpenApiParameter("institution", str, description="机构编号"),
            OpenApiParameter("division", str, description="区划代码：本级及其下"),
            OpenApiParameter("role", str, enum=CatchmentRole.values),
            OpenApiParameter("on", OpenApiTypes.DATE, description="当日有效的；不填为全部"),
            OpenApiParameter("q", str, description="区划或机构名称中的文字"),
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses=CatchmentPageOutput,
    )
    def list(self, request: Request) -> Response:
        given = request.query_params
        queryset = selectors.list_catchments(
            institution_id=read_id(request, "institution"),
            division=given.get("division"),
            role=read_choice(request, "role", CatchmentRole.values),
            on=read_day(request, "on"),
            q=given.get("q", "").strip()[:40].replace("\0", ""),
        )
        rows, cursor = slice_page(queryset, request, order=selectors.ORDER)
        return Response({"items": [selectors.shape_catchment(row) for row in rows], "next_cursor": cursor})

    @extend_schema(request=CatchmentInput, responses={201: CatchmentOutput})
    def create(self, request: Request) -> Response:
        """登记归属；同一时段已有主责机构时 409，并说明是谁、从何时起。"""
        body = parse(CatchmentInput, request)
        row = services.add_catchment(
            actor=actor_of(request),
            institution_id=parse_id(body["institution_id"], "/institution_id"),
            division_code=body["division_code"],
            role=body["role"],
            valid_from=body.get("valid_from"),
            valid_to=body["valid_to"],
            specialties=body["specialties"],
        )
        return Response(selectors.get_catchment(row.pk), status=201)

    @extend_schema(
        parameters=[_ID, OpenApiParameter("If-Match", location="header", required=True)],
        request=CatchmentChangeInput,
        responses=CatchmentOutput,
    )
    def change(self, request: Request, id: str) -> Response:
        """改结束日期；空为长期。"""
        body = parse(CatchmentChangeInput, request)
        row = services.change_catchment_end(
            actor=actor_of(request),
            catchment_id=parse_id(id),
            valid_to=body["valid_to"],
            expected_revision=read_if_match(request),
        )
        return Response(selectors.get_catchment(row.pk))

    @extend_schema(parameters=[_ID], request=AreaEndInput, responses=AreaEndOutput)
    def end(self, request: Request, id: str) -> Response:
        """结束归属；尚未开始的可撤销。"""
        body = parse(AreaEndInput, request)
        row = services.end_catchment(actor=actor_of(request), catchment_id=parse_id(id), on=body["on"])
        return Response(_ended(id, row))


class ClinicianAreaViewSet(ApiViewSet):
    """片区医生：哪名医生负责哪个乡镇、村，在哪个团队。"""

    operation_prefix = "clinicianAreas"
    functions = {"create": F.CATCHMENTS_EDIT, "end": F.CATCHMENTS_EDIT}

    @extend_schema(request=ClinicianAreaInput, responses={201: ClinicianAreaOutput})
    def create(self, request: Request) -> Response:
        body = parse(ClinicianAreaInput, request)
        row = services.add_clinician_area(
            actor=actor_of(request),
            staff_id=parse_id(body["staff_id"], "/staff_id"),
            ward_id=parse_id(body["ward_id"], "/ward_id"),
            division_code=body["division_code"],
            valid_from=body.get("valid_from"),
            valid_to=body["valid_to"],
        )
        return Response(selectors.clinicians_shown([row.pk])[0], status=201)

    @extend_schema(parameters=[_ID], request=AreaEndInput, responses=AreaEndOutput)
    def end(self, request: Request, id: str) -> Response:
        body = parse(AreaEndInput, request)
        row = services.end_clinician_area(actor=actor_of(request), area_id=parse_id(id), on=body["on"])
        return Response(_ended(id, row))


def _ended(id: str, row: Any) -> dict[str, Any]:
    # A row that was withdrawn has no key any more.
    return {"id": id, "withdrawn": row.pk is None, "valid_to": row.valid_to if row.pk is not None else None}


urlpatterns = [
    path("catchments/tree", CatchmentViewSet.as_view({"get": "tree"})),
    path("catchments", CatchmentViewSet.as_view({"get": "list", "post": "create"})),
    path("catchments/<str:id>", CatchmentViewSet.as_view({"patch": "change"})),
    path("catchments/<str:id>/end", CatchmentViewSet.as_view({"post": "end"})),
    path("clinician-areas", ClinicianAreaViewSet.as_view({"post": "create"})),
    path("clinician-areas/<str:id>/end", ClinicianAreaViewSet.as_view({"post": "end"})),
]
