import json
from typing import Any

from rest_framework import serializers

from followup.questionnaires.enums import Category, Origin, VersionState
from followup.questionnaires.fhir.words import LOSS_KINDS


class _Cursor(serializers.Serializer[Any]):
    next_cursor = serializers.CharField(allow_null=True)


class QuestionnaireLatestOutput(serializers.Serializer[Any]):
    version_id = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.values)
    updated_at = serializers.DateTimeField(allow_null=True)
    updated_by_name = serializers.CharField()
    origin = serializers.ChoiceField(choices=Origin.values)


class QuestionnaireSignedOutput(serializers.Serializer[Any]):
    version_id = serializers.CharField()
    version = serializers.IntegerField()
    signed_by_name = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)


class QuestionnaireRowOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()
    category = serializers.ChoiceField(choices=Category.values)
    specialty = serializers.CharField()
    locked_scale = serializers.CharField(allow_null=True)
    locked = serializers.BooleanField()
    latest = QuestionnaireLatestOutput(allow_null=True)
    signed = QuestionnaireSignedOutput(allow_null=True)
    licence = serializers.CharField()
    used_by = serializers.IntegerField()


class QuestionnaireListOutput(_Cursor):
    items = QuestionnaireRowOutput(many=True)


class QuestionnaireVersionRowOutput(serializers.Serializer[Any]):
    version_id = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.values)
    revision = serializers.IntegerField()
    origin = serializers.ChoiceField(choices=Origin.values)
    licence = serializers.CharField()
    created_by_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField(allow_null=True)
    updated_by_name = serializers.CharField()
    reviewed_by_name = serializers.CharField()
    reviewed_at = serializers.DateTimeField(allow_null=True)
    signed_by_name = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class QuestionnaireDetailOutput(QuestionnaireRowOutput):
    versions = QuestionnaireVersionRowOutput(many=True)


class QuestionnaireRightsOutput(serializers.Serializer[Any]):
    edit = serializers.BooleanField()
    review = serializers.BooleanField()
    sign = serializers.BooleanField()
    retire = serializers.BooleanField()


class QuestionnaireProblemOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class QuestionnaireVersionDetailOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    questionnaire_id = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.values)
    revision = serializers.IntegerField()
    document = serializers.JSONField()
    source = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    licence = serializers.CharField()
    origin = serializers.ChoiceField(choices=Origin.values)
    note = serializers.CharField()
    created_by_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField(allow_null=True)
    updated_by_name = serializers.CharField()
    reviewed_by_name = serializers.CharField()
    reviewed_at = serializers.DateTimeField(allow_null=True)
    signed_by_name = serializers.CharField()
    signer_licence_no = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)
    used_options = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    problems = QuestionnaireProblemOutput(many=True)
    can = QuestionnaireRightsOutput()


class QuestionnaireFaultOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    cure = serializers.CharField()


class QuestionnaireJudgementOutput(serializers.Serializer[Any]):
    faults = QuestionnaireFaultOutput(many=True)
    warnings = QuestionnaireFaultOutput(many=True)


class QuestionnaireAnswerErrorOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class QuestionnaireFindingOutput(serializers.Serializer[Any]):
    link_id = serializers.CharField(allow_null=True)
    level = serializers.CharField()
    prompt = serializers.CharField()
    advice = serializers.CharField()
    rule = serializers.CharField()


class QuestionnaireEvaluationOutput(serializers.Serializer[Any]):
    visible = serializers.ListField(child=serializers.CharField())
    pruned_answers = serializers.JSONField()
    errors = QuestionnaireAnswerErrorOutput(many=True)  # type: ignore[assignment]
    missing_required = serializers.ListField(child=serializers.CharField())
    level = serializers.CharField()
    findings = QuestionnaireFindingOutput(many=True)
    unknown_rules = serializers.ListField(child=serializers.CharField())
    score = serializers.FloatField(allow_null=True)
    band = serializers.CharField(allow_null=True)
    complete = serializers.BooleanField()
    can_auto_close = serializers.BooleanField()


class FhirLossOutput(serializers.Serializer[Any]):
    path = serializers.CharField()
    kind = serializers.ChoiceField(choices=LOSS_KINDS)
    message = serializers.CharField()


class FhirReportOutput(serializers.Serializer[Any]):
    resource = serializers.JSONField()
    losses = FhirLossOutput(many=True)


class QuestionnaireImportOutput(serializers.Serializer[Any]):
    version = QuestionnaireVersionDetailOutput()
    losses = FhirLossOutput(many=True)


class ScaleLicenceOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    scale = serializers.CharField()
    holder = serializers.CharField()
    licence_no = serializers.CharField()
    valid_until = serializers.DateField(allow_null=True)
    stated_by_name = serializers.CharField()
    stated_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    in_force = serializers.BooleanField()


class ScaleLicenceListOutput(_Cursor):
    items = ScaleLicenceOutput(many=True)


class _Document(serializers.JSONField):
    """A JSON object: what else is wrong with it is told by the room, with pointers into it."""

    default_error_messages = {"not_an_object": "应为 JSON 对象"}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return super().to_internal_value(data)


class _Answers(_Document):
    """Answers come back in the evaluation: what no answer of ours can carry is refused before."""

    default_error_messages = {"character": "含有无法保存的字符，请删去后重试"}

    def to_internal_value(self, data: Any) -> Any:
        found = super().to_internal_value(data)
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            self.fail("character")
        return found


class QuestionnaireCreateInput(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=60)
    title = serializers.CharField(max_length=120)
    category = serializers.ChoiceField(choices=Category.values)
    from_version_id = serializers.CharField(required=False, allow_null=True, default=None)


class QuestionnaireDraftInput(serializers.Serializer[Any]):
    from_version_id = serializers.CharField(required=False, allow_null=True, default=None)


class QuestionnaireDocumentInput(serializers.Serializer[Any]):
    document = _Document()


class QuestionnaireValidateInput(serializers.Serializer[Any]):
    document = serializers.JSONField()
    questionnaire_id = serializers.CharField(required=False, allow_null=True, default=None)


class QuestionnaireEvaluateInput(serializers.Serializer[Any]):
    document = _Document()
    answers = _Answers()
    previous = serializers.ListField(
        child=_Answers(), required=False, allow_null=True, default=None, max_length=9
    )
    context = _Document(required=False, allow_null=True, default=None)  # type: ignore[assignment]


class QuestionnaireReviewInput(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class QuestionnaireReturnInput(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300)


class QuestionnaireSignInput(serializers.Serializer[Any]):
    licence_no = serializers.CharField(max_length=40)


class QuestionnaireRetireInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class QuestionnaireImportInput(serializers.Serializer[Any]):
    resource = _Document(required=False, default=None, allow_null=True)
    document = _Document(required=False, default=None, allow_null=True)
    category = serializers.ChoiceField(choices=Category.values)
    key = serializers.CharField(required=False, max_length=60, default=None, allow_null=True)


class ScaleLicenceInput(serializers.Serializer[Any]):
    scale = serializers.CharField(max_length=40)
    holder = serializers.CharField(max_length=80)
    licence_no = serializers.CharField(max_length=80)
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)
