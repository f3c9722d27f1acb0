from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from community.handover.enums import AgreementState
from community.handover.exchange import bureau
from community.handover.serializers.agreements import (
    AgreementDetailOutput,
    AgreementListOutput,
    BureauSharedOutput,
    HandoverReasonInput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput
from kernel.pagination import slice_page


def _newest_first(rows: QuerySet[Any, Any], request: Request) -> tuple[list[Any], str | None]:
    return slice_page(rows, request, order=("-id",))


class BureauAgreementViewSet(ApiViewSet):
    """Agreements of the bureau's tenants, on the public host: approved, sent back or ended, and counted."""

    operation_prefix = "bureauAgreements"
    functions = {
        "list": F.AGREEMENT_APPROVE, "retrieve": F.AGREEMENT_APPROVE, "shared": F.AGREEMENT_APPROVE,
        "approve": F.AGREEMENT_APPROVE, "reject": F.AGREEMENT_APPROVE, "revoke": F.AGREEMENT_APPROVE,
    }  # fmt: skip
    parameters = {"list": frozenset({"state", "cursor", "limit"})}

    @extend_schema(
        responses=AgreementListOutput,
        parameters=[
            OpenApiParameter("state", enum=AgreementState.values), OpenApiParameter("cursor"),
            OpenApiParameter("limit", int),
        ],
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        state = request.query_params.get("state")
        if state and state not in AgreementState.values:
            raise InvalidInput.at(
                "?state", "unknown_value", f"state 应为：{'、'.join(AgreementState.values)}"
            )
        items, cursor = bureau.list_agreements(
            actor_of(request), partial(_newest_first, request=request), state=state
        )
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(responses=AgreementDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(bureau.get_agreement(actor_of(request), parse_id(id)))

    @extend_schema(responses=BureauSharedOutput)
    def shared(self, request: Request, id: str) -> Response:
        """How much was sent under the agreement; never whom."""
        return Response({"totals": bureau.count_shared(actor_of(request), parse_id(id))})

    @extend_schema(request=None, responses=AgreementDetailOutput)
    def approve(self, request: Request, id: str) -> Response:
        return self._decide(request, id, "approved", "")

    @extend_schema(request=HandoverReasonInput, responses=AgreementDetailOutput)
    def reject(self, request: Request, id: str) -> Response:
        return self._decide(request, id, "rejected", parse(HandoverReasonInput, request)["reason"])

    @extend_schema(request=HandoverReasonInput, responses=AgreementDetailOutput)
    def revoke(self, request: Request, id: str) -> Response:
        return self._decide(request, id, "revoked", parse(HandoverReasonInput, request)["reason"])

    def _decide(self, request: Request, id: str, act: str, reason: str) -> Response:
        actor, pk = actor_of(request), parse_id(id)
        bureau.decide(actor=actor, agreement_id=pk, act=act, reason=reason)
        return Response(bureau.get_agreement(actor, pk))


def _agreement(address: str, method: str, action: str) -> object:
    return path(f"handover/agreements/<str:id>/{address}", BureauAgreementViewSet.as_view({method: action}))


urlpatterns = [
    path("handover/agreements", BureauAgreementViewSet.as_view({"get": "list"})),
    path("handover/agreements/<str:id>", BureauAgreementViewSet.as_view({"get": "retrieve"})),
    _agreement("shared", "get", "shared"),
    _agreement("approve", "post", "approve"),
    _agreement("reject", "post", "reject"),
    _agreement("revoke", "post", "revoke"),
]
