from typing import Any

from rest_framework import serializers as s

from community.catchments.enums import CatchmentRole
from community.catchments.serializers.common import DayField, RefOutput

_STATES = "current（现行） | upcoming（未开始） | ended（已结束）"


class AreaRowOutput(s.Serializer[Any]):
    id = s.CharField()
    institution_id = s.CharField()
    institution_name = s.CharField()
    role = s.ChoiceField(choices=CatchmentRole.choices)
    specialties = s.ListField(child=s.CharField(), help_text="多家机构重叠时优先的专科；空为全部")
    valid_from = s.DateField()
    valid_to = s.DateField(allow_null=True, help_text="最后一天")
    state = s.CharField(help_text=_STATES)
    works = s.BooleanField(help_text="机构在用且有家庭医生团队")
    revision = s.IntegerField(help_text="PATCH 时放入 If-Match")


class ClinicianRowOutput(s.Serializer[Any]):
    id = s.CharField()
    staff_id = s.CharField()
    staff_name = s.CharField()
    ward_id = s.CharField()
    institution_id = s.CharField()
    valid_from = s.DateField()
    valid_to = s.DateField(allow_null=True)
    state = s.CharField(help_text=_STATES)
    works = s.BooleanField()


class EffectiveOwnerOutput(s.Serializer[Any]):
    institution_id = s.CharField()
    institution_name = s.CharField()
    staff_name = s.CharField(allow_null=True, help_text="没有片区医生时为空，由团队负责")
    role = s.ChoiceField(choices=CatchmentRole.choices)
    from_level = s.CharField(help_text="county | township | village：归属登记在哪一级")


class CatchmentPlaceOutput(s.Serializer[Any]):
    code = s.CharField()
    name = s.CharField()
    kind = s.CharField()
    areas = AreaRowOutput(many=True)
    clinicians = ClinicianRowOutput(many=True)


class CatchmentVillageOutput(CatchmentPlaceOutput):
    effective = EffectiveOwnerOutput(allow_null=True, help_text="今天由谁负责；空为空缺")


class CatchmentTownshipOutput(CatchmentVillageOutput):
    villages = CatchmentVillageOutput(many=True)


class CatchmentInstitutionOutput(s.Serializer[Any]):
    id = s.CharField()
    code = s.CharField()
    name = s.CharField()
    kind = s.CharField()


class CatchmentTreeOutput(s.Serializer[Any]):
    as_of = s.DateField()
    county = CatchmentPlaceOutput(allow_null=True)
    townships = CatchmentTownshipOutput(many=True)
    institutions = CatchmentInstitutionOutput(many=True)
    vacant = s.IntegerField(help_text="今天没有机构负责的村（社区）数")


class CatchmentDivisionOutput(s.Serializer[Any]):
    code = s.CharField()
    name = s.CharField()
    level = s.CharField(help_text="county | township | village")


class CatchmentOutput(s.Serializer[Any]):
    id = s.CharField()
    institution = RefOutput()
    institution_is_active = s.BooleanField()
    division = CatchmentDivisionOutput()
    role = s.ChoiceField(choices=CatchmentRole.choices)
    role_name = s.CharField()
    specialties = s.ListField(child=s.CharField())
    valid_from = s.DateField()
    valid_to = s.DateField(allow_null=True)
    state = s.CharField(help_text=_STATES)
    revision = s.IntegerField()


class CatchmentPageOutput(s.Serializer[Any]):
    items = CatchmentOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class CatchmentInput(s.Serializer[Any]):
    institution_id = s.CharField()
    division_code = s.CharField(max_length=12)
    role = s.ChoiceField(choices=CatchmentRole.choices, default=CatchmentRole.PRIMARY)
    valid_from = DayField(required=False, help_text="不填为今天")
    valid_to = DayField(required=False, allow_null=True, default=None, help_text="最后一天；不填为长期")
    specialties = s.ListField(child=s.CharField(), required=False, default=list, max_length=10)


class CatchmentChangeInput(s.Serializer[Any]):
    valid_to = DayField(allow_null=True)


class AreaEndInput(s.Serializer[Any]):
    on = DayField(help_text="最后一天；尚未开始的记录填开始日期之前的日期即撤销")


class AreaEndOutput(s.Serializer[Any]):
    id = s.CharField()
    withdrawn = s.BooleanField(help_text="尚未开始，已撤销")
    valid_to = s.DateField(allow_null=True)


class ClinicianAreaInput(s.Serializer[Any]):
    staff_id = s.CharField()
    ward_id = s.CharField()
    division_code = s.CharField(max_length=12)
    valid_from = DayField(required=False, help_text="不填为今天")
    valid_to = DayField(required=False, allow_null=True, default=None)


class ClinicianAreaOutput(ClinicianRowOutput):
    division_code = s.CharField()
