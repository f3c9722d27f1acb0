from django.db import models
from django.db.models import Q

from followup.programmes.enums import StepKind
from followup.worklist.enums import (
    OPEN_STATES,
    AttemptOutcome,
    Channel,
    EscalationOutcome,
    EscalationState,
    Level,
    TaskState,
)


def _by_container(name: str, column: str, condition: Q | None) -> list[models.Index]:
    """One index per kind of container: each tier's list is then one range of one index."""
    short = {"ward": "ward", "department": "dept", "institution": "inst"}
    return [
        models.Index(fields=[container, column, "id"], name=f"{name}_{ending}"[:30], condition=condition)
        for container, ending in short.items()
    ]


class Task(models.Model):
    """随访任务: one contact owed to one patient, with the reason why it exists.

    Container and patient columns are copied in, so that a list is one index range and no join decides who
    sees it.
    """

    enrolment = models.ForeignKey(
        "programmes.Enrolment", on_delete=models.PROTECT, null=True, db_index=False, related_name="tasks"
    )
    step = models.ForeignKey(
        "programmes.ProgrammeStep", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    # generation of the enrolment * 1000 + number in the step's repetition.
    occurrence = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(
        max_length=10, choices=StepKind.choices, default=StepKind.FOLLOW_UP, db_default=StepKind.FOLLOW_UP
    )
    # 合并联系: worked together with that task, in one contact; null: stands for itself or leads others.
    lead = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, db_index=False, related_name="members"
    )
    # Taken out of a contact by a person: not put back by the next grouping.
    detached = models.BooleanField(default=False, db_default=False)
    # Its own place while it is a member, for then the columns below are its lead's.
    own_institution_id = models.BigIntegerField(null=True)
    own_department_id = models.BigIntegerField(null=True)
    own_ward_id = models.BigIntegerField(null=True)
    own_assignee_id = models.BigIntegerField(null=True)
    own_channel = models.CharField(max_length=1, default="", db_default="", blank=True)
    # 复访: asked for by that task's result, beside what the path plans.
    revisit_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, db_index=False, related_name="revisits"
    )
    programme = models.ForeignKey(
        "programmes.Programme", on_delete=models.PROTECT, db_index=False, related_name="tasks"
    )
    patient = models.ForeignKey(
        "records.Patient", on_delete=models.PROTECT, db_index=False, related_name="tasks"
    )
    encounter = models.ForeignKey(
        "records.Encounter", on_delete=models.PROTECT, null=True, related_name="tasks"
    )
    questionnaire_version = models.ForeignKey(
        "questionnaires.QuestionnaireVersion",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
    )
    institution = models.ForeignKey(
        "organization.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    department = models.ForeignKey(
        "organization.Department", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    ward = models.ForeignKey("organization.Ward", on_delete=models.PROTECT, db_index=False, related_name="+")
    assignee = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    township_code = models.CharField(max_length=12, default="", blank=True)
    state = models.CharField(max_length=12, choices=TaskState.choices, default=TaskState.PLANNED)
    channel = models.CharField(max_length=1, choices=Channel.choices, default=Channel.CALL)
    due_on = models.DateField()
    window_start = models.DateField()
    window_end = models.DateField()
    # Why it exists: step, anchor day, criteria met (`why`: Chinese sentences).
    reason = models.JSONField()
    level = models.CharField(max_length=2, choices=Level.choices, default="", blank=True)
    answers = models.JSONField(default=dict)
    # Grows with every saved draft; If-Match compares it.
    version = models.PositiveIntegerField(default=1)
    conclusion = models.TextField(default="", blank=True)
    close_reason = models.CharField(max_length=200, default="", blank=True)
    late_reason = models.CharField(max_length=200, default="", blank=True)
    reached = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_on = models.DateField(null=True)
    closed_by_id = models.BigIntegerField(null=True)
    closed_by_name = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "step", "occurrence"],
                condition=Q(revisit_of=None),
                name="worklist_planned_once",
            ),
            models.UniqueConstraint(
                fields=["revisit_of"], condition=~Q(revisit_of=None), name="worklist_revisit_once"
            ),
            models.CheckConstraint(
                condition=Q(window_start__lte=models.F("due_on"), due_on__lte=models.F("window_end")),
                name="worklist_window_in_order",
            ),
        ]
        indexes = [
            # Of open work, lists show the leads.
            *_by_container("worklist_lead_open", "due_on", Q(state__in=OPEN_STATES, lead=None)),
            *_by_container("worklist_closed", "closed_on", ~Q(closed_on=None)),
            # Whole history, and what was due in a month whatever became of it.
            models.Index(fields=["ward", "due_on", "id"], name="worklist_all_by_ward"),
            models.Index(fields=["institution", "due_on", "id"], name="worklist_all_by_institution"),
            models.Index(fields=["patient"], name="worklist_patient"),
            models.Index(fields=["lead"], name="worklist_members", condition=~Q(lead=None)),
        ]


class TaskAttempt(models.Model):
    """One try at reaching the patient, as far as there is evidence for it."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="attempts")
    channel = models.CharField(max_length=1, choices=Channel.choices)
    outcome = models.CharField(max_length=14, choices=AttemptOutcome.choices)
    note = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=40, default="", blank=True)


class Submission(models.Model):
    """The answers as handed in; a later revision never overwrites an earlier one."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="submissions")
    revision = models.PositiveSmallIntegerField()
    questionnaire_version = models.ForeignKey(
        "questionnaires.QuestionnaireVersion", on_delete=models.PROTECT, related_name="+"
    )
    answers = models.JSONField()
    evaluation = models.JSONField()
    level = models.CharField(max_length=2, choices=Level.choices)
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    conclusion = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "revision"], name="worklist_submission_once")]


class Escalation(models.Model):
    """异常处理: an abnormal answer with a clock on it."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="escalations")
    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="escalation")
    patient = models.ForeignKey("records.Patient", on_delete=models.PROTECT, related_name="escalations")
    institution = models.ForeignKey(
        "organization.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    department = models.ForeignKey(
        "organization.Department", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    ward = models.ForeignKey("organization.Ward", on_delete=models.PROTECT, db_index=False, related_name="+")
    level = models.CharField(max_length=2, choices=Level.choices)
    findings = models.JSONField()
    state = models.CharField(max_length=12, choices=EscalationState.choices, default=EscalationState.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_name = models.CharField(max_length=40, default="", blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=40, default="", blank=True)
    outcome = models.CharField(max_length=12, choices=EscalationOutcome.choices, default="", blank=True)
    note = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        indexes = [
            *_by_container("worklist_alarm_open", "due_at", ~Q(state="closed")),
            *_by_container("worklist_alarm_all", "opened_at", None),
        ]


class TaskRecording(models.Model):
    """A recording of a task's call, kept in the object store."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="recordings")
    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
