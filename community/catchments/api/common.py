import re
from datetime import date

from rest_framework.request import Request

from kernel.api import parse_id
from kernel.errors import InvalidInput

_IF_MATCH = re.compile(r'^(?:W/)?"(\d{1,9})"$', re.ASCII)


def read_if_match(request: Request) -> int:
    match = _IF_MATCH.match(request.headers.get("If-Match", "").strip())
    if match is None:
        raise InvalidInput.at("If-Match", "required", '请在 If-Match 中给出当前修订号，如 "3"')
    return int(match[1])


def read_choice(request: Request, name: str, allowed: list[str]) -> str | None:
    value = request.query_params.get(name)
    if value is not None and value not in allowed:
        raise InvalidInput.at(f"?{name}", "unknown_value", f"{name} 应为：{'、'.join(allowed)}")
    return value


def read_day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput.at(f"?{name}", "invalid_date", f"{name} 应为日期，如 2026-11-20") from error


def read_id(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    return parse_id(text, f"?{name}") if text is not None else None


def optional_id(text: str | None, pointer: str) -> int | None:
    return parse_id(text, pointer) if text is not None else None
