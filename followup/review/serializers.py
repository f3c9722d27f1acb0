from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers as s

from followup.review.enums import InstantFail, ItemState, Stratify, Tier
from followup.review.rules import MAX_DEPARTMENTS, MAX_SIZE


class ReviewDrawCountsOutput(s.Serializer[Any]):
    items = s.IntegerField()
    pending = s.IntegerField()
    scored = s.IntegerField()
    rectification = s.IntegerField()


class ReviewDrawOutput(s.Serializer[Any]):
    id = s.CharField()
    tier = s.ChoiceField(choices=Tier.choices)
    department_names = s.ListField(child=s.CharField())
    period_from = s.DateField()
    period_to = s.DateField()
    stratify = s.ChoiceField(choices=Stratify.choices)
    size = s.IntegerField(help_text="asked for")
    population = s.IntegerField(help_text="tasks that could have been drawn")
    seed = s.CharField()
    drawn_by_name = s.CharField()
    drawn_at = s.DateTimeField()
    counts = ReviewDrawCountsOutput()


@extend_schema_serializer(many=False)  # a page, not a bare array
class ReviewDrawListOutput(s.Serializer[Any]):
    items = ReviewDrawOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class ReviewPatientOutput(s.Serializer[Any]):
    id = s.CharField()
    name_masked = s.CharField()
    sex = s.CharField()
    age = s.IntegerField(allow_null=True)


class ReviewScoresOutput(s.Serializer[Any]):
    authentic = s.IntegerField()
    content = s.IntegerField()
    attitude = s.IntegerField()
    completeness = s.IntegerField()


class ReviewRightsOutput(s.Serializer[Any]):
    review = s.BooleanField()


class ReviewItemOutput(s.Serializer[Any]):
    id = s.CharField()
    draw_id = s.CharField()
    task_id = s.CharField()
    tier = s.ChoiceField(choices=Tier.choices)
    state = s.ChoiceField(choices=ItemState.choices)
    patient = ReviewPatientOutput()
    programme_name = s.CharField()
    step_name = s.CharField(allow_blank=True)
    department_name = s.CharField()
    ward_name = s.CharField()
    diagnosis = s.CharField(allow_null=True)
    discharged_on = s.DateField(allow_null=True)
    done_by_name = s.CharField(allow_blank=True)
    done_on = s.DateField()
    answers = s.DictField(help_text="the reviewer's own")
    answered_at = s.DateTimeField(allow_null=True)
    scores = ReviewScoresOutput(allow_null=True)
    instant_fail = s.ListField(child=s.ChoiceField(choices=InstantFail.choices))
    total = s.FloatField(allow_null=True)
    finding = s.CharField(allow_blank=True)
    rectification_due_on = s.DateField(allow_null=True)
    scored_at = s.DateTimeField(allow_null=True)
    scored_by_name = s.CharField(allow_null=True)
    can = ReviewRightsOutput()


class ReviewDrawDetailOutput(ReviewDrawOutput):
    items = ReviewItemOutput(many=True)


class ReviewAttemptOutput(s.Serializer[Any]):
    at = s.DateTimeField()
    channel = s.CharField()
    outcome = s.CharField()
    note = s.CharField(allow_blank=True)
    by_name = s.CharField(allow_blank=True)


class ReviewOriginalOutput(s.Serializer[Any]):
    state = s.CharField()
    level = s.CharField(allow_null=True)
    channel = s.CharField()
    closed_at = s.DateTimeField()
    closed_by_name = s.CharField(allow_blank=True)
    conclusion = s.CharField(allow_blank=True)
    late_reason = s.CharField(allow_blank=True)
    revision = s.IntegerField(allow_null=True)
    submitted_at = s.DateTimeField(allow_null=True)
    submitted_by_name = s.CharField(allow_null=True)
    answers = s.DictField()
    questionnaire = s.DictField(allow_null=True, help_text="the document that the answers belong to")
    attempts = ReviewAttemptOutput(many=True)


class ReviewRecordingOutput(s.Serializer[Any]):
    id = s.CharField()
    created_at = s.DateTimeField()
    content_type = s.CharField()
    size = s.IntegerField()
    sha256 = s.CharField()
    duration_seconds = s.IntegerField(allow_null=True)
    by_name = s.CharField(allow_blank=True)


class ReviewItemDetailOutput(s.Serializer[Any]):
    item = ReviewItemOutput()
    form = s.DictField(help_text="the reviewer's questionnaire document")
    original = ReviewOriginalOutput(allow_null=True, help_text="null until the own answers are saved")
    recordings = ReviewRecordingOutput(many=True)


class ReviewDrawInput(s.Serializer[Any]):
    tier = s.IntegerField()
    department_ids = s.ListField(child=s.CharField(), min_length=1, max_length=MAX_DEPARTMENTS)
    period_from = s.DateField()
    period_to = s.DateField()
    size = s.IntegerField(min_value=1, max_value=MAX_SIZE)
    stratify = s.ChoiceField(choices=Stratify.choices, default=Stratify.NONE)


def _has_unstorable_text(value: Any) -> bool:
    """PostgreSQL's jsonb takes neither NUL nor half a surrogate pair."""
    if isinstance(value, str):
        return "\0" in value or any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return any(_has_unstorable_text(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_has_unstorable_text(part) for part in value)


class ReviewAnswersInput(s.Serializer[Any]):
    answers = s.DictField()

    def validate_answers(self, answers: dict[str, Any]) -> dict[str, Any]:
        if _has_unstorable_text(answers):
            raise s.ValidationError("答案中有无法保存的字符", code="unstorable_text")
        return answers


class ReviewScoresInput(s.Serializer[Any]):
    authentic = s.IntegerField(min_value=0, max_value=100)
    content = s.IntegerField(min_value=0, max_value=100)
    attitude = s.IntegerField(min_value=0, max_value=100)
    completeness = s.IntegerField(min_value=0, max_value=100)


class ReviewScoreInput(s.Serializer[Any]):
    scores = ReviewScoresInput()
    instant_fail = s.ListField(child=s.ChoiceField(choices=InstantFail.choices), default=list, max_length=10)
    finding = s.CharField(max_length=500, allow_blank=True, default="")
    rectification = s.BooleanField(default=False)
    rectification_due_on = s.DateField(allow_null=True, default=None)
