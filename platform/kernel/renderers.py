"""JSON out: orjson, with ids and money as the API promises."""

from decimal import Decimal
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return str(value)


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        if data is None:
            return b""
        return orjson.dumps(data, default=_encode, option=orjson.OPT_NON_STR_KEYS)
