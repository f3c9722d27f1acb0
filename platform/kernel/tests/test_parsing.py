"""What a body may be before any room looks at it."""

from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework import serializers

from kernel.api import parse
from kernel.errors import InvalidInput

pytestmark = pytest.mark.req("C16")


class OneField(serializers.Serializer[Any]):
    name = serializers.CharField()


@pytest.mark.parametrize(
    ("data", "pointer", "code"),
    [
        (["name"], "/", "not_an_object"),
        ({"name": "x", "nmae": 1}, "/nmae", "unknown_field"),
        ({"name": "x", "\ud800": 1}, "/?", "unknown_field"),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_at_its_place(data: Any, pointer: str, code: str) -> None:
    request: Any = SimpleNamespace(data=data)
    with pytest.raises(InvalidInput) as refused:
        parse(OneField, request)
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == (pointer, code)
    error.message.encode()
