from typing import Any

from rest_framework import serializers as s

from community.catchments.serializers.common import DayField, RefOutput


class ContractPatientOutput(s.Serializer[Any]):
    id = s.CharField()
    name_masked = s.CharField()
    sex = s.CharField()
    age = s.IntegerField(allow_null=True)


class CareContractOutput(s.Serializer[Any]):
    id = s.CharField()
    patient = ContractPatientOutput()
    institution = RefOutput()
    team = RefOutput()
    staff = RefOutput(allow_null=True)
    contract_no = s.CharField(allow_blank=True)
    valid_from = s.DateField()
    valid_to = s.DateField(allow_null=True)
    state = s.CharField(help_text="active（有效） | upcoming（未生效） | ended（已终止）")
    end_reason = s.CharField(allow_blank=True)
    created_at = s.DateTimeField()
    created_by_name = s.CharField(allow_blank=True)
    ended_by_name = s.CharField(allow_blank=True)
    can_end = s.BooleanField()


class CareContractPageOutput(s.Serializer[Any]):
    items = CareContractOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class CareContractInput(s.Serializer[Any]):
    patient_id = s.CharField()
    ward_id = s.CharField(help_text="家庭医生团队")
    staff_id = s.CharField(required=False, allow_null=True, default=None)
    valid_from = DayField()
    valid_to = DayField(required=False, allow_null=True, default=None)
    contract_no = s.CharField(required=False, allow_blank=True, default="", max_length=40)


class CareContractEndInput(s.Serializer[Any]):
    on = DayField(help_text="最后一天")
    reason = s.CharField(max_length=200)
