"""Keyset paging: page 1,000 costs what page 1 costs. The cursor is the last row's sort key."""

import base64
import binascii
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from rest_framework.request import Request

from kernel.errors import InvalidInput

DEFAULT_LIMIT = 50
MAX_LIMIT = 100


def read_limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not text.isascii() or not text.isdigit() or len(text) > 3 or not 1 <= int(text) <= MAX_LIMIT:
        raise InvalidInput.at("?limit", "out_of_range", f"limit 应为 1 到 {MAX_LIMIT} 的整数")
    return int(text)


def encode_cursor(values: Sequence[Any]) -> str:
    plain = [v.isoformat() if isinstance(v, date | datetime) else v for v in values]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode().rstrip("=")


def _decode_cursor(cursor: str, model: type[Model], fields: Sequence[str]) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = orjson.loads(base64.urlsafe_b64decode(padded))
        if not isinstance(values, list) or len(values) != len(fields):
            raise ValueError(cursor)
        return [_decode_value(model, name, value) for name, value in zip(fields, values, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError, FieldDoesNotExist) as error:
        raise InvalidInput.at("?cursor", "invalid_cursor", "cursor 无效，请从第一页重新开始") from error


def _decode_value(model: type[Model], name: str, value: Any) -> Any:
    """As the column holds it. Raises ValueError or ValidationError on what the database would choke on."""
    field: Any = model._meta.get_field(name)
    if value is None or (isinstance(value, str) and "\0" in value):
        raise ValueError(value)
    field = field.target_field if field.is_relation else field
    decoded = field.to_python(value)
    field.run_validators(decoded)
    return decoded


def _after(fields: Sequence[str], values: Sequence[Any], *, descending: bool) -> Any:
    if len(fields) == 1:
        return Q(**{f"{fields[0]}__{'lt' if descending else 'gt'}": values[0]})
    lookup: Any = TupleLessThan if descending else TupleGreaterThan
    return lookup(Tuple(*(F(name) for name in fields)), tuple(values))


def slice_page(
    queryset: QuerySet[Any, Any], request: Request, *, order: Sequence[str]
) -> tuple[list[Any], str | None]:
    """One page of a `.values()` queryset in the given order, and the next cursor (None on the last page).

    `order` names non-null columns of the queryset's own table, all in one direction (a leading "-" on every one,
    or on none), the last of them unique; it should be the order of an index: the row-value comparison
    `(a, b) > (x, y)` then starts the index range exactly at the cursor, however many rows share the first value.
    """
    descending = order[0].startswith("-")
    fields = [name.lstrip("-") for name in order]
    limit = read_limit(request)
    cursor = request.query_params.get("cursor")
    if cursor:
        values = _decode_cursor(cursor, queryset.model, fields)
        queryset = queryset.filter(_after(fields, values, descending=descending))
    rows = list(queryset.order_by(*order)[: limit + 1])
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, encode_cursor([rows[-1][name] for name in fields])
