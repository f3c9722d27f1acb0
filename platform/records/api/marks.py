"""Flags, labels and registers of a patient, and the dictionary of labels."""

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from kernel.api import ApiViewSet, parse, parse_id
from records import selectors, services
from records.serializers import (
    FlagInput,
    FlagLiftInput,
    FlagOutput,
    FlagsOutput,
    LabelInput,
    LabelListOutput,
    LabelOutput,
    PatientLabelListOutput,
    PatientLabelsInput,
    RegisterEntryOutput,
    RegisterInput,
    RegisterListOutput,
)

_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)
_FLAG_ID = OpenApiParameter("flag_id", OpenApiTypes.STR, OpenApiParameter.PATH)


class PatientFlagViewSet(ApiViewSet):
    """患者标识：已死亡、联系不上、联系方式无效、拒绝随访、频繁就诊。"""

    operation_prefix = "patientFlags"
    functions = {
        "list": Function.PATIENT_VIEW,
        "create": Function.FLAG_SET,
        "lift": Function.FLAG_SET,
    }

    @extend_schema(parameters=[_ID], responses=FlagsOutput)
    def list(self, request: Request, id: str) -> Response:
        """现有标识与历史，最近的在前。"""
        return Response(services.list_marks(actor=actor_of(request), patient_id=parse_id(id), what="flags"))

    @extend_schema(parameters=[_ID], request=FlagInput, responses={201: FlagOutput})
    def create(self, request: Request, id: str) -> Response:
        """标记后，同一事务内停止与之相应的随访；标记“已死亡”同时登记死亡时间。"""
        patient_id = parse_id(id)
        body = parse(FlagInput, request)
        row = services.set_flag(
            actor=actor_of(request), patient_id=patient_id, kind=body["kind"], reason=body["reason"]
        )
        return Response(row, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[_ID, _FLAG_ID], request=FlagLiftInput, responses=FlagOutput)
    def lift(self, request: Request, id: str, flag_id: str) -> Response:
        """撤销标识：因它终止、仍应完成的随访恢复；标识留在历史中。"""
        patient_id, flag = parse_id(id), parse_id(flag_id, "/flag_id")
        body = parse(FlagLiftInput, request)
        return Response(
            services.lift_flag(
                actor=actor_of(request), patient_id=patient_id, flag_id=flag, reason=body["reason"]
            )
        )


class LabelViewSet(ApiViewSet):
    """患者标签字典。"""

    operation_prefix = "labels"
    functions = {"list": Function.PATIENT_VIEW, "create": Function.LABEL_MANAGE}

    @extend_schema(responses=LabelListOutput)
    def list(self, request: Request) -> Response:
        """在用的在前；标签由本机构自定，不分页。"""
        return Response({"items": selectors.list_labels()})

    @extend_schema(request=LabelInput, responses={201: LabelOutput})
    def create(self, request: Request) -> Response:
        body = parse(LabelInput, request)
        row = services.save_label(actor=actor_of(request), code=body["code"], name=body["name"])
        return Response(row, status=status.HTTP_201_CREATED)


class PatientLabelViewSet(ApiViewSet):
    operation_prefix = "patientLabels"
    functions = {"list": Function.PATIENT_VIEW, "update": Function.FLAG_SET}

    @extend_schema(parameters=[_ID], responses=PatientLabelListOutput)
    def list(self, request: Request, id: str) -> Response:
        rows = services.list_marks(actor=actor_of(request), patient_id=parse_id(id), what="labels")
        return Response({"items": rows})

    @extend_schema(parameters=[_ID], request=PatientLabelsInput, responses=PatientLabelListOutput)
    def update(self, request: Request, id: str) -> Response:
        """患者此后的全部标签；未列出的摘下，留在历史中。"""
        patient_id = parse_id(id)
        body = parse(PatientLabelsInput, request)
        rows = services.set_labels(actor=actor_of(request), patient_id=patient_id, codes=body["codes"])
        return Response({"items": rows})


class PatientRegisterViewSet(ApiViewSet):
    """慢病登记。"""

    operation_prefix = "patientRegisters"
    functions = {"list": Function.PATIENT_VIEW, "create": Function.FLAG_SET}

    @extend_schema(parameters=[_ID], responses=RegisterListOutput)
    def list(self, request: Request, id: str) -> Response:
        rows = services.list_marks(actor=actor_of(request), patient_id=parse_id(id), what="registers")
        return Response({"items": rows})

    @extend_schema(parameters=[_ID], request=RegisterInput, responses={201: RegisterEntryOutput})
    def create(self, request: Request, id: str) -> Response:
        """登记；同一登记、同一起始日期再带 until 提交即为结束登记。"""
        patient_id = parse_id(id)
        body = parse(RegisterInput, request)
        row = services.save_register(
            actor=actor_of(request),
            patient_id=patient_id,
            register=body["register"],
            since=body["since"],
            until=body.get("until"),
        )
        return Response(row, status=status.HTTP_201_CREATED)


urlpatterns = [
    path("labels", LabelViewSet.as_view({"get": "list", "post": "create"})),
    path("patients/<str:id>/flags", PatientFlagViewSet.as_view({"get": "list", "post": "create"})),
    path("patients/<str:id>/flags/<str:flag_id>/lift", PatientFlagViewSet.as_view({"post": "lift"})),
    path("patients/<str:id>/labels", PatientLabelViewSet.as_view({"get": "list", "put": "update"})),
    path("patients/<str:id>/registers", PatientRegisterViewSet.as_view({"get": "list", "post": "create"})),
]
