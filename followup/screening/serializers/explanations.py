from typing import Any

from rest_framework import serializers

from followup.programmes.enums import EnrolmentState


class ExplainedStayOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    patient_id = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    discharged_on = serializers.DateField(allow_null=True)
    inpatient_no = serializers.CharField()
    department = serializers.CharField(allow_null=True)
    diagnosis = serializers.CharField()


class ExplainedConditionOutput(serializers.Serializer[Any]):
    text = serializers.CharField()
    met = serializers.BooleanField()
    fact = serializers.CharField()


class ExplainedEnrolmentOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=EnrolmentState.choices)
    version = serializers.IntegerField()
    stop_text = serializers.CharField()
    skipped_steps = serializers.ListField(child=serializers.CharField())


class ExplainedProgrammeOutput(serializers.Serializer[Any]):
    programme_id = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    matched = serializers.BooleanField()
    enrolled = serializers.BooleanField()
    enrolment = ExplainedEnrolmentOutput(allow_null=True)
    conditions = ExplainedConditionOutput(many=True)
    failed = serializers.CharField(allow_null=True)
    sentence = serializers.CharField()


class ScreeningExplanationOutput(serializers.Serializer[Any]):
    encounter = ExplainedStayOutput()
    programmes = ExplainedProgrammeOutput(many=True)


class ScreeningExplanationListOutput(serializers.Serializer[Any]):
    items = ScreeningExplanationOutput(many=True)


class RecommendedQuestionnaireOutput(serializers.Serializer[Any]):
    version_id = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()


class RecommendedProgrammeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class RecommendationOutput(serializers.Serializer[Any]):
    questionnaire = RecommendedQuestionnaireOutput()
    programme = RecommendedProgrammeOutput()
    encounter_id = serializers.CharField()
    step_name = serializers.CharField()
    score = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField())
    enrolled = serializers.BooleanField()


class RecommendationListOutput(serializers.Serializer[Any]):
    items = RecommendationOutput(many=True)
