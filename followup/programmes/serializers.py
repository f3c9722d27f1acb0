from typing import Any

from rest_framework import serializers


class ProgrammeRowOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["routine", "specialty", "chronic", "checkup"])
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["draft", "signed", "active", "paused", "retired"])
    steps = serializers.IntegerField()
    enrolled = serializers.IntegerField()
    criteria_text = serializers.ListField(child=serializers.CharField())


class ProgrammeListOutput(serializers.Serializer[Any]):
    items = ProgrammeRowOutput(many=True)


class ProgrammeStepOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    seq = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    anchor = serializers.ChoiceField(choices=["discharge", "operation"])
    day = serializers.IntegerField()
    window_before = serializers.IntegerField()
    window_after = serializers.IntegerField()
    channels = serializers.ListField(child=serializers.CharField())
    owner = serializers.ChoiceField(choices=["hospital", "community", "centre"])
    questionnaire_title = serializers.CharField(allow_null=True)


class ProgrammeDetailOutput(ProgrammeRowOutput):
    version_id = serializers.CharField()
    criteria = serializers.JSONField()
    source = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    licence = serializers.CharField()
    starts_on = serializers.DateField()
    signed_by_name = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    step_list = ProgrammeStepOutput(many=True)
