from typing import Any

from rest_framework import serializers as s

from followup.programmes.enums import EnrolmentOrigin, EnrolmentState, StopCode

_MAX_REASON = 200


class EnrolledPatientOutput(s.Serializer[Any]):
    id = s.CharField()
    name_masked = s.CharField()
    sex = s.CharField(help_text="M | F | U")
    age = s.IntegerField(allow_null=True)


class EnrolledStayOutput(s.Serializer[Any]):
    id = s.CharField()
    discharged_on = s.DateField(allow_null=True)
    department = s.CharField(allow_null=True)
    diagnosis = s.CharField(allow_null=True)


class EnrolmentTaskCountsOutput(s.Serializer[Any]):
    done = s.IntegerField()
    open = s.IntegerField()
    total = s.IntegerField(help_text="不含已取消")


class EnrolmentOutput(s.Serializer[Any]):
    id = s.CharField()
    programme_id = s.CharField()
    programme_name = s.CharField()
    version_id = s.CharField()
    version = s.IntegerField()
    patient = EnrolledPatientOutput()
    encounter = EnrolledStayOutput()
    state = s.CharField(help_text=" | ".join(EnrolmentState.values))
    origin = s.CharField(help_text=" | ".join(EnrolmentOrigin.values))
    enrolled_at = s.DateTimeField()
    enrolled_by_name = s.CharField(allow_blank=True)
    ended_at = s.DateTimeField(allow_null=True)
    paused_at = s.DateTimeField(allow_null=True)
    stop_code = s.CharField(allow_null=True, help_text=" | ".join(StopCode.values))
    stop_text = s.CharField(allow_null=True)
    reason_text = s.CharField(allow_blank=True)
    tasks = EnrolmentTaskCountsOutput()


class EnrolmentPageOutput(s.Serializer[Any]):
    items = EnrolmentOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class EnrolmentStepOutput(s.Serializer[Any]):
    task_id = s.CharField()
    step_name = s.CharField(allow_null=True)
    occurrence = s.IntegerField(help_text="第几轮 × 1000 + 该节点第几次")
    due_on = s.DateField()
    state = s.CharField()
    level = s.CharField(allow_null=True)
    closed_on = s.DateField(allow_null=True)


class EnrolmentHistoryOutput(s.Serializer[Any]):
    at = s.DateTimeField()
    what = s.CharField()
    by_name = s.CharField()
    reason = s.CharField(allow_blank=True)


class EnrolmentDetailOutput(EnrolmentOutput):
    steps = EnrolmentStepOutput(many=True)
    history = EnrolmentHistoryOutput(many=True)


class EnrolInput(s.Serializer[Any]):
    programme_id = s.CharField()
    encounter_id = s.CharField()
    reason = s.CharField(max_length=_MAX_REASON)


class EnrolmentStopInput(s.Serializer[Any]):
    reason = s.CharField(max_length=_MAX_REASON)
    code = s.ChoiceField(
        choices=[(code.value, code.label) for code in (StopCode.MANUAL, StopCode.MOVED_OUT, StopCode.OTHER)],
        required=False,
        help_text="缺省为 manual",
    )


class EnrolmentPauseInput(s.Serializer[Any]):
    reason = s.CharField(max_length=_MAX_REASON)


class EnrolmentResumeInput(s.Serializer[Any]):
    pass
