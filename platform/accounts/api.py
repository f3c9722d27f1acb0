from typing import Any

from django.middleware.csrf import get_token
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import openapi, ports, services  # noqa: F401  openapi registers itself
from accounts.serializers import LogInInput, SessionOutput
from kernel.api import ApiViewSet, parse
from kernel.doors import ANYONE
from kernel.tenancy import is_tenant_bound


class SessionViewSet(ApiViewSet):
    """The log-in of this host."""

    functions = {"show": ANYONE, "open": ANYONE, "close": ANYONE}

    @extend_schema(responses=SessionOutput)
    def show(self, request: Request) -> Response:
        """Who is logged in and where; also sets the CSRF cookie that every change needs."""
        get_token(request._request)
        return Response(_describe(request))

    @extend_schema(request=LogInInput, responses=SessionOutput)
    def open(self, request: Request) -> Response:
        body = parse(LogInInput, request)
        account = services.log_in(
            request=request._request, username=body["username"], password=body["password"]
        )
        request.user = services.reload_account(account.pk)
        get_token(request._request)
        return Response(_describe(request))

    @extend_schema(request=None, responses={204: None})
    def close(self, request: Request) -> Response:
        services.log_out(request=request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _describe(request: Request) -> dict[str, Any]:
    tenant = getattr(request._request, "tenant", None)
    user = request.user if request.user is not None and request.user.is_authenticated else None
    return {
        "authenticated": user is not None,
        "realm": "tenant" if is_tenant_bound() else "bureau",
        "tenant": tenant
        and {
            "code": tenant.code,
            "name": tenant.name,
            "kind": tenant.kind,
            "division_code": tenant.division_code,
        },
        "user": user
        and {
            "id": str(user.pk),
            "username": user.username,
            "name": user.name,
            "title": user.title,
            **ports.describe_actor(user),
            **ports.find_workplace(user.pk),
        },
    }


urlpatterns = [path("session", SessionViewSet.as_view({"get": "show", "post": "open", "delete": "close"}))]
