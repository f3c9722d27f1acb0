from typing import Any

from rest_framework import serializers

from records.enums import Sex


class PreviewInput(serializers.Serializer[Any]):
    criteria = serializers.JSONField()
    exclusions = serializers.DictField(child=serializers.BooleanField(), required=False, default=dict)
    institution_id = serializers.CharField(required=False, allow_null=True, default=None)
    programme_id = serializers.CharField(required=False, allow_null=True, default=None)
    period_from = serializers.DateField()
    period_to = serializers.DateField()
    limit = serializers.IntegerField(required=False, min_value=0, max_value=100, default=20)
    conditions = serializers.BooleanField(required=False, default=False)


class PreviewDepartmentOutput(serializers.Serializer[Any]):
    department = serializers.CharField()
    institution = serializers.CharField()
    count = serializers.IntegerField()


class PreviewPatientOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name_masked = serializers.CharField()
    sex = serializers.ChoiceField(choices=Sex.choices)
    age = serializers.IntegerField(allow_null=True)


class PreviewRowOutput(serializers.Serializer[Any]):
    encounter_id = serializers.CharField()
    patient = PreviewPatientOutput()
    discharged_on = serializers.DateField()
    department = serializers.CharField(allow_null=True)
    diagnosis = serializers.CharField(allow_null=True)


class PreviewConditionOutput(serializers.Serializer[Any]):
    text = serializers.CharField()
    fell = serializers.IntegerField()
    left = serializers.IntegerField()


class PreviewOutput(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    patients = serializers.IntegerField()
    flagged = serializers.IntegerField()
    enrolled = serializers.IntegerField(allow_null=True)
    by_department = PreviewDepartmentOutput(many=True)
    items = PreviewRowOutput(many=True, allow_null=True)
    conditions = PreviewConditionOutput(many=True, allow_null=True)
    took_ms = serializers.IntegerField()


class RehearsalInput(serializers.Serializer[Any]):
    document = serializers.JSONField()
    institution_id = serializers.CharField(required=False, allow_null=True, default=None)
    weeks = serializers.IntegerField(required=False, min_value=1, max_value=26, default=13)


class RehearsalPeriodOutput(serializers.Serializer[Any]):
    discharges_from = serializers.DateField()
    discharges_to = serializers.DateField()
    period_from = serializers.DateField()
    period_to = serializers.DateField()


class RehearsalPeakOutput(serializers.Serializer[Any]):
    day = serializers.DateField()
    count = serializers.IntegerField()
    new = serializers.IntegerField()


class RehearsalDayOutput(serializers.Serializer[Any]):
    day = serializers.DateField()
    count = serializers.IntegerField()
    planned = serializers.IntegerField()


class RehearsalOwnerOutput(serializers.Serializer[Any]):
    owner = serializers.CharField()
    ward_id = serializers.CharField()
    staff_id = serializers.CharField(allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]
    place = serializers.CharField()
    seats = serializers.IntegerField()
    total = serializers.IntegerField()
    peak = RehearsalPeakOutput()
    days = RehearsalDayOutput(many=True)


class RehearsalOutput(serializers.Serializer[Any]):
    period = RehearsalPeriodOutput()
    enrolments = serializers.IntegerField()
    tasks = serializers.IntegerField()
    owners = RehearsalOwnerOutput(many=True)
    capacity_note = serializers.CharField()
