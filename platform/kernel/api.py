"""The base of every API door. Default deny: an action without a declared function stops start-up (kernel.checks)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from kernel.errors import InvalidInput, TooLarge

MAX_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
# Deeper JSON is no form and no answer, and would exhaust whatever walks it; FHIR groups nest two levels per group.
MAX_NESTING = 80


class ApiViewSet(viewsets.GenericViewSet[Any]):
    """Explicit actions only. `functions` maps each action to the function code that it needs."""

    functions: ClassVar[Mapping[str, str]] = {}
    # Query parameters that an action understands; any other one is refused with 422.
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # DRF reads a JSON body past Django's own limit; uploads have limits of their own.
        multipart = (request.content_type or "").startswith("multipart/")
        if not multipart and int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            raise TooLarge("请求体过大")
        known = self.parameters.get(self.action or "", frozenset())
        for name in request.query_params:
            if name not in known:
                allowed = "、".join(sorted(known)) or "无"
                raise InvalidInput.at(
                    f"?{name}", "unknown_parameter", f"不认识的查询参数 {name}；可用：{allowed}"
                )


def parse(serializer_class: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Validated body as a dict; wrong or unknown fields are 422 with JSON pointers."""
    if not isinstance(request.data, Mapping):
        raise InvalidInput.at("/", "not_an_object", "请求体应为 JSON 对象")
    if _is_deeper(request.data, MAX_NESTING):
        raise InvalidInput.at("/", "too_deep", f"JSON 嵌套超过 {MAX_NESTING} 层，请减少嵌套")
    serializer = serializer_class(data=request.data)
    unknown = sorted(set(request.data) - set(serializer.fields))
    if unknown:
        # Half a surrogate pair is no UTF-8, and the answer repeats the name.
        name = unknown[0].encode(errors="replace").decode()
        raise InvalidInput.at(f"/{name}", "unknown_field", f"不认识的字段 {name}")
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _is_deeper(value: Any, limit: int) -> bool:
    layer = [value]
    for _ in range(limit):
        layer = [
            child
            for each in layer
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not layer:
            return False
    return True


def parse_id(text: str | None, pointer: str = "/id") -> int:
    """Ids travel as strings of digits. Raises InvalidInput on anything else, before any query."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput.at(pointer, "invalid_id", "编号应为数字")
    return int(text)
