from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput
from records import services
from records.serializers import (
    PatientDetailOutput,
    PatientPageOutput,
    TimelineOutput,
    UnmaskInput,
    UnmaskOutput,
)

_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)


class PatientViewSet(ApiViewSet):
    """患者档案（患者 360）。"""

    operation_prefix = "patients"
    functions = {
        "list": Function.PATIENT_VIEW,
        "retrieve": Function.PATIENT_VIEW,
        "timeline": Function.PATIENT_VIEW,
        "unmask": Function.PATIENT_UNMASK,
    }
    parameters = {"list": frozenset({"q", "limit", "cursor"})}

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "q", description="姓名（或拼音首字母）开头；身份证或电话后四位；就诊号、住院号、病历号全号"
            ),
        ],
        responses=PatientPageOutput,
    )
    def list(self, request: Request) -> Response:
        """最多 50 人，按姓名排列，不分页。"""
        q = request.query_params.get("q")
        if q is None:
            raise InvalidInput.at("?q", "required", "请提供查找内容 q")
        return Response({"items": services.search(actor=actor_of(request), q=q), "next_cursor": None})

    @extend_schema(parameters=[_ID], responses=PatientDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        """证件号与电话均为脱敏内容；查看会留痕。"""
        return Response(services.view_patient(actor=actor_of(request), patient_id=parse_id(id)))

    @extend_schema(parameters=[_ID], responses=TimelineOutput)
    def timeline(self, request: Request, id: str) -> Response:
        """住院、门诊、体检、手术、检验、归属与随访，最近的在前。"""
        items = services.list_timeline(actor=actor_of(request), patient_id=parse_id(id))
        return Response({"items": items})

    @extend_schema(parameters=[_ID], request=UnmaskInput, responses=UnmaskOutput)
    def unmask(self, request: Request, id: str) -> Response:
        """查看一项完整号码，须写明理由；姓名、时间、理由留痕。"""
        patient_id = parse_id(id)
        body = parse(UnmaskInput, request)
        phone_id = parse_id(body["phone_id"], "/phone_id") if "phone_id" in body else None
        value = services.unmask(
            actor=actor_of(request),
            patient_id=patient_id,
            field=body["field"],
            reason=body["reason"],
            phone_id=phone_id,
        )
        return Response({"value": value})


urlpatterns = [
    path("patients", PatientViewSet.as_view({"get": "list"})),
    path("patients/<str:id>", PatientViewSet.as_view({"get": "retrieve"})),
    path("patients/<str:id>/timeline", PatientViewSet.as_view({"get": "timeline"})),
    path("patients/<str:id>/unmask", PatientViewSet.as_view({"post": "unmask"})),
]
