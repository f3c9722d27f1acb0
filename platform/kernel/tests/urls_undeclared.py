"""Routes that must not start: an action without a function, one with an empty function, a view of another kind."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.api import ApiViewSet
from kernel.doors import ANYONE


class HalfViewSet(ApiViewSet):
    functions = {"show": ANYONE, "empty": ""}

    def show(self, request: Request) -> Response:
        return Response()

    def forgotten(self, request: Request) -> Response:
        return Response()

    def empty(self, request: Request) -> Response:
        return Response()


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


_inner = [path("half", HalfViewSet.as_view({"get": "show", "post": "forgotten", "put": "empty"}))]

urlpatterns = [
    path("api/v1/", include(_inner)),
    path("api/v1/plain", plain),
    re_path(r"^api/v1/pattern$", plain),
    path("elsewhere", plain),
]
