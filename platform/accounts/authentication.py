from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _no_response(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class SessionAuthentication(BaseAuthentication):
    """The host's own session cookie. CSRF is checked for log-in too: a forged log-in is an attack as well."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        user = getattr(request._request, "user", None)
        self._enforce_csrf(request._request)
        if user is None or not user.is_authenticated:
            return None
        return user, None

    def _enforce_csrf(self, request: HttpRequest) -> None:
        check = _CsrfCheck(_no_response)
        check.process_request(request)
        reason = check.process_view(request, _no_response, (), {})
        if reason:
            raise exceptions.PermissionDenied("页面已过期，请刷新后再试（CSRF）")

    def authenticate_header(self, request: Request) -> str:
        return "Session"
