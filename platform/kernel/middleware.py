"""The outermost doors: request id, and repeating a POST without repeating its effect."""

import hashlib
import re
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from kernel import clock
from kernel.context import RequestContext, current_request
from kernel.crypto import decrypt_bytes, encrypt_bytes
from kernel.models import IdempotencyRecord
from kernel.problems import problem_response

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
# A process that died holding the key must not hold it for ever.
_LOCK_SECONDS = 60
_MAX_STORED_BYTES = 256 * 1024

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        token = current_request.set(
            RequestContext(
                request_id, request.META.get("REMOTE_ADDR", ""), request.headers.get("User-Agent", "")[:200]
            )
        )
        try:
            response = self.get_response(request)
        finally:
            current_request.reset(token)
        response["X-Request-Id"] = request_id
        return response


class IdempotencyMiddleware:
    """`Idempotency-Key` on POST: the first answer is kept and given again to a repeat of the same request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        multipart = (request.content_type or "").startswith("multipart/")
        # No route of ours has a path as long as that; the column could not hold it.
        routable = request.path.startswith("/api/") and len(request.path) <= 300
        if request.method != "POST" or not key or multipart or not routable:
            return self.get_response(request)
        if len(key) > 100:
            return problem_response(422, detail="Idempotency-Key 不能超过 100 个字符")
        user = getattr(request, "user", None)
        owner = str(user.pk) if user is not None and user.is_authenticated else "anonymous"
        try:
            body_hash = hashlib.sha256(request.body).hexdigest()
        except RequestDataTooBig:
            return problem_response(413, detail="请求体过大")
        record, created = IdempotencyRecord.objects.get_or_create(
            owner=owner,
            path=request.path,
            key=key,
            defaults={"body_hash": body_hash, "locked_at": clock.now()},
        )
        if not created:
            if record.body_hash != body_hash:
                return problem_response(
                    422, code="idempotency_key_reused", detail="同一 Idempotency-Key 已用于不同的内容"
                )
            if record.status:
                body = decrypt_bytes(record.body) if record.body else b""
                answer = HttpResponse(body, status=record.status, content_type=record.content_type)
                answer["Idempotency-Replayed"] = "true"
                return answer
            stale = clock.now() - timedelta(seconds=_LOCK_SECONDS)
            taken = IdempotencyRecord.objects.filter(pk=record.pk, status=None, locked_at__lt=stale)
            if not taken.update(locked_at=clock.now()):
                return problem_response(409, code="in_progress", detail="同一请求正在处理，请稍候")
        response = self.get_response(request)
        # An answer that opens a session is worth nothing without its cookie: a repeat logs in again.
        session = getattr(request, "session", None)
        kept = (
            response.status_code < 500
            and not response.streaming
            and len(response.content) <= _MAX_STORED_BYTES
            and not (session is not None and session.modified)
        )
        if kept:
            IdempotencyRecord.objects.filter(pk=record.pk).update(
                status=response.status_code,
                body=encrypt_bytes(response.content),  # it may carry what an unmasking showed
                content_type=response.headers.get("Content-Type", ""),
            )
        else:
            IdempotencyRecord.objects.filter(pk=record.pk).delete()
        return response
