from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.functions import Function
from followup.programmes import selectors
from followup.programmes.serializers import ProgrammeDetailOutput, ProgrammeListOutput
from kernel.api import ApiViewSet, parse_id


class ProgrammeViewSet(ApiViewSet):
    operation_prefix = "programmes"
    functions = {"list": Function.PROGRAMMES_VIEW, "retrieve": Function.PROGRAMMES_VIEW}

    @extend_schema(responses=ProgrammeListOutput)
    def list(self, request: Request) -> Response:
        return Response({"items": selectors.list_programmes()})

    @extend_schema(responses=ProgrammeDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(selectors.get_programme(programme_id=parse_id(id)))


urlpatterns = [
    path("programmes", ProgrammeViewSet.as_view({"get": "list"})),
    path("programmes/<str:id>", ProgrammeViewSet.as_view({"get": "retrieve"})),
]
