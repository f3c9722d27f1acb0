from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from community.routing import selectors, services
from community.routing.serializers import (
    AddResidenceInput,
    DivisionListOutput,
    EndOverrideInput,
    EndResidenceInput,
    ResidencesOutput,
    ResolveRoutingInput,
    RoutingDecisionOutput,
    RoutingHistoryOutput,
    RoutingQueueOutput,
    RoutingSummaryOutput,
    SetOverrideInput,
    UnroutedOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.doors import SIGNED_IN
from kernel.pagination import slice_page

_PAGE = [OpenApiParameter("cursor", str), OpenApiParameter("limit", int)]


class RoutingViewSet(ApiViewSet):
    """Who looks after a patient at home, why, and what is still open."""

    functions = {
        "queue": Function.ROUTING_VIEW,
        "resolve": Function.ROUTING_RESOLVE,
        "summary": Function.ROUTING_VIEW,
        "unrouted": Function.ROUTING_VIEW,
        "history": Function.PATIENT_VIEW,
    }
    parameters = {"queue": frozenset({"cursor", "limit"})}

    @extend_schema(parameters=_PAGE, responses=RoutingQueueOutput)
    def queue(self, request: Request) -> Response:
        """Patients whose residence is not known, who waits longest first."""
        actor = actor_of(request)
        rows, next_cursor = slice_page(selectors.queue(actor), request, order=selectors.QUEUE_ORDER)
        services.record_queue_view(actor=actor, rows=len(rows))
        return Response({"items": selectors.shape_queue(rows), "next_cursor": next_cursor})

    @extend_schema(request=ResolveRoutingInput, responses=RoutingDecisionOutput)
    def resolve(self, request: Request, id: str) -> Response:
        """Say where the patient lives; the waiting work moves to who looks after that place."""
        body = parse(ResolveRoutingInput, request)
        return Response(
            services.resolve(
                actor=actor_of(request), decision_id=parse_id(id), division_code=body["division_code"],
                remember_text=body["remember_text"],
            )
        )  # fmt: skip

    @extend_schema(responses=RoutingSummaryOutput)
    def summary(self, request: Request) -> Response:
        return Response(selectors.summary(actor_of(request)))

    @extend_schema(responses=UnroutedOutput)
    def unrouted(self, request: Request) -> Response:
        """How long the queue has waited, by age."""
        return Response(selectors.unrouted(actor_of(request)))

    @extend_schema(responses=RoutingHistoryOutput)
    def history(self, request: Request, id: str) -> Response:
        """Every decision on one patient, the newest first."""
        actor, patient_id = actor_of(request), parse_id(id)
        items = selectors.history(actor, patient_id)
        services.record_history_view(actor=actor, patient_id=patient_id)
        return Response({"items": items})


class ResidenceViewSet(ApiViewSet):
    """Where a patient lives, by whose word, and who looks after them by wish."""

    functions = {
        "list": Function.PATIENT_VIEW,
        "add": Function.RESIDENCE_EDIT,
        "end": Function.RESIDENCE_EDIT,
        "set_override": Function.RESIDENCE_EDIT,
        "end_override": Function.RESIDENCE_EDIT,
    }

    @extend_schema(responses=ResidencesOutput)
    def list(self, request: Request, id: str) -> Response:
        """Claims, override, the decision in force and why, and the hand-over notes."""
        actor, patient_id = actor_of(request), parse_id(id)
        answer = selectors.residences(actor, patient_id)
        services.record_residences_view(actor=actor, patient_id=patient_id)
        return Response(answer)

    @extend_schema(request=AddResidenceInput, responses={201: ResidencesOutput})
    def add(self, request: Request, id: str) -> Response:
        """Say where the patient lives; ends the former word of the same kind."""
        body = parse(AddResidenceInput, request)
        answer = services.add_residence(actor=actor_of(request), patient_id=parse_id(id), **body)
        return Response(answer, status=201)

    @extend_schema(request=EndResidenceInput, responses=ResidencesOutput)
    def end(self, request: Request, id: str) -> Response:
        body = parse(EndResidenceInput, request)
        return Response(services.end_residence(actor=actor_of(request), claim_id=parse_id(id), **body))

    @extend_schema(request=SetOverrideInput, responses={201: ResidencesOutput})
    def set_override(self, request: Request, id: str) -> Response:
        """Somebody else looks after the patient until a day, by the patient's or a clinician's wish."""
        body = parse(SetOverrideInput, request)
        staff_id = body.pop("staff_id")
        answer = services.set_override(
            actor=actor_of(request), patient_id=parse_id(id),
            institution_id=parse_id(body.pop("institution_id"), "/institution_id"),
            ward_id=parse_id(body.pop("ward_id"), "/ward_id"),
            staff_id=parse_id(staff_id, "/staff_id") if staff_id is not None else None, **body,
        )  # fmt: skip
        return Response(answer, status=201)

    @extend_schema(request=EndOverrideInput, responses=ResidencesOutput)
    def end_override(self, request: Request, id: str) -> Response:
        body = parse(EndOverrideInput, request)
        return Response(
            services.end_override(actor=actor_of(request), patient_id=parse_id(id), reason=body["reason"])
        )


class DivisionViewSet(ApiViewSet):
    """The administrative divisions that everyone may choose from."""

    functions = {"list": SIGNED_IN}
    parameters = {"list": frozenset({"parent"})}

    @extend_schema(
        parameters=[OpenApiParameter("parent", str, description="2 to 12 digits; left out: the provinces")],
        responses=DivisionListOutput,
    )
    def list(self, request: Request) -> Response:
        return Response({"items": selectors.list_divisions(request.query_params.get("parent"))})


urlpatterns = [
    path("routing/queue", RoutingViewSet.as_view({"get": "queue"})),
    path("routing/queue/<str:id>/resolve", RoutingViewSet.as_view({"post": "resolve"})),
    path("routing/summary", RoutingViewSet.as_view({"get": "summary"})),
    path("routing/unrouted", RoutingViewSet.as_view({"get": "unrouted"})),
    path("patients/<str:id>/residences", ResidenceViewSet.as_view({"get": "list", "post": "add"})),
    path("residences/<str:id>/end", ResidenceViewSet.as_view({"post": "end"})),
    path(
        "patients/<str:id>/routing-override",
        ResidenceViewSet.as_view({"post": "set_override"}),
    ),
    path("patients/<str:id>/routing-override/end", ResidenceViewSet.as_view({"post": "end_override"})),
    path("routing/patients/<str:id>", RoutingViewSet.as_view({"get": "history"})),
    path("divisions", DivisionViewSet.as_view({"get": "list"})),
]
