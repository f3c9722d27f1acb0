from typing import Any

from rest_framework import serializers as s


class IntakeWarningOutput(s.Serializer[Any]):
    code = s.CharField()
    field = s.CharField()
    message = s.CharField()


class InboundMessageOutput(s.Serializer[Any]):
    id = s.CharField()
    source = s.CharField()  # type: ignore[assignment]
    format = s.CharField()
    message_type = s.CharField()
    control_id = s.CharField()
    state = s.CharField(help_text="processed | quarantined | kept | refused")
    problem_code = s.CharField(allow_blank=True)
    problem_text = s.CharField(allow_blank=True)
    warnings = IntakeWarningOutput(many=True)
    size = s.IntegerField()
    charset = s.CharField()
    received_at = s.DateTimeField()
    repeats = s.IntegerField()
    quarantine_id = s.CharField(allow_null=True)


class InboundMessagePageOutput(s.Serializer[Any]):
    items = InboundMessageOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class QuarantineProblemOutput(s.Serializer[Any]):
    code = s.CharField()
    field = s.CharField()
    pointer = s.CharField()
    message = s.CharField()
    value_masked = s.CharField()


class QuarantineMessageOutput(s.Serializer[Any]):
    id = s.CharField()
    source = s.CharField()  # type: ignore[assignment]
    format = s.CharField()
    message_type = s.CharField()
    control_id = s.CharField()
    received_at = s.DateTimeField()


class QuarantineRowOutput(s.Serializer[Any]):
    id = s.CharField()
    state = s.CharField(help_text="open | replayed | discarded")
    summary = s.CharField()
    problems = QuarantineProblemOutput(many=True)
    message = QuarantineMessageOutput()
    created_at = s.DateTimeField()
    resolved_at = s.DateTimeField(allow_null=True)
    resolved_by_name = s.CharField(allow_blank=True)
    resolution = s.CharField(allow_blank=True)


class QuarantinePageOutput(s.Serializer[Any]):
    items = QuarantineRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class CorrectableFieldOutput(s.Serializer[Any]):
    pointer = s.CharField()
    label = s.CharField()  # type: ignore[assignment]
    kind = s.CharField(help_text="text | date | datetime")
    value_masked = s.CharField()


class CorrectionOutput(s.Serializer[Any]):
    pointer = s.CharField()
    value_masked = s.CharField()


class QuarantineDetailOutput(QuarantineRowOutput):
    is_correctable = s.BooleanField()
    fields = CorrectableFieldOutput(many=True)  # type: ignore[assignment]
    corrections = CorrectionOutput(many=True)


class QuarantineReplayInput(s.Serializer[Any]):
    corrections = s.DictField(
        child=s.CharField(allow_blank=True, max_length=500), help_text="字段指针 → 更正后的值；可为空"
    )


class QuarantineDiscardInput(s.Serializer[Any]):
    reason = s.CharField(max_length=300)
