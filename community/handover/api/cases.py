from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from community.handover import selectors, services
from community.handover.api.agreements import read_choice
from community.handover.enums import Direction, OfferState
from community.handover.serializers.agreements import HandoverReasonInput
from community.handover.serializers.cases import (
    AcceptHandoverInput,
    CompleteHandoverInput,
    DeclineHandoverInput,
    HandoverCaseListOutput,
    HandoverCaseOutput,
    HandoverCountsOutput,
    HandoverPreviewOutput,
    OfferHandoverInput,
    PreviewHandoverInput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput
from kernel.pagination import slice_page

_STATES = [*OfferState.values, "desk"]
_MAX_QUERY = 40


def _read_ids(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "encounter_id": parse_id(given["encounter_id"], "/encounter_id"),
        "agreement_id": parse_id(given["agreement_id"], "/agreement_id"),
        "enrolment_ids": [
            parse_id(pk, f"/enrolment_ids/{at}") for at, pk in enumerate(given["enrolment_ids"])
        ],
        "kind": given.get("kind"),
    }


class HandoverCaseViewSet(ApiViewSet):
    """Persons handed to another tenant, or by another: what was sent, who has it now, what came of it."""

    operation_prefix = "handoverCases"
    functions = {
        "list": F.HANDOVER_VIEW, "retrieve": F.HANDOVER_VIEW, "counts": F.HANDOVER_VIEW,
        "preview": F.HANDOVER_SEND, "offer": F.HANDOVER_SEND, "recall": F.HANDOVER_SEND,
        "reoffer": F.HANDOVER_SEND, "accept": F.HANDOVER_DECIDE, "decline": F.HANDOVER_DECIDE,
        "acknowledge": F.HANDOVER_DECIDE, "give_back": F.HANDOVER_DECIDE, "complete": F.HANDOVER_DECIDE,
    }  # fmt: skip
    parameters = {"list": frozenset({"direction", "state", "q", "cursor", "limit"})}

    @extend_schema(
        responses=HandoverCaseListOutput,
        parameters=[
            OpenApiParameter("direction", enum=Direction.values),
            OpenApiParameter("state", enum=_STATES, description="desk：退回本机构待处理"),
            OpenApiParameter("q", description="转交单号开头，或患者全名"),
            OpenApiParameter("cursor"), OpenApiParameter("limit", int),
        ],
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        q = request.query_params.get("q", "").strip()
        if len(q) > _MAX_QUERY or "\0" in q:
            raise InvalidInput.at("?q", "too_long", f"查询文字不能超过 {_MAX_QUERY} 字")
        rows, cursor = slice_page(
            selectors.list_cases(
                actor_of(request), direction=read_choice(request, "direction", Direction.values),
                state=read_choice(request, "state", _STATES), q=q or None,
            ),
            request, order=selectors.ORDER,
        )  # fmt: skip
        return Response({"items": selectors.shape_rows(rows), "next_cursor": cursor})

    @extend_schema(responses=HandoverCountsOutput)
    def counts(self, request: Request) -> Response:
        return Response(selectors.count_cases(actor_of(request)))

    @extend_schema(responses=HandoverCaseOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(services.view_case(actor=actor_of(request), case_id=parse_id(id)))

    @extend_schema(request=PreviewHandoverInput, responses=HandoverPreviewOutput)
    def preview(self, request: Request) -> Response:
        """What an offer would send, exactly; nothing is sent."""
        return Response(
            services.preview(actor=actor_of(request), **_read_ids(parse(PreviewHandoverInput, request)))
        )

    @extend_schema(request=OfferHandoverInput, responses={201: HandoverCaseOutput})
    def offer(self, request: Request) -> Response:
        given = parse(OfferHandoverInput, request)
        pk = services.offer(
            actor=actor_of(request), consent=given.get("consent"), note=given["note"], urgency=given["urgency"],
            digest=given["digest"], **_read_ids(given),
        )  # fmt: skip
        return self._detail(request, pk, status=201)

    @extend_schema(request=AcceptHandoverInput, responses=HandoverCaseOutput)
    def accept(self, request: Request, id: str) -> Response:
        """Record, residence, enrolment and tasks at once: from now on the work is this tenant's."""
        given, pk = parse(AcceptHandoverInput, request), parse_id(id)
        services.accept(actor=actor_of(request), case_id=pk, programme_keys=given["programme_keys"])
        return self._detail(request, pk)

    @extend_schema(request=DeclineHandoverInput, responses=HandoverCaseOutput)
    def decline(self, request: Request, id: str) -> Response:
        given, pk = parse(DeclineHandoverInput, request), parse_id(id)
        services.decline(actor=actor_of(request), case_id=pk, **given)
        return self._detail(request, pk)

    @extend_schema(request=None, responses=HandoverCaseOutput)
    def acknowledge(self, request: Request, id: str) -> Response:
        """Receiver: the offer has been seen. Sender: what came back has been seen, and stays here."""
        pk = parse_id(id)
        services.acknowledge(actor=actor_of(request), case_id=pk)
        return self._detail(request, pk)

    @extend_schema(request=HandoverReasonInput, responses=HandoverCaseOutput)
    def give_back(self, request: Request, id: str) -> Response:
        given, pk = parse(HandoverReasonInput, request), parse_id(id)
        services.give_back(actor=actor_of(request), case_id=pk, reason=given["reason"])
        return self._detail(request, pk)

    @extend_schema(request=CompleteHandoverInput, responses=HandoverCaseOutput)
    def complete(self, request: Request, id: str) -> Response:
        given, pk = parse(CompleteHandoverInput, request), parse_id(id)
        services.complete(actor=actor_of(request), case_id=pk, conclusion=given["conclusion"])
        return self._detail(request, pk)

    @extend_schema(request=HandoverReasonInput, responses=HandoverCaseOutput)
    def recall(self, request: Request, id: str) -> Response:
        given, pk = parse(HandoverReasonInput, request), parse_id(id)
        services.recall(actor=actor_of(request), case_id=pk, reason=given["reason"])
        return self._detail(request, pk)

    @extend_schema(request=None, responses={201: HandoverCaseOutput})
    def reoffer(self, request: Request, id: str) -> Response:
        """Offer again what came back; the answer is the new case."""
        pk = services.reoffer(actor=actor_of(request), case_id=parse_id(id))
        return self._detail(request, pk, status=201)

    def _detail(self, request: Request, pk: int, *, status: int = 200) -> Response:
        return Response(services.view_case(actor=actor_of(request), case_id=pk), status=status)


def _case(address: str, action: str) -> object:
    return path(f"handover/cases/<str:id>/{address}", HandoverCaseViewSet.as_view({"post": action}))


urlpatterns = [
    path("handover/preview", HandoverCaseViewSet.as_view({"post": "preview"})),
    path("handover/offers", HandoverCaseViewSet.as_view({"post": "offer"})),
    path("handover/counts", HandoverCaseViewSet.as_view({"get": "counts"})),
    path("handover/cases", HandoverCaseViewSet.as_view({"get": "list"})),
    path("handover/cases/<str:id>", HandoverCaseViewSet.as_view({"get": "retrieve"})),
    _case("accept", "accept"),
    _case("decline", "decline"),
    _case("acknowledge", "acknowledge"),
    _case("return", "give_back"),
    _case("complete", "complete"),
    _case("recall", "recall"),
    _case("reoffer", "reoffer"),
]
