from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from followup.questionnaires import selectors, services
from followup.questionnaires.serializers import ScaleLicenceInput, ScaleLicenceListOutput, ScaleLicenceOutput
from kernel.api import ApiViewSet, parse, parse_id


class ScaleLicenceViewSet(ApiViewSet):
    operation_prefix = "scaleLicences"
    functions = {"list": F.LICENCE_STATE, "create": F.LICENCE_STATE, "revoke": F.LICENCE_STATE}
    parameters = {"list": frozenset({"cursor", "limit"})}

    @extend_schema(
        responses=ScaleLicenceListOutput,
        parameters=[OpenApiParameter("cursor"), OpenApiParameter("limit", int)],
    )
    def list(self, request: Request) -> Response:
        items, cursor = selectors.list_licences(request)
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(request=ScaleLicenceInput, responses={201: ScaleLicenceOutput})
    def create(self, request: Request) -> Response:
        licence_id = services.state_licence(actor=actor_of(request), **parse(ScaleLicenceInput, request))
        return Response(selectors.get_licence(licence_id), status=201)

    @extend_schema(request=None, responses=ScaleLicenceOutput)
    def revoke(self, request: Request, id: str) -> Response:
        services.revoke_licence(actor=actor_of(request), licence_id=parse_id(id))
        return Response(selectors.get_licence(int(id)))


urlpatterns = [
    path("scale-licences", ScaleLicenceViewSet.as_view({"get": "list", "post": "create"})),
    path("scale-licences/<str:id>/revoke", ScaleLicenceViewSet.as_view({"post": "revoke"})),
]
