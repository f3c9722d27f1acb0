from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from followup.worklist import selectors
from followup.worklist.api.seen import note_read
from followup.worklist.serializers import WorkbenchGroupOutput, WorkbenchOutput
from kernel.api import ApiViewSet


class WorkbenchViewSet(ApiViewSet):
    operation_prefix = "workbench"
    functions = {"retrieve": Function.TASK_VIEW, "group": Function.TASK_VIEW}

    @extend_schema(responses=WorkbenchOutput)
    def retrieve(self, request: Request) -> Response:
        actor = actor_of(request)
        workbench = selectors.get_workbench(actor)
        note_read(actor, "workbench.viewed", tasks=len(workbench["today"]))
        return Response(workbench)

    @extend_schema(responses=WorkbenchGroupOutput)
    def group(self, request: Request) -> Response:
        return Response(selectors.get_group(actor_of(request)))


urlpatterns = [
    path("workbench", WorkbenchViewSet.as_view({"get": "retrieve"})),
    path("workbench/group", WorkbenchViewSet.as_view({"get": "group"})),
]
