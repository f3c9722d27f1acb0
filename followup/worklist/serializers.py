"""Shapes for the OpenAPI document and the checks on what comes in. Rows themselves are built by selectors."""

from typing import Any

from rest_framework import serializers as s

from followup.programmes.enums import ProgrammeKind, StepKind
from followup.worklist.enums import (
    AttemptOutcome,
    Channel,
    EscalationOutcome,
    EscalationState,
    Level,
    TaskState,
)

_TEXT = 4000


class AnswersField(s.JSONField):
    """An object of answers by question."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise s.ValidationError("答案应为 JSON 对象", code="not_an_object")
        if len(str(data)) > 200_000:
            raise s.ValidationError("答案内容过大", code="too_large")
        return super().to_internal_value(data)


class MemberAnswersField(AnswersField):
    """Answers by question, for each member of a contact by its task id."""

    def to_internal_value(self, data: Any) -> Any:
        members = super().to_internal_value(data)
        for key, answers in members.items():
            if not isinstance(answers, dict):
                raise s.ValidationError({key: ["答案应为 JSON 对象"]}, code="not_an_object")
        return members


class PatientBriefOutput(s.Serializer[Any]):
    id = s.CharField()
    name_masked = s.CharField()
    sex = s.ChoiceField(choices=["M", "F", "U"])
    age = s.IntegerField(allow_null=True)


class ContactMemberOutput(s.Serializer[Any]):
    id = s.CharField()
    programme_name = s.CharField()
    step_name = s.CharField()


class TaskRowOutput(s.Serializer[Any]):
    id = s.CharField()
    state = s.ChoiceField(choices=TaskState.choices)
    overdue = s.BooleanField()
    due_on = s.DateField()
    window_start = s.DateField()
    window_end = s.DateField()
    days_overdue = s.IntegerField()
    programme_name = s.CharField()
    step_name = s.CharField()
    kind = s.ChoiceField(choices=ProgrammeKind.choices)
    step_kind = s.ChoiceField(choices=StepKind.choices)
    lead_id = s.CharField(allow_null=True)
    members = ContactMemberOutput(many=True)
    channel = s.ChoiceField(choices=Channel.choices)
    level = s.ChoiceField(choices=Level.choices, allow_null=True)
    patient = PatientBriefOutput()
    township_name = s.CharField(allow_null=True)
    ward_name = s.CharField(allow_null=True)
    assignee_name = s.CharField(allow_null=True)
    diagnosis = s.CharField(allow_null=True)
    discharged_on = s.DateField(allow_null=True)
    reason_text = s.CharField()


class TaskListOutput(s.Serializer[Any]):
    items = TaskRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class PatientFollowUpsOutput(s.Serializer[Any]):
    items = TaskRowOutput(many=True)


class TaskCountsOutput(s.Serializer[Any]):
    due = s.IntegerField()
    overdue = s.IntegerField()
    open = s.IntegerField()
    done_this_month = s.IntegerField()


class FindingOutput(s.Serializer[Any]):
    link_id = s.CharField(allow_null=True)
    level = s.ChoiceField(choices=Level.choices)
    prompt = s.CharField()
    advice = s.CharField()


class AnswerFaultOutput(s.Serializer[Any]):
    pointer = s.CharField()
    code = s.CharField()
    message = s.CharField()


class TaskEvaluationOutput(s.Serializer[Any]):
    visible = s.ListField(child=s.CharField())
    level = s.ChoiceField(choices=Level.choices)
    findings = FindingOutput(many=True)
    errors = AnswerFaultOutput(many=True)  # type: ignore[assignment]
    missing_required = s.ListField(child=s.CharField())
    unknown_rules = s.ListField(child=s.CharField())
    score = s.FloatField(allow_null=True)
    band = s.CharField(allow_null=True)
    complete = s.BooleanField()
    can_auto_close = s.BooleanField()


class PromptOutput(s.Serializer[Any]):
    level = s.ChoiceField(choices=Level.choices)
    prompt = s.CharField()
    advice = s.CharField()


class EscalationRowOutput(s.Serializer[Any]):
    id = s.CharField()
    level = s.ChoiceField(choices=Level.choices)
    state = s.ChoiceField(choices=EscalationState.choices)
    opened_at = s.DateTimeField()
    due_at = s.DateTimeField()
    overdue = s.BooleanField()
    prompts = PromptOutput(many=True)
    task_id = s.CharField()
    patient = PatientBriefOutput()
    programme_name = s.CharField()
    owner_name = s.CharField(allow_null=True)
    outcome = s.ChoiceField(choices=EscalationOutcome.choices, allow_null=True)
    note = s.CharField()
    closed_at = s.DateTimeField(allow_null=True)


class EscalationListOutput(s.Serializer[Any]):
    items = EscalationRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class TaskQuestionnaireOutput(s.Serializer[Any]):
    version_id = s.CharField()
    key = s.CharField()
    title = s.CharField()
    document = s.DictField()


class PreviousAnswersOutput(s.Serializer[Any]):
    closed_at = s.DateTimeField()
    answers = s.DictField()


class TaskCardOutput(s.Serializer[Any]):
    key = s.CharField()
    title = s.CharField()
    body = s.ListField(child=s.CharField())


class TaskSectionOutput(s.Serializer[Any]):
    task_id = s.CharField()
    programme_name = s.CharField()
    step_name = s.CharField()
    state = s.ChoiceField(choices=TaskState.choices)
    level = s.ChoiceField(choices=Level.choices, allow_null=True)
    version = s.IntegerField()
    questionnaire = TaskQuestionnaireOutput()
    answers = s.DictField()
    evaluation = TaskEvaluationOutput()
    previous = PreviousAnswersOutput(many=True)
    form_context = s.DictField(child=s.DictField())
    shared = s.ListField(child=s.CharField())


class AttemptOutput(s.Serializer[Any]):
    at = s.DateTimeField()
    channel = s.ChoiceField(choices=Channel.choices)
    outcome = s.ChoiceField(choices=AttemptOutcome.choices)
    note = s.CharField()
    by_name = s.CharField()


class SubmissionOutput(s.Serializer[Any]):
    revision = s.IntegerField()
    at = s.DateTimeField()
    by_name = s.CharField()
    level = s.ChoiceField(choices=Level.choices)
    conclusion = s.CharField()


class TaskPatientPhoneOutput(s.Serializer[Any]):
    id = s.CharField()
    owner = s.CharField()
    masked = s.CharField()


class TaskPatientRoutingOutput(s.Serializer[Any]):
    institution_name = s.CharField(allow_null=True)
    staff_name = s.CharField(allow_null=True)
    confidence = s.FloatField(allow_null=True)
    why = s.CharField()


class TaskPatientIdentifierOutput(s.Serializer[Any]):
    kind = s.CharField()
    value_masked = s.CharField()


class TaskPatientOutput(PatientBriefOutput):
    name = s.CharField(allow_null=True)
    birth_date = s.DateField(allow_null=True)
    id_no_masked = s.CharField(allow_null=True)
    phones = TaskPatientPhoneOutput(many=True)
    address = s.CharField(allow_null=True)
    township_name = s.CharField(allow_null=True)
    routing = TaskPatientRoutingOutput(allow_null=True)
    identifiers = TaskPatientIdentifierOutput(many=True)
    allergies = s.CharField(allow_null=True)
    deceased = s.BooleanField()


class TaskRightsOutput(s.Serializer[Any]):
    work = s.BooleanField()
    record = s.BooleanField()
    unmask = s.BooleanField()


class TaskDetailOutput(TaskRowOutput):
    version = s.IntegerField()
    questionnaire = TaskQuestionnaireOutput(allow_null=True)
    answers = s.DictField()
    evaluation = TaskEvaluationOutput(allow_null=True)
    previous = PreviousAnswersOutput(many=True)
    form_context = s.DictField(child=s.DictField())
    text = s.CharField()
    education = TaskCardOutput(many=True)
    sections = TaskSectionOutput(many=True)
    attempts = AttemptOutput(many=True)
    escalations = EscalationRowOutput(many=True)
    submissions = SubmissionOutput(many=True)
    reason = s.DictField()
    why = s.ListField(child=s.CharField())
    routing_why = s.CharField(allow_null=True)
    conclusion = s.CharField()
    close_reason = s.CharField()
    patient = TaskPatientOutput()
    can = TaskRightsOutput()


class SectionSavedOutput(s.Serializer[Any]):
    task_id = s.CharField()
    version = s.IntegerField()
    evaluation = TaskEvaluationOutput()


class DraftSavedOutput(s.Serializer[Any]):
    version = s.IntegerField()
    evaluation = TaskEvaluationOutput()
    sections = SectionSavedOutput(many=True)


class RecordingOutput(s.Serializer[Any]):
    id = s.CharField()
    created_at = s.DateTimeField()
    content_type = s.CharField()
    size = s.IntegerField()
    sha256 = s.CharField()
    duration_seconds = s.IntegerField(allow_null=True)
    by_name = s.CharField()


class RecordingListOutput(s.Serializer[Any]):
    items = RecordingOutput(many=True)


class RecordingLinkOutput(s.Serializer[Any]):
    url = s.CharField()
    expires_at = s.DateTimeField()


class WorkbenchCountsOutput(s.Serializer[Any]):
    due_today = s.IntegerField()
    overdue = s.IntegerField()
    open = s.IntegerField()
    escalations_open = s.IntegerField()
    unrouted = s.IntegerField(allow_null=True)


class WorkbenchDayOutput(s.Serializer[Any]):
    day = s.DateField()
    done = s.IntegerField()


class WorkbenchMonthOutput(s.Serializer[Any]):
    due = s.IntegerField()
    done = s.IntegerField()
    done_in_window = s.IntegerField()
    rate_done = s.FloatField(allow_null=True)
    rate_on_time = s.FloatField(allow_null=True)
    days = WorkbenchDayOutput(many=True)


class GroupFiguresOutput(s.Serializer[Any]):
    open = s.IntegerField()
    due = s.IntegerField()
    overdue = s.IntegerField()
    done_this_month = s.IntegerField()


class GroupMemberOutput(GroupFiguresOutput):
    staff_id = s.CharField()
    staff_name = s.CharField()


class WorkbenchGroupOutput(s.Serializer[Any]):
    items = GroupMemberOutput(many=True)
    unassigned = GroupFiguresOutput()


class WorkbenchOutput(s.Serializer[Any]):
    counts = WorkbenchCountsOutput()
    month = WorkbenchMonthOutput()
    today = TaskRowOutput(many=True)
    escalations = EscalationRowOutput(many=True)


class AnswersInput(s.Serializer[Any]):
    answers = AnswersField()


class DraftInput(AnswersInput):
    members = MemberAnswersField(default=dict)


class DetachInput(s.Serializer[Any]):
    member_id = s.CharField()


class AttemptInput(s.Serializer[Any]):
    channel = s.ChoiceField(choices=Channel.choices)
    outcome = s.ChoiceField(choices=AttemptOutcome.choices)
    note = s.CharField(max_length=200, allow_blank=True, default="")


class SubmitInput(s.Serializer[Any]):
    answers = AnswersField(default=dict)
    members = MemberAnswersField(default=dict)
    partial = s.BooleanField(default=False, help_text="患者中途结束：必答题可缺，须写明 reason")  # type: ignore[assignment]
    reason = s.CharField(max_length=200, allow_blank=True, default="")
    conclusion = s.CharField(max_length=_TEXT, allow_blank=True, default="")
    late_reason = s.CharField(max_length=200, allow_blank=True, default="")


class CloseTaskInput(s.Serializer[Any]):
    outcome = s.ChoiceField(choices=["failed", "lost", "exempt"])
    reason = s.CharField(max_length=200)
    late_reason = s.CharField(max_length=200, allow_blank=True, default="")


class CloseEscalationInput(s.Serializer[Any]):
    outcome = s.ChoiceField(choices=EscalationOutcome.choices)
    note = s.CharField(max_length=500, allow_blank=True, default="")


class RecordingInput(s.Serializer[Any]):
    file = s.FileField()
