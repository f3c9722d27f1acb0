"""What the present request or job is: bound once at the door, read by the trail and the logs."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestContext:
    request_id: str = ""
    address: str = ""
    user_agent: str = ""


_NONE = RequestContext()
current_request: ContextVar[RequestContext] = ContextVar("jieli_request", default=_NONE)
