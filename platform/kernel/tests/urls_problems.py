"""A throwaway tenant host with one door per kind of failure."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kernel import clock
from kernel.api import ApiViewSet, parse, parse_id
from kernel.doors import ANYONE, SIGNED_IN
from kernel.errors import FieldError, InvalidInput, NotAllowed, NotFound, VersionChanged
from kernel.models import OutboxEvent
from kernel.tenancy import is_tenant_bound

FAILURES: dict[str, Exception] = {
    "not_found": NotFound(),
    "not_allowed": NotAllowed("不是您的病区"),
    "version_changed": VersionChanged(version=7),
    "invalid": InvalidInput("两处有误", errors=[FieldError("/a/0", "x", "甲"), FieldError("?b", "y", "乙")]),
    "http404": Http404("secret table"),
    "django_denied": PermissionDenied("secret rule"),
    "drf_unauthenticated": exceptions.NotAuthenticated(),
    "drf_denied": exceptions.PermissionDenied("页面已过期"),
    "throttled": exceptions.Throttled(),
    "not_acceptable": exceptions.NotAcceptable(),
    "crash": ZeroDivisionError("patient 张三 420583194910010030"),
}


class InnerInput(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=5)


class OuterInput(serializers.Serializer[Any]):
    name = serializers.CharField()
    phones = InnerInput(many=True)
    address = InnerInput()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["name"] == "两难":
            raise serializers.ValidationError("姓名与电话不符", code="mismatch")
        return attrs


class DoorViewSet(ApiViewSet):
    functions = {
        "fail": ANYONE, "take": ANYONE, "show": ANYONE, "count": ANYONE, "mine": SIGNED_IN,
        "large": ANYONE, "break_once": ANYONE,
    }  # fmt: skip
    parameters = {"show": frozenset({"limit"})}
    broken: list[str] = []

    def fail(self, request: Request, kind: str) -> Response:
        raise FAILURES[kind]

    def take(self, request: Request) -> Response:
        return Response(parse(OuterInput, request))

    def show(self, request: Request, id: str) -> Response:
        return Response({"id": parse_id(id), "tenant": is_tenant_bound()})

    def count(self, request: Request) -> Response:
        event = OutboxEvent.objects.create(type="test.counted", payload={}, occurred_at=clock.now())
        return Response({"id": str(event.pk), "secret": "420583194910010030"}, status=201)

    def mine(self, request: Request) -> Response:
        return self.count(request)

    def large(self, request: Request) -> Response:
        OutboxEvent.objects.create(type="test.counted", payload={}, occurred_at=clock.now())
        return Response({"text": "x" * 300_000})

    def break_once(self, request: Request) -> Response:
        if not self.broken:
            self.broken.append("now")
            raise ZeroDivisionError
        return self.count(request)


urlpatterns = [
    path("api/v1/fail/<str:kind>", DoorViewSet.as_view({"get": "fail"})),
    path("api/v1/take", DoorViewSet.as_view({"post": "take"})),
    path("api/v1/show/<str:id>", DoorViewSet.as_view({"get": "show"})),
    path("api/v1/count", DoorViewSet.as_view({"post": "count"})),
    path("api/v1/mine", DoorViewSet.as_view({"post": "mine"})),
    path("api/v1/large", DoorViewSet.as_view({"post": "large"})),
    path("api/v1/break", DoorViewSet.as_view({"post": "break_once"})),
]

handler404 = "kernel.problems.not_found"
handler500 = "kernel.problems.server_error"
