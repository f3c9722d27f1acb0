from typing import Any

from rest_framework import serializers as s

from community.catchments.enums import AbsenceReason
from community.catchments.serializers.common import DayField, RefOutput


class AbsenceOutput(s.Serializer[Any]):
    id = s.CharField()
    staff = RefOutput()
    institution = RefOutput()
    from_on = s.DateField()
    to_on = s.DateField(allow_null=True, help_text="最后一天；空为未定返岗日期")
    reason = s.ChoiceField(choices=AbsenceReason.choices)
    reason_name = s.CharField()
    note = s.CharField(allow_blank=True)
    deputy = RefOutput(allow_null=True)
    stands_in = RefOutput(allow_null=True, help_text="沿代班链实际代班的人；空为无人，由团队负责")
    is_long = s.BooleanField(help_text="超过 14 天或离职调离：未完成的任务需要移交")
    state = s.CharField(help_text="upcoming | current | over | cancelled")
    revision = s.IntegerField(help_text="PATCH 时放入 If-Match")
    created_at = s.DateTimeField()
    created_by_name = s.CharField(allow_blank=True)


class AbsencePageOutput(s.Serializer[Any]):
    items = AbsenceOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class AbsenceInput(s.Serializer[Any]):
    staff_id = s.CharField()
    from_on = DayField()
    to_on = DayField(allow_null=True, help_text="最后一天；空为未定返岗日期")
    reason = s.ChoiceField(choices=AbsenceReason.choices)
    note = s.CharField(required=False, allow_blank=True, default="", max_length=200)
    deputy_id = s.CharField(required=False, allow_null=True, default=None)


class AbsenceChangeInput(s.Serializer[Any]):
    to_on = DayField(required=False, allow_null=True)
    deputy_id = s.CharField(required=False, allow_null=True)


class AbsenceCancelInput(s.Serializer[Any]):
    pass


class CapacityInput(s.Serializer[Any]):
    per_day = s.IntegerField(allow_null=True, help_text="每日可随访人次；空为不限")


class CapacityOutput(s.Serializer[Any]):
    staff_id = s.CharField()
    capacity_per_day = s.IntegerField(allow_null=True)
    capacity_revision = s.IntegerField(help_text="PUT 时放入 If-Match；未设过为 0")


class RosterStaffOutput(s.Serializer[Any]):
    id = s.CharField()
    name = s.CharField()
    title = s.CharField(allow_blank=True)
    is_active = s.BooleanField()


class RosterLoadOutput(s.Serializer[Any]):
    planned_7d = s.IntegerField(help_text="今天起七天内到期的联系数")
    open = s.IntegerField(help_text="全部未完成的联系数")


class RosterRowOutput(s.Serializer[Any]):
    id = s.CharField(help_text="医生编号")
    staff = RosterStaffOutput()
    institution = RefOutput()
    ward = RefOutput()
    capacity_per_day = s.IntegerField(allow_null=True)
    capacity_revision = s.IntegerField()
    load = RosterLoadOutput()
    areas = s.ListField(child=s.CharField(), help_text="负责的片区")
    absence = AbsenceOutput(allow_null=True)
    upcoming = AbsenceOutput(many=True)
    is_own = s.BooleanField()


class RosterPageOutput(s.Serializer[Any]):
    items = RosterRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)
