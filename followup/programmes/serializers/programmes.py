from typing import Any

from rest_framework import serializers

from followup.programmes.enums import ProgrammeKind, StepKind, VersionState
from followup.programmes.rules import words


class ProgrammeLineOutput(serializers.Serializer[Any]):
    institution_id = serializers.CharField(allow_null=True)
    institution_name = serializers.CharField(allow_null=True)
    version_id = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.values)
    base_version_id = serializers.CharField(allow_null=True)
    local_reason = serializers.CharField()
    differs = serializers.BooleanField(help_text="本机构版本与其所依据的全县版本内容不同")
    outdated = serializers.BooleanField(help_text="全县版本在另立本机构版本之后已更新")
    signed_by_name = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    edited_by_name = serializers.CharField()
    edited_at = serializers.DateTimeField()


class ProgrammeAxisStepOutput(serializers.Serializer[Any]):
    anchor = serializers.ChoiceField(choices=list(words.ANCHORS))
    day = serializers.IntegerField()
    window_before = serializers.IntegerField()
    window_after = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=StepKind.values)
    channel = serializers.ChoiceField(choices=list(words.CHANNELS), help_text="首选渠道")
    owner = serializers.ChoiceField(choices=list(words.OWNERS))
    repeat_every = serializers.IntegerField(allow_null=True)


class ProgrammeOpenVersionOutput(serializers.Serializer[Any]):
    version_id = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(
        choices=[VersionState.DRAFT.value, VersionState.REVIEWED.value, VersionState.SIGNED.value]
    )
    institution_id = serializers.CharField(allow_null=True)
    edited_by_name = serializers.CharField()
    edited_at = serializers.DateTimeField()


class ProgrammeRowOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=ProgrammeKind.values)
    specialty = serializers.CharField()
    version_id = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.values)
    steps = serializers.IntegerField()
    enrolled = serializers.IntegerField()
    criteria_text = serializers.ListField(child=serializers.CharField())
    signed_by_name = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    axis = ProgrammeAxisStepOutput(many=True)
    lines = ProgrammeLineOutput(many=True)
    is_inherited = serializers.BooleanField(help_text="各成员机构均沿用全县版本，没有机构运行本机构版本")
    open_versions = ProgrammeOpenVersionOutput(many=True, help_text="草稿、待签署，以及已签署尚未启用的版本")


class ProgrammeListOutput(serializers.Serializer[Any]):
    items = ProgrammeRowOutput(many=True)


class ProgrammeStepOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    seq = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=StepKind.values)
    text = serializers.CharField()
    anchor = serializers.ChoiceField(choices=list(words.ANCHORS))
    day = serializers.IntegerField()
    window_before = serializers.IntegerField()
    window_after = serializers.IntegerField()
    repeat_every = serializers.IntegerField(allow_null=True)
    repeat_times = serializers.IntegerField(allow_null=True)
    repeat_until = serializers.IntegerField(allow_null=True)
    channels = serializers.ListField(child=serializers.CharField())
    owner = serializers.ChoiceField(choices=list(words.OWNERS))
    owner_staff_no = serializers.CharField()
    education = serializers.ListField(child=serializers.CharField())
    questionnaire_title = serializers.CharField(allow_null=True)


class ProgrammeVersionRowOutput(serializers.Serializer[Any]):
    version_id = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.values)
    state_note = serializers.CharField()
    institution_id = serializers.CharField(allow_null=True)
    institution_name = serializers.CharField(allow_null=True)
    starts_on = serializers.DateField()
    enrolled = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    created_by_name = serializers.CharField()
    updated_at = serializers.DateTimeField(allow_null=True)
    updated_by_name = serializers.CharField()
    signed_by_name = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    activated_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class ProgrammeDetailOutput(ProgrammeRowOutput):
    criteria = serializers.JSONField()
    source = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    licence = serializers.CharField()
    starts_on = serializers.DateField()
    step_list = ProgrammeStepOutput(many=True)
    versions = ProgrammeVersionRowOutput(many=True)


class ProgrammeReferenceOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["questionnaire", "education"])
    key = serializers.CharField()
    state = serializers.ChoiceField(choices=["draft", "reviewed", "retired", "locked", "unknown"])


class ProgrammeVersionActsOutput(serializers.Serializer[Any]):
    edit = serializers.BooleanField()
    delete = serializers.BooleanField()
    review = serializers.BooleanField()
    sign = serializers.BooleanField()
    activate = serializers.BooleanField()
    pause = serializers.BooleanField()
    retire = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        # `return` is a word of Python.
        return {**super().get_fields(), "return": serializers.BooleanField()}


class ProgrammeVersionOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    programme_id = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=ProgrammeKind.values)
    specialty = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.values)
    state_note = serializers.CharField(help_text="最近一次退回、暂停、停用等的说明")
    revision = serializers.IntegerField()
    document = serializers.JSONField()
    criteria_text = serializers.ListField(child=serializers.CharField())
    institution_id = serializers.CharField(allow_null=True)
    institution_name = serializers.CharField(allow_null=True)
    base_version_id = serializers.CharField(allow_null=True)
    newer_base_version_id = serializers.CharField(allow_null=True)
    local_reason = serializers.CharField()
    starts_on = serializers.DateField()
    created_at = serializers.DateTimeField()
    created_by_name = serializers.CharField()
    updated_at = serializers.DateTimeField(allow_null=True)
    updated_by_name = serializers.CharField()
    reviewed_by_name = serializers.CharField()
    reviewed_at = serializers.DateTimeField(allow_null=True)
    signed_by_name = serializers.CharField()
    signer_licence_no = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    activated_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)
    missing = ProgrammeReferenceOutput(many=True)
    can = ProgrammeVersionActsOutput()


class ProgrammeChangeOutput(serializers.Serializer[Any]):
    path = serializers.CharField()
    kind = serializers.ChoiceField(choices=["added", "removed", "changed"])
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class ProgrammeVersionBriefOutput(serializers.Serializer[Any]):
    version_id = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=VersionState.values)


class ProgrammeDifferenceOutput(serializers.Serializer[Any]):
    against = ProgrammeVersionBriefOutput(allow_null=True)
    changes = ProgrammeChangeOutput(many=True)


class ProgrammeFaultOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    cure = serializers.CharField()


class ProgrammeFaultsOutput(serializers.Serializer[Any]):
    faults = ProgrammeFaultOutput(many=True)
    warnings = ProgrammeFaultOutput(many=True)
    criteria_text = serializers.ListField(child=serializers.CharField())


class ChoiceOutput(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class CriteriaOperatorOutput(serializers.Serializer[Any]):
    op = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class CriteriaValueOutput(serializers.Serializer[Any]):
    type = serializers.CharField()
    unit = serializers.CharField()
    minimum = serializers.IntegerField(allow_null=True)
    maximum = serializers.IntegerField(allow_null=True)
    choices = ChoiceOutput(many=True, allow_null=True)


class CriteriaFieldOutput(serializers.Serializer[Any]):
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    ops = CriteriaOperatorOutput(many=True)
    value = CriteriaValueOutput()
    within_days = serializers.BooleanField()


class ExclusionChoiceOutput(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    default = serializers.BooleanField()  # type: ignore[assignment]


class ProgrammeInstitutionOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()


class ProgrammeVocabularyOutput(serializers.Serializer[Any]):
    fields = CriteriaFieldOutput(many=True)  # type: ignore[assignment]
    kinds = ChoiceOutput(many=True)
    step_kinds = ChoiceOutput(many=True)
    anchors = ChoiceOutput(many=True)
    owners = ChoiceOutput(many=True)
    channels = ChoiceOutput(many=True)
    stop_rules = ChoiceOutput(many=True)
    merges = ChoiceOutput(many=True)
    readmissions = ChoiceOutput(many=True)
    exclusions = ExclusionChoiceOutput(many=True)
    institutions = ProgrammeInstitutionOutput(many=True)


class CreateProgrammeInput(serializers.Serializer[Any]):
    document = serializers.JSONField(required=False)
    from_version_id = serializers.CharField(required=False)
    key = serializers.CharField(required=False, max_length=60)
    name = serializers.CharField(required=False, default="", max_length=120)
    starts_on = serializers.DateField(required=False, default=None, allow_null=True)


class OpenProgrammeDraftInput(serializers.Serializer[Any]):
    from_version_id = serializers.CharField(required=False, default=None, allow_null=True)
    institution_id = serializers.CharField(required=False, default=None, allow_null=True)
    local_reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class SaveProgrammeDraftInput(serializers.Serializer[Any]):
    document = serializers.JSONField()
    starts_on = serializers.DateField()


class ProgrammeDocumentInput(serializers.Serializer[Any]):
    document = serializers.JSONField()


class ReviewProgrammeInput(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class ReturnProgrammeInput(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=200)


class SignProgrammeInput(serializers.Serializer[Any]):
    licence_no = serializers.CharField(max_length=40)


class ActivateProgrammeInput(serializers.Serializer[Any]):
    starts_on = serializers.DateField(required=False, default=None, allow_null=True)


class ProgrammeReasonInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)
