from typing import Any

from rest_framework import serializers


class CountyFunnelOutput(serializers.Serializer[Any]):
    discharged = serializers.IntegerField()
    routed = serializers.IntegerField()
    unrouted = serializers.IntegerField()
    reached = serializers.IntegerField()
    abnormal = serializers.IntegerField()
    handled = serializers.IntegerField()


class TownshipOutput(serializers.Serializer[Any]):
    tenant_code = serializers.CharField()
    township_code = serializers.CharField(
        allow_blank=True, help_text="12 digits; `outside`: 县外; empty: 归属待确认"
    )
    township_name = serializers.CharField()
    institution_name = serializers.CharField(allow_null=True)
    discharged = serializers.IntegerField()
    routed = serializers.IntegerField()
    unrouted = serializers.IntegerField()
    tasks_due = serializers.IntegerField()
    tasks_done = serializers.IntegerField()
    reached = serializers.IntegerField()
    abnormal = serializers.IntegerField()
    handled = serializers.IntegerField()
    rate_done = serializers.FloatField(allow_null=True, help_text="0 to 1; null when nothing was due")


class CountyOverviewOutput(serializers.Serializer[Any]):
    month = serializers.CharField()
    funnel = CountyFunnelOutput()
    definitions = serializers.DictField(child=serializers.CharField())
    townships = TownshipOutput(many=True)


class SupervisedTenantOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    computed_at = serializers.DateTimeField(allow_null=True)


class SupervisedTenantListOutput(serializers.Serializer[Any]):
    items = SupervisedTenantOutput(many=True)
