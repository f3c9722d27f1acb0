from typing import Any

from rest_framework import serializers


class ScreeningRunOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    trigger = serializers.ChoiceField(choices=["event", "daily", "manual"])
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    programmes = serializers.IntegerField()
    enrolled = serializers.IntegerField()
    tasks_made = serializers.IntegerField()
    started_by_name = serializers.CharField()


class ScreeningRunListOutput(serializers.Serializer[Any]):
    items = ScreeningRunOutput(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ScreeningStartInput(serializers.Serializer[Any]):
    """No field: a run takes all active programmes."""
