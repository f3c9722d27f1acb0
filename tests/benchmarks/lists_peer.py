"""The peer of B3: what a team writes first with DRF, with select_related so that it is not a straw man."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework import pagination, permissions, renderers, routers, serializers, viewsets
from rest_framework.authentication import SessionAuthentication

from followup.worklist.models import Task

_RELATED = ["patient", "programme", "step", "ward", "assignee", "encounter"]


def _nested(name: str, *fields: str) -> serializers.ModelSerializer:
    related: type[Model] = Task._meta.get_field(name).related_model  # type: ignore[assignment]
    meta = type("Meta", (), {"model": related, "fields": ["id", *fields]})
    return type(f"{name.title()}Serializer", (serializers.ModelSerializer,), {"Meta": meta})(read_only=True)


class MemberSerializer(serializers.ModelSerializer):
    programme = _nested("programme", "name", "kind")
    step = _nested("step", "name")

    class Meta:
        model = Task
        fields = ["id", "programme", "step"]


class TaskSerializer(serializers.ModelSerializer):
    patient = _nested("patient", "name", "name_masked", "sex", "birth_date")
    programme = _nested("programme", "name", "kind")
    step = _nested("step", "name")
    ward = _nested("ward", "name")
    assignee = _nested("assignee", "name")
    encounter = _nested("encounter", "main_diagnosis", "discharged_on")
    members = MemberSerializer(many=True, read_only=True)

    class Meta:
        model = Task
        fields = [
            "id", "state", "due_on", "window_start", "window_end", "channel", "level", "township_code", "reason",
            "kind", "lead", "members", *_RELATED,
        ]  # fmt: skip


class Pages(pagination.PageNumberPagination):
    page_size = 50


class TaskViewSet(viewsets.ModelViewSet):
    queryset = (
        Task.objects.select_related(*_RELATED)
        .prefetch_related("members__programme", "members__step")
        .order_by("due_on", "id")
    )
    serializer_class = TaskSerializer
    pagination_class = Pages
    renderer_classes = [renderers.JSONRenderer]
    authentication_classes = [SessionAuthentication]
    permission_classes = [permissions.IsAuthenticated]

    def get_queryset(self) -> Any:
        ward = self.request.query_params["ward"]
        return super().get_queryset().filter(ward_id=ward, state__in=["planned", "in_progress"], lead=None)


class PeerRoutes:
    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.urlconf = "tests.benchmarks.lists_peer"  # type: ignore[attr-defined]
        return self.get_response(request)


_router = routers.DefaultRouter()
_router.register("tasks", TaskViewSet)
urlpatterns = [path("", include(_router.urls))]
