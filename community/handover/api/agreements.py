import re
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from community.handover import selectors, services
from community.handover.enums import AgreementState, Direction
from community.handover.rules import FIELDS, REQUIRED
from community.handover.serializers.agreements import (
    AgreementDetailOutput,
    AgreementInput,
    AgreementListOutput,
    HandoverFieldListOutput,
    HandoverPartnerListOutput,
    HandoverReasonInput,
    SharedListOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput
from kernel.pagination import slice_page

_IF_MATCH = re.compile(r'^(?:W/)?"(\d{1,9})"$', re.ASCII)
_PAGE = [OpenApiParameter("cursor"), OpenApiParameter("limit", int)]


def read_choice(request: Request, name: str, values: list[str]) -> str | None:
    """Raises InvalidInput."""
    value = request.query_params.get(name)
    if value and value not in values:
        raise InvalidInput.at(f"?{name}", "unknown_value", f"{name} 应为：{'、'.join(values)}")
    return value or None


def _read_if_match(request: Request) -> int:
    match = _IF_MATCH.match(request.headers.get("If-Match", "").strip())
    if match is None:
        raise InvalidInput.at("If-Match", "required", '请在 If-Match 中给出当前修订号，如 "3"')
    return int(match[1])


def _newest_first(rows: QuerySet[Any, Any], request: Request) -> tuple[list[Any], str | None]:
    return slice_page(rows, request, order=("-id",))


class HandoverAgreementViewSet(ApiViewSet):
    """Agreements with other tenants of the platform, from the side of one of the two."""

    operation_prefix = "handoverAgreements"
    functions = {
        "list": F.AGREEMENT_VIEW, "retrieve": F.AGREEMENT_VIEW, "shared": F.AGREEMENT_VIEW,
        "fields": F.AGREEMENT_VIEW, "partners": F.AGREEMENT_MANAGE, "create": F.AGREEMENT_MANAGE,
        "update": F.AGREEMENT_MANAGE, "propose": F.AGREEMENT_MANAGE, "countersign": F.AGREEMENT_MANAGE,
        "reject": F.AGREEMENT_MANAGE, "revoke": F.AGREEMENT_MANAGE,
    }  # fmt: skip
    parameters = {
        "list": frozenset({"state", "direction", "cursor", "limit"}), "shared": frozenset({"cursor", "limit"}),
    }  # fmt: skip

    @extend_schema(
        responses=AgreementListOutput,
        parameters=[
            OpenApiParameter("state", enum=AgreementState.values),
            OpenApiParameter("direction", enum=Direction.values), *_PAGE,
        ],
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        items, cursor = selectors.list_agreements(
            partial(_newest_first, request=request),
            state=read_choice(request, "state", AgreementState.values),
            direction=read_choice(request, "direction", Direction.values),
        )
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(responses=AgreementDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return self._detail(request, id)

    @extend_schema(responses=SharedListOutput, parameters=_PAGE)
    def shared(self, request: Request, id: str) -> Response:
        """What was sent under the agreement, and how much."""
        items, totals, cursor = selectors.list_shared(partial(_newest_first, request=request), parse_id(id))
        return Response({"items": items, "totals": totals, "next_cursor": cursor})

    @extend_schema(responses=HandoverFieldListOutput)
    def fields(self, request: Request) -> Response:
        """The catalogue: nothing else can be agreed on."""
        items = [
            {
                "key": f.key,
                "name": f.name,
                "sensitive": f.sensitive,
                "is_result": f.is_result,
                "is_required": f.key in REQUIRED,
            }
            for f in FIELDS.values()
        ]
        return Response({"items": items})

    @extend_schema(responses=HandoverPartnerListOutput)
    def partners(self, request: Request) -> Response:
        return Response({"items": selectors.list_partners()})

    @extend_schema(request=AgreementInput, responses={201: AgreementDetailOutput})
    def create(self, request: Request) -> Response:
        pk = services.create_agreement(actor=actor_of(request), values=parse(AgreementInput, request))
        return self._detail(request, str(pk), status=201)

    @extend_schema(
        request=AgreementInput,
        responses=AgreementDetailOutput,
        parameters=[OpenApiParameter("If-Match", location="header", required=True)],
    )
    def update(self, request: Request, id: str) -> Response:
        services.save_agreement(
            actor=actor_of(request), agreement_id=parse_id(id), values=parse(AgreementInput, request),
            expected_revision=_read_if_match(request),
        )  # fmt: skip
        return self._detail(request, id)

    @extend_schema(request=None, responses=AgreementDetailOutput)
    def propose(self, request: Request, id: str) -> Response:
        services.propose(actor=actor_of(request), agreement_id=parse_id(id))
        return self._detail(request, id)

    @extend_schema(request=None, responses=AgreementDetailOutput)
    def countersign(self, request: Request, id: str) -> Response:
        services.countersign(actor=actor_of(request), agreement_id=parse_id(id))
        return self._detail(request, id)

    @extend_schema(request=HandoverReasonInput, responses=AgreementDetailOutput)
    def reject(self, request: Request, id: str) -> Response:
        given = parse(HandoverReasonInput, request)
        services.reject(actor=actor_of(request), agreement_id=parse_id(id), reason=given["reason"])
        return self._detail(request, id)

    @extend_schema(request=HandoverReasonInput, responses=AgreementDetailOutput)
    def revoke(self, request: Request, id: str) -> Response:
        """Nothing new crosses; what was not accepted yet goes back to the sender."""
        given = parse(HandoverReasonInput, request)
        services.revoke(actor=actor_of(request), agreement_id=parse_id(id), reason=given["reason"])
        return self._detail(request, id)

    def _detail(self, request: Request, id: str, *, status: int = 200) -> Response:
        return Response(selectors.get_agreement(actor_of(request), parse_id(id)), status=status)


def _agreement(address: str, method: str, action: str) -> object:
    return path(f"handover/agreements/<str:id>/{address}", HandoverAgreementViewSet.as_view({method: action}))


urlpatterns = [
    path("handover/fields", HandoverAgreementViewSet.as_view({"get": "fields"})),
    path("handover/partners", HandoverAgreementViewSet.as_view({"get": "partners"})),
    path("handover/agreements", HandoverAgreementViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "handover/agreements/<str:id>", HandoverAgreementViewSet.as_view({"get": "retrieve", "put": "update"})
    ),
    _agreement("shared", "get", "shared"),
    _agreement("propose", "post", "propose"),
    _agreement("countersign", "post", "countersign"),
    _agreement("reject", "post", "reject"),
    _agreement("revoke", "post", "revoke"),
]
