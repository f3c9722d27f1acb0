"""Every error leaves through one door as application/problem+json (RFC 9457), in Chinese, with a request id."""

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from rest_framework import exceptions, status
from rest_framework.response import Response

from kernel.context import current_request
from kernel.errors import DomainError, FieldError

logger = logging.getLogger("kernel.problems")
CONTENT_TYPE = "application/problem+json"

_TITLES = {
    400: ("unreadable", "请求无法读取"),
    401: ("not_authenticated", "请先登录"),
    403: ("not_allowed", "您没有此项操作的权限"),
    404: ("not_found", "未找到，或不在您的查看范围内"),
    405: ("method_not_allowed", "此地址不支持该操作"),
    406: ("not_acceptable", "无法以所要求的格式返回"),
    413: ("too_large", "内容过大"),
    415: ("unsupported_media_type", "不支持的内容类型"),
    422: ("invalid_input", "提交的内容有误"),
    429: ("too_many_requests", "操作过于频繁，请稍后再试"),
    500: ("server_error", "系统出错，请稍后重试；如仍出现，请把请求编号告诉管理员"),
}


def build_problem(
    status_code: int,
    *,
    code: str = "",
    title: str = "",
    detail: str = "",
    errors: tuple[FieldError, ...] = (),
    **extra: object,
) -> dict[str, object]:
    default_code, default_title = _TITLES.get(status_code, ("error", "请求未能完成"))
    return {
        "type": "about:blank",
        "title": title or default_title,
        "status": status_code,
        "code": code or default_code,
        "detail": detail or title or default_title,
        "request_id": current_request.get().request_id,
        "errors": [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in errors],
        **extra,
    }


def _flatten(detail: Any, pointer: str = "") -> Iterator[FieldError]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _flatten(value, pointer if key == "non_field_errors" else f"{pointer}/{key}")
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _flatten(value, f"{pointer}/{index}" if nested else pointer)
    elif detail:
        yield FieldError(pointer or "/", getattr(detail, "code", "invalid"), str(detail))


def _respond(body: dict[str, object], headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=int(str(body["status"])), headers=headers, content_type=CONTENT_TYPE)


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception hook."""
    if isinstance(exc, DomainError):
        logger.info("%s: %s", exc.code, exc.detail)
        return _respond(
            build_problem(
                exc.status, code=exc.code, title=exc.title, detail=exc.detail, errors=exc.errors, **exc.extra
            )
        )
    if isinstance(exc, exceptions.ValidationError):
        errors = tuple(_flatten(exc.detail))
        detail = errors[0].message if errors else ""
        return _respond(build_problem(status.HTTP_422_UNPROCESSABLE_ENTITY, detail=detail, errors=errors))
    if isinstance(exc, Http404):
        return _respond(build_problem(404))
    if isinstance(exc, PermissionDenied):
        return _respond(build_problem(403))
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return _respond(build_problem(401))
    if isinstance(exc, exceptions.PermissionDenied):
        # DRF answers a failed CSRF check this way, and a refused permission class.
        return _respond(build_problem(403, detail=str(exc.detail) if exc.detail else ""))
    if isinstance(exc, exceptions.APIException):
        headers = {"Allow": ", ".join(context["view"].allowed_methods)} if exc.status_code == 405 else None
        return _respond(build_problem(exc.status_code), headers)
    logger.exception("unhandled error in %s", context.get("view"))
    return _respond(build_problem(500))


def problem_response(status_code: int, **parts: Any) -> HttpResponse:
    """The same shape for answers given outside DRF (middleware, unknown URL)."""
    import orjson

    return HttpResponse(
        orjson.dumps(build_problem(status_code, **parts)), status=status_code, content_type=CONTENT_TYPE
    )


def not_found(request: object, exception: Exception | None = None) -> HttpResponse:
    return problem_response(404)


def server_error(request: object) -> HttpResponse:
    return problem_response(500)
