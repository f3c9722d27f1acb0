from typing import Any

from rest_framework import serializers


class LogInInput(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=40)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class SessionTenantOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    division_code = serializers.CharField()


class SessionUserOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    username = serializers.CharField()
    name = serializers.CharField()
    title = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    role_names = serializers.ListField(child=serializers.CharField())
    functions = serializers.ListField(child=serializers.CharField())
    institution_name = serializers.CharField(allow_null=True)
    department_name = serializers.CharField(allow_null=True)
    ward_names = serializers.ListField(child=serializers.CharField())


class SessionOutput(serializers.Serializer[Any]):
    authenticated = serializers.BooleanField()
    realm = serializers.ChoiceField(choices=["bureau", "tenant"])
    tenant = SessionTenantOutput(allow_null=True)
    user = SessionUserOutput(allow_null=True)
