"""GET /files/{token}: a signed link gives its bytes, with ranges, so that a browser can seek in a
recording.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from files.errors import RangeNotSatisfiable
from files.services import use_link
from kernel.api import ApiViewSet
from kernel.doors import ANYONE
from kernel.problems import CONTENT_TYPE, build_problem


class _AnyAccept(BaseContentNegotiation):
    """A player asks for audio/*: the bytes are what they are, and problems are JSON all the same."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


async def _read_asynchronously(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    # Django would gather a plain iterator whole under ASGI; this keeps one chunk in memory.
    take = sync_to_async(lambda: next(body, b""), thread_sensitive=False)
    while part := await take():
        yield part


class FileLinkViewSet(ApiViewSet):
    operation_prefix = "files"
    functions = {"retrieve": ANYONE}
    authentication_classes = ()
    content_negotiation_class = _AnyAccept

    @extend_schema(
        responses={
            (200, "audio/*"): OpenApiResponse(OpenApiTypes.BINARY),
            (206, "audio/*"): OpenApiResponse(OpenApiTypes.BINARY),
        }
    )
    def retrieve(self, request: Request, token: str) -> HttpResponseBase:
        """签名链接的内容：支持 Range（206、416）；过期 410，无效 404。"""
        try:
            part, partial = use_link(token=token, range_header=request.headers.get("Range", ""))
        except RangeNotSatisfiable as error:
            problem = build_problem(error.status, code=error.code, title=error.title)
            refusal = Response(problem, status=error.status, content_type=CONTENT_TYPE)
            refusal["Content-Range"] = f"bytes */{error.extra['size']}"
            return refusal
        body: Any = part.body
        if isinstance(request._request, ASGIRequest):
            body = _read_asynchronously(part.body)
        response = StreamingHttpResponse(body, status=206 if partial else 200, content_type=part.content_type)
        response["Content-Length"] = str(part.length)
        response["Accept-Ranges"] = "bytes"
        response["Cache-Control"] = "private, no-store"
        if partial:
            response["Content-Range"] = f"bytes {part.start}-{part.end}/{part.size}"
        return response


urlpatterns = [path("files/<str:token>", FileLinkViewSet.as_view({"get": "retrieve"}))]
