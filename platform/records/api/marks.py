"""Flags, labels and registers of a patient, and the dictionary of labels."""

import re

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput
from records import selectors, services
from records.enums import FlagKind
from records.serializers import (
    FlagConfirmInput,
    FlagInput,
    FlagLiftInput,
    FlagOutput,
    FlagRejectInput,
    FlagsOutput,
    LabelInput,
    LabelListOutput,
    LabelNameInput,
    LabelOutput,
    PatientLabelListOutput,
    PatientLabelsInput,
    RegisterEntryOutput,
    RegisterInput,
    RegisterListOutput,
)

_IF_MATCH = re.compile(r'^(?:W/)?"(\d{1,9})"$', re.ASCII)
_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)
_FLAG_ID = OpenApiParameter("flag_id", OpenApiTypes.STR, OpenApiParameter.PATH)


class PatientFlagViewSet(ApiViewSet):
    """患者标识：已死亡、联系不上、联系方式无效、拒绝随访、频繁就诊、已迁出。"""

    operation_prefix = "patientFlags"
    functions = {
        "list": Function.PATIENT_VIEW,
        "create": Function.FLAG_SET,
        "lift": Function.FLAG_SET,
        "confirm": Function.FLAG_SET,
        "reject": Function.FLAG_SET,
    }

    @extend_schema(parameters=[_ID], responses=FlagsOutput)
    def list(self, request: Request, id: str) -> Response:
        """现有标识与历史，最近的在前。"""
        return Response(services.list_marks(actor=actor_of(request), patient_id=parse_id(id), what="flags"))

    @extend_schema(parameters=[_ID], request=FlagInput, responses={201: FlagOutput})
    def create(self, request: Request, id: str) -> Response:
        """标记后，同一事务内停止与之相应的随访；标记“已死亡”同时登记死亡时间。

        proposed：电话中听说死亡，待另一人核实；核实前该患者的任务暂停。
        """
        patient_id = parse_id(id)
        body = parse(FlagInput, request)
        if body.get("proposed"):
            if body["kind"] != FlagKind.DECEASED:
                raise InvalidInput.at("/proposed", "not_applicable", "只有已死亡标识可以先待核实")
            row = services.propose_death(
                actor=actor_of(request), patient_id=patient_id, reason=body["reason"]
            )
            return Response(row, status=status.HTTP_201_CREATED)
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

    @extend_schema(parameters=[_ID, _FLAG_ID], request=FlagConfirmInput, responses=FlagOutput)
    def confirm(self, request: Request, id: str, flag_id: str) -> Response:
        """确认待核实的死亡：须由报告人以外的人确认，随访随之终止。"""
        patient_id, flag = parse_id(id), parse_id(flag_id, "/flag_id")
        parse(FlagConfirmInput, request)
        return Response(services.confirm_death(actor=actor_of(request), patient_id=patient_id, flag_id=flag))

    @extend_schema(parameters=[_ID, _FLAG_ID], request=FlagRejectInput, responses=FlagOutput)
    def reject(self, request: Request, id: str, flag_id: str) -> Response:
        """否定待核实的死亡：暂停的任务恢复。"""
        patient_id, flag = parse_id(id), parse_id(flag_id, "/flag_id")
        body = parse(FlagRejectInput, request)
        return Response(
            services.reject_death(
                actor=actor_of(request), patient_id=patient_id, flag_id=flag, reason=body["reason"]
            )
        )


class LabelViewSet(ApiViewSet):
    """患者标签字典。"""

    operation_prefix = "labels"
    functions = {
        "list": Function.PATIENT_VIEW,
        "create": Function.LABEL_MANAGE,
        "update": Function.LABEL_MANAGE,
        "deactivate": Function.LABEL_MANAGE,
        "activate": Function.LABEL_MANAGE,
    }

    @extend_schema(responses=LabelListOutput)
    def list(self, request: Request) -> Response:
        """在用的在前；标签由本机构自定，不分页。"""
        return Response({"items": selectors.list_labels()})

    @extend_schema(request=LabelInput, responses={201: LabelOutput})
    def create(self, request: Request) -> Response:
        body = parse(LabelInput, request)
        row = services.save_label(actor=actor_of(request), code=body["code"], name=body["name"])
        return Response(row, status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[_ID, OpenApiParameter("If-Match", location="header", required=True)],
        request=LabelNameInput,
        responses=LabelOutput,
    )
    def update(self, request: Request, id: str) -> Response:
        """改名；编码不变，入组条件和已有此标签的患者不受影响。"""
        label_id = parse_id(id)
        body = parse(LabelNameInput, request)
        return Response(
            services.rename_label(
                actor=actor_of(request),
                label_id=label_id,
                name=body["name"],
                expected_version=_read_if_match(request),
            )
        )

    @extend_schema(parameters=[_ID], request=None, responses=LabelOutput)
    def deactivate(self, request: Request, id: str) -> Response:
        """停用：不能再给患者加此标签，已有的保留。"""
        return Response(services.deactivate_label(actor=actor_of(request), label_id=parse_id(id)))

    @extend_schema(parameters=[_ID], request=None, responses=LabelOutput)
    def activate(self, request: Request, id: str) -> Response:
        return Response(services.activate_label(actor=actor_of(request), label_id=parse_id(id)))


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


def _read_if_match(request: Request) -> int:
    match = _IF_MATCH.match(request.headers.get("If-Match", "").strip())
    if match is None:
        raise InvalidInput.at("If-Match", "required", '请在 If-Match 中给出当前版本，如 "3"')
    return int(match[1])


urlpatterns = [
    path("labels", LabelViewSet.as_view({"get": "list", "post": "create"})),
    path("labels/<str:id>", LabelViewSet.as_view({"put": "update"})),
    path("labels/<str:id>/activate", LabelViewSet.as_view({"post": "activate"})),
    path("labels/<str:id>/deactivate", LabelViewSet.as_view({"post": "deactivate"})),
    path("patients/<str:id>/flags", PatientFlagViewSet.as_view({"get": "list", "post": "create"})),
    path("patients/<str:id>/flags/<str:flag_id>/confirm", PatientFlagViewSet.as_view({"post": "confirm"})),
    path("patients/<str:id>/flags/<str:flag_id>/lift", PatientFlagViewSet.as_view({"post": "lift"})),
    path("patients/<str:id>/flags/<str:flag_id>/reject", PatientFlagViewSet.as_view({"post": "reject"})),
    path("patients/<str:id>/labels", PatientLabelViewSet.as_view({"get": "list", "put": "update"})),
    path("patients/<str:id>/registers", PatientRegisterViewSet.as_view({"get": "list", "post": "create"})),
]
