from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from community.catchments import services
from community.catchments.api.common import optional_id, read_choice, read_id
from community.catchments.selectors import contracts as selectors
from community.catchments.serializers.contracts import (
    CareContractEndInput,
    CareContractInput,
    CareContractOutput,
    CareContractPageOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.pagination import slice_page

_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)
_STATES = ["active", "ended", "all"]


class CareContractViewSet(ApiViewSet):
    """家庭医生签约。"""

    operation_prefix = "careContracts"
    functions = {"list": F.PATIENT_VIEW, "create": F.CONTRACT_EDIT, "end": F.CONTRACT_EDIT}
    parameters = {"list": frozenset({"patient", "staff", "team", "state", "cursor", "limit"})}

    @extend_schema(
        parameters=[
            OpenApiParameter("patient", str, description="患者编号"),
            OpenApiParameter("staff", str, description="医生编号"),
            OpenApiParameter("team", str, description="家庭医生团队编号"),
            OpenApiParameter("state", str, enum=_STATES, description="不填为 active"),
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses=CareContractPageOutput,
    )
    def list(self, request: Request) -> Response:
        """本团队的签约，以及查看范围内患者的签约；最近登记的在前。"""
        actor = actor_of(request)
        queryset = selectors.list_contracts(
            actor,
            patient_id=read_id(request, "patient"),
            staff_id=read_id(request, "staff"),
            ward_id=read_id(request, "team"),
            state=read_choice(request, "state", _STATES) or "active",
        )
        rows, cursor = slice_page(queryset, request, order=selectors.ORDER)
        items = [selectors.shape_contract(actor, row) for row in rows]
        services.record_contract_list(actor=actor, rows=len(items))
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(request=CareContractInput, responses={201: CareContractOutput})
    def create(self, request: Request) -> Response:
        actor, body = actor_of(request), parse(CareContractInput, request)
        contract_id = services.sign_contract(
            actor=actor,
            patient_id=parse_id(body["patient_id"], "/patient_id"),
            ward_id=parse_id(body["ward_id"], "/ward_id"),
            staff_id=optional_id(body["staff_id"], "/staff_id"),
            valid_from=body["valid_from"],
            valid_to=body["valid_to"],
            contract_no=body["contract_no"],
        )
        return Response(selectors.get_contract(actor, contract_id), status=201)

    @extend_schema(parameters=[_ID], request=CareContractEndInput, responses=CareContractOutput)
    def end(self, request: Request, id: str) -> Response:
        actor, body = actor_of(request), parse(CareContractEndInput, request)
        contract_id = services.end_contract(
            actor=actor, contract_id=parse_id(id), on=body["on"], reason=body["reason"]
        )
        return Response(selectors.get_contract(actor, contract_id))


urlpatterns = [
    path("care-contracts", CareContractViewSet.as_view({"get": "list", "post": "create"})),
    path("care-contracts/<str:id>/end", CareContractViewSet.as_view({"post": "end"})),
]
