from datetime import date
from typing import Any

from rest_framework import serializers as s


class DayField(s.DateField):
    """A calendar day that a plan can mean; far ones are slips of the pen (0226, 20261)."""

    default_error_messages = {
        "invalid": "日期应写作 2026-11-20",
        "out_of_range": "日期应在 2000 年至 2100 年之间",
    }

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not date(2000, 1, 1) <= day <= date(2100, 12, 31):
            self.fail("out_of_range")
        return day


class RefOutput(s.Serializer[Any]):
    id = s.CharField()
    name = s.CharField()


class DivisionRefOutput(s.Serializer[Any]):
    code = s.CharField(help_text="十二位区划代码")
    name = s.CharField()
