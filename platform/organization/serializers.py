from typing import Any

from rest_framework import serializers


class WardNodeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text="inpatient | care_team | call_desk")


class DepartmentNodeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text="clinical | public_health | follow_up_centre")
    wards = WardNodeOutput(many=True)


class InstitutionNodeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text="hospital | tertiary_hospital | township_clinic | village_clinic")
    is_lead = serializers.BooleanField()
    division_code = serializers.CharField(allow_blank=True)
    departments = DepartmentNodeOutput(many=True)


class OrganizationTreeOutput(serializers.Serializer[Any]):
    items = InstitutionNodeOutput(many=True)
