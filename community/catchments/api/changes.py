from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from community.catchments import services
from community.catchments.api.common import optional_id
from community.catchments.selectors import changes as selectors
from community.catchments.serializers.changes import (
    AreaChangeApplyInput,
    AreaChangeDetailOutput,
    AreaChangeInput,
    AreaChangePageOutput,
    AreaChangeRevertInput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.pagination import slice_page

_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)


class AreaChangeViewSet(ApiViewSet):
    """辖区调整：合并、拆分、划转。先预览，再执行；可整项撤回。"""

    operation_prefix = "areaChanges"
    functions = {
        "list": F.AREA_CHANGE, "create": F.AREA_CHANGE, "retrieve": F.AREA_CHANGE, "apply": F.AREA_CHANGE,
        "revert": F.AREA_CHANGE,
    }  # fmt: skip
    parameters = {"list": frozenset({"cursor", "limit"})}

    @extend_schema(
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses=AreaChangePageOutput,
    )
    def list(self, request: Request) -> Response:
        rows, cursor = slice_page(selectors.list_changes(), request, order=selectors.ORDER)
        return Response({"items": [selectors.shape_change(row) for row in rows], "next_cursor": cursor})

    @extend_schema(request=AreaChangeInput, responses={201: AreaChangeDetailOutput})
    def create(self, request: Request) -> Response:
        """拟定一项调整并给出预览；此时什么都不改变。"""
        body = parse(AreaChangeInput, request)
        change_id = services.draft_change(
            actor=actor_of(request),
            kind=body["kind"],
            from_on=body["from_on"],
            note=body["note"],
            moves=[
                {
                    "division_codes": move["division_codes"],
                    "to_institution_id": parse_id(move["to_institution_id"], f"/moves/{n}/to_institution_id"),
                    "to_ward_id": optional_id(move["to_ward_id"], f"/moves/{n}/to_ward_id"),
                    "to_staff_id": optional_id(move["to_staff_id"], f"/moves/{n}/to_staff_id"),
                }
                for n, move in enumerate(body["moves"])
            ],
        )
        return Response(selectors.get_change(change_id), status=201)

    @extend_schema(parameters=[_ID], responses=AreaChangeDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        """草稿的预览随时重算；已执行的保留执行时的预览，并说明能否撤回。"""
        return Response(selectors.get_change(parse_id(id)))

    @extend_schema(parameters=[_ID], request=AreaChangeApplyInput, responses={202: AreaChangeDetailOutput})
    def apply(self, request: Request, id: str) -> Response:
        """按预览执行，由后台分批完成；执行中再次提交则从中断处继续。"""
        change_id, body = parse_id(id), parse(AreaChangeApplyInput, request)
        services.apply_change(actor=actor_of(request), change_id=change_id, fingerprint=body["fingerprint"])
        return Response(selectors.get_change(change_id), status=202)

    @extend_schema(parameters=[_ID], request=AreaChangeRevertInput, responses={202: AreaChangeDetailOutput})
    def revert(self, request: Request, id: str) -> Response:
        """撤回：新增的归属结束，原来的归属重新开始；执行后又有修改的，列出并拒绝。"""
        change_id = parse_id(id)
        parse(AreaChangeRevertInput, request)
        services.revert_change(actor=actor_of(request), change_id=change_id)
        return Response(selectors.get_change(change_id), status=202)


urlpatterns = [
    path("area-changes", AreaChangeViewSet.as_view({"get": "list", "post": "create"})),
    path("area-changes/<str:id>", AreaChangeViewSet.as_view({"get": "retrieve"})),
    path("area-changes/<str:id>/apply", AreaChangeViewSet.as_view({"post": "apply"})),
    path("area-changes/<str:id>/revert", AreaChangeViewSet.as_view({"post": "revert"})),
]
