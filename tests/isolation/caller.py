"""A request as anybody, on any host, with any session, and what of its answer the matrix looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from kernel.tenancy import bind_schema
from tests.cast import ApiClient
from tests.isolation.bodies import HEADERS, UPLOADS, body_of
from tests.isolation.operations import Operation
from tests.isolation.world import ROLE_CODES, Thing, World

SUCCESS = frozenset({200, 201, 202, 204, 206})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes
    headers: str
    has_written: bool = False  # asked of refusals only

    @property
    def json(self) -> Any:
        return orjson.loads(self.content) if self.content[:1] in {b"{", b"["} else None

    @property
    def is_success(self) -> bool:
        return self.status in SUCCESS

    def holds(self, text: str) -> bool:
        """In any byte of it, also as JSON's escapes."""
        escaped = text.encode("ascii", "backslashreplace")
        return text.encode() in self.content or escaped in self.content or text in self.headers


class Caller:
    """Requests through the whole stack of middleware, each in a savepoint that is rolled back."""

    def __init__(self, worlds: Mapping[str, World]) -> None:
        self.worlds = worlds
        self._clients = {
            tenant: Client(headers={"host": f"{tenant}.test"}, raise_request_exception=False)
            for tenant in worlds
        }
        name = settings.SESSION_COOKIE_NAME
        self._sessions = {
            (tenant, who): ApiClient(tenant, who).client.cookies[name].value
            for tenant in worlds
            for who in ROLE_CODES
        }
        self._marks = {tenant: self._read_marks(tenant) for tenant in worlds}
        self.cells = 0

    def _read_marks(self, tenant: str) -> Any:
        """The newest trail row and event of the tenant: no act is without one."""
        with bind_schema(self.worlds[tenant].schema), connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT max(id) FROM trail_trailrow), (SELECT max(id) FROM kernel_outboxevent)"
            )
            return cursor.fetchone()

    def call(
        self,
        operation: Operation,
        home: str,
        who: str | None,
        *ids: str,
        thing: Thing | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        session_of: str = "",
        headers: Mapping[str, str] | None = None,
        keep: bool = False,
    ) -> Answer:
        """On the host of `home`, with the session of `who` there, or of the tenant `session_of`.

        `keep`: what it changes stays, for the caller to roll back.
        """
        self.cells += 1
        client = self._clients[home]
        client.cookies.clear()
        if who is not None:
            client.cookies[settings.SESSION_COOKIE_NAME] = self._sessions[session_of or home, who]
        if body is None:
            body = body_of(operation, self.worlds[home], thing)
        data, content_type = encode(operation, body)
        with transaction.atomic():
            response = client.generic(
                operation.method, operation.url(*ids), data, content_type=content_type,
                query_params=dict(query or {}), headers={**HEADERS.get(operation.key, {}), **(headers or {})},
            )  # fmt: skip
            streaming: Any = getattr(response, "streaming_content", None)
            content = b"".join(streaming) if streaming is not None else response.content
            is_refusal = response.status_code >= 400 and operation.method != "GET"
            has_written = is_refusal and self._read_marks(home) != self._marks[home]
            transaction.set_rollback(not keep)
        headers_and_cookies = str(response.headers) + str(response.cookies)
        return Answer(response.status_code, content, headers_and_cookies, has_written)


def encode(operation: Operation, body: Mapping[str, Any]) -> tuple[bytes, str]:
    if operation.key in UPLOADS:
        name, filename, content = UPLOADS[operation.key]
        file = SimpleUploadedFile(filename, content, content_type="audio/wav")
        return encode_multipart(BOUNDARY, {**body, name: file}), MULTIPART_CONTENT
    if operation.method in {"GET", "DELETE"}:
        return b"", "application/json"
    return orjson.dumps(body), "application/json"
