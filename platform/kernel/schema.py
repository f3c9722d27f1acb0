"""OpenAPI: one problem shape on every operation, and the declared function as part of the description."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ProblemFieldOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemOutput(serializers.Serializer[Any]):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = ProblemFieldOutput(many=True)  # type: ignore[assignment]


class ProblemAutoSchema(AutoSchema):
    def _is_list_view(self, serializer: Any = None) -> bool:
        # Our lists are objects with `items` and `next_cursor`, described as they are; never a bare array.
        return False

    def get_override_parameters(self) -> list[Any]:
        return []

    def get_description(self) -> str:  # type: ignore[override]
        text = super().get_description() or ""
        function = getattr(self.view, "functions", {}).get(getattr(self.view, "action", ""), "")
        return f"{text}\n\n权限：`{function}`".strip() if function else text

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction=direction)
        if "default" not in bodies:
            component = self.resolve_serializer(ProblemOutput, "response")
            bodies["default"] = {
                "description": "RFC 9457 problem",
                "content": {"application/problem+json": {"schema": component.ref}},
            }
        return bodies

    def get_operation_id(self) -> str:
        base = getattr(self.view, "operation_prefix", "") or self.view.__class__.__name__.removesuffix(
            "ViewSet"
        )
        action = getattr(self.view, "action", None) or self.method.lower()
        return f"{base[0].lower()}{base[1:]}_{action}"
