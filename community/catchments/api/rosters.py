from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from community.catchments import services
from community.catchments.api.common import optional_id, read_day, read_id, read_if_match
from community.catchments.selectors import rosters as selectors
from community.catchments.serializers.rosters import (
    AbsenceCancelInput,
    AbsenceChangeInput,
    AbsenceInput,
    AbsenceOutput,
    AbsencePageOutput,
    CapacityInput,
    CapacityOutput,
    RosterPageOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.pagination import slice_page

_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)
_STAFF = OpenApiParameter("staff_id", OpenApiTypes.STR, OpenApiParameter.PATH)
_IF_MATCH = OpenApiParameter("If-Match", location="header", required=True)
_PAGE = [OpenApiParameter("cursor", str), OpenApiParameter("limit", int)]


class RosterViewSet(ApiViewSet):
    """排班：谁在哪个团队，每日可随访多少，还有多少待办，谁不在岗。"""

    operation_prefix = "rosters"
    functions = {"list": F.CATCHMENTS_VIEW, "state_capacity": F.ROSTER_EDIT}
    parameters = {"list": frozenset({"institution", "cursor", "limit"})}

    @extend_schema(
        parameters=[
            OpenApiParameter("institution", str, description="机构编号；不填为查看范围内全部"),
            *_PAGE,
        ],
        responses=RosterPageOutput,
    )
    def list(self, request: Request) -> Response:
        actor = actor_of(request)
        queryset = selectors.list_rosters(actor, institution_id=read_id(request, "institution"))
        rows, cursor = slice_page(queryset, request, order=selectors.ORDER)
        return Response({"items": selectors.shape_roster(actor, rows), "next_cursor": cursor})

    @extend_schema(parameters=[_STAFF, _IF_MATCH], request=CapacityInput, responses=CapacityOutput)
    def state_capacity(self, request: Request, staff_id: str) -> Response:
        body, staff = parse(CapacityInput, request), parse_id(staff_id, "/staff_id")
        services.state_capacity(
            actor=actor_of(request),
            staff_id=staff,
            per_day=body["per_day"],
            expected_revision=read_if_match(request),
        )
        return Response(selectors.capacity_of(staff))


class AbsenceViewSet(ApiViewSet):
    """缺勤与代班。登记本人的缺勤人人可以；登记他人的需要排班权限。"""

    operation_prefix = "absences"
    functions = {
        "list": F.CATCHMENTS_VIEW, "create": F.CATCHMENTS_VIEW, "change": F.CATCHMENTS_VIEW,
        "cancel": F.CATCHMENTS_VIEW,
    }  # fmt: skip
    parameters = {"list": frozenset({"institution", "on", "cursor", "limit"})}

    @extend_schema(
        parameters=[
            OpenApiParameter("institution", str, description="机构编号"),
            OpenApiParameter("on", OpenApiTypes.DATE, description="当日不在岗的；不填为全部"),
            *_PAGE,
        ],
        responses=AbsencePageOutput,
    )
    def list(self, request: Request) -> Response:
        queryset = selectors.list_absences(
            actor_of(request), institution_id=read_id(request, "institution"), on=read_day(request, "on")
        )
        rows, cursor = slice_page(queryset, request, order=selectors.ABSENCE_ORDER)
        return Response({"items": selectors.shape_absences(rows), "next_cursor": cursor})

    @extend_schema(request=AbsenceInput, responses={201: AbsenceOutput})
    def create(self, request: Request) -> Response:
        """登记缺勤；代班成环、与已有登记重叠、结束早于开始都会说明原因。"""
        body = parse(AbsenceInput, request)
        absence_id = services.report_absence(
            actor=actor_of(request),
            staff_id=parse_id(body["staff_id"], "/staff_id"),
            from_on=body["from_on"],
            to_on=body["to_on"],
            reason=body["reason"],
            note=body["note"],
            deputy_id=optional_id(body["deputy_id"], "/deputy_id"),
        )
        return Response(selectors.get_absence(absence_id), status=201)

    @extend_schema(parameters=[_ID, _IF_MATCH], request=AbsenceChangeInput, responses=AbsenceOutput)
    def change(self, request: Request, id: str) -> Response:
        """改返岗日期或代班人。"""
        changes = parse(AbsenceChangeInput, request)
        if "deputy_id" in changes:
            changes["deputy_id"] = optional_id(changes["deputy_id"], "/deputy_id")
        absence_id = services.change_absence(
            actor=actor_of(request),
            absence_id=parse_id(id),
            expected_revision=read_if_match(request),
            changes=changes,
        )
        return Response(selectors.get_absence(absence_id))

    @extend_schema(parameters=[_ID], request=AbsenceCancelInput, responses=AbsenceOutput)
    def cancel(self, request: Request, id: str) -> Response:
        """撤销尚未开始或今天才开始的缺勤。"""
        parse(AbsenceCancelInput, request)
        absence_id = services.cancel_absence(actor=actor_of(request), absence_id=parse_id(id))
        return Response(selectors.get_absence(absence_id))


urlpatterns = [
    path("rosters", RosterViewSet.as_view({"get": "list"})),
    path("rosters/<str:staff_id>/capacity", RosterViewSet.as_view({"put": "state_capacity"})),
    path("absences", AbsenceViewSet.as_view({"get": "list", "post": "create"})),
    path("absences/<str:id>", AbsenceViewSet.as_view({"patch": "change"})),
    path("absences/<str:id>/cancel", AbsenceViewSet.as_view({"post": "cancel"})),
]
