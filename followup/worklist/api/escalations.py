from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from followup.worklist import selectors, services
from followup.worklist.api.seen import note_read
from followup.worklist.serializers import CloseEscalationInput, EscalationListOutput, EscalationRowOutput
from kernel.api import ApiViewSet, parse, parse_id


class EscalationViewSet(ApiViewSet):
    operation_prefix = "escalations"
    functions = {
        "list": Function.TASK_VIEW,
        "acknowledge": Function.ESCALATION_HANDLE,
        "close": Function.ESCALATION_HANDLE,
    }
    parameters = {"list": frozenset({"state", "cursor", "limit"})}

    @extend_schema(
        responses=EscalationListOutput,
        parameters=[
            OpenApiParameter("state", enum=["open", "closed", "all"], description="缺省 open"),
            OpenApiParameter("cursor"),
            OpenApiParameter("limit", int),
        ],
    )
    def list(self, request: Request) -> Response:
        actor = actor_of(request)
        items, cursor = selectors.list_escalations(actor, request)
        note_read(actor, "escalation.listed", count=len(items))
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(request=None, responses=EscalationRowOutput)
    def acknowledge(self, request: Request, id: str) -> Response:
        actor = actor_of(request)
        services.acknowledge_escalation(actor=actor, escalation_id=parse_id(id))
        return Response(selectors.get_escalation(actor, int(id)))

    @extend_schema(request=CloseEscalationInput, responses=EscalationRowOutput)
    def close(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(CloseEscalationInput, request)
        services.close_escalation(actor=actor, escalation_id=parse_id(id), **given)
        return Response(selectors.get_escalation(actor, int(id)))


urlpatterns = [
    path("escalations", EscalationViewSet.as_view({"get": "list"})),
    path("escalations/<str:id>/acknowledge", EscalationViewSet.as_view({"post": "acknowledge"})),
    path("escalations/<str:id>/close", EscalationViewSet.as_view({"post": "close"})),
]
