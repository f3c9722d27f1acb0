from django.db import models
from django.db.models import Q

from followup.programmes.enums import (
    Anchor,
    EnrolmentOrigin,
    EnrolmentState,
    Merge,
    Owner,
    ProgrammeKind,
    StepKind,
    StopCode,
    VersionState,
)


class Programme(models.Model):
    """随访路径/方案. What it does lives in its versions; a patient stays on the version of their enrolment."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=ProgrammeKind.choices)
    # 科室病种库: under which department's heading the library lists it.
    specialty = models.CharField(max_length=40, default="", blank=True)


class ProgrammeVersion(models.Model):
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    # Null: the tenant's (county's) own line. Set: the local line of a member institution, which its own discharges
    # follow instead; `base_version` is the county version that it was taken from.
    institution = models.ForeignKey(
        "organization.Institution", on_delete=models.PROTECT, null=True, related_name="+"
    )
    base_version = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    local_reason = models.CharField(max_length=200, default="", blank=True)
    # What the editor edits and a signature covers; the columns and steps below are taken from it.
    document = models.JSONField(default=dict)
    # Grows with every saved draft; If-Match compares it.
    revision = models.PositiveIntegerField(default=1)
    criteria = models.JSONField()
    # Chinese sentences of the criteria, made when the version is saved: lists show them without recomputing.
    criteria_text = models.JSONField(default=list)
    stop_rules = models.JSONField(default=list)
    on_readmission = models.JSONField(default=dict)
    # Patient flags whose bearers are not enrolled: {flag: true | false}. The deceased never are.
    exclusions = models.JSONField(default=dict)
    merge = models.CharField(max_length=12, choices=Merge.choices, default=Merge.NONE)
    source = models.JSONField(default=list)
    licence = models.CharField(max_length=40, default="", blank=True)
    digest = models.CharField(max_length=64)
    # Discharges before this day are not enrolled when the programme goes live.
    starts_on = models.DateField()
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=40, default="", blank=True)
    updated_at = models.DateTimeField(null=True)
    # Whoever edited last does not sign; null: the product's own content, which nobody here has edited.
    updated_by_id = models.BigIntegerField(null=True)
    updated_by_name = models.CharField(max_length=40, default="", blank=True)
    # What was said at the last change of state: why it was sent back, paused, retired.
    state_note = models.CharField(max_length=200, default="", db_default="", blank=True)
    reviewed_by_name = models.CharField(max_length=40, default="", blank=True)
    reviewed_at = models.DateTimeField(null=True)
    signed_by_name = models.CharField(max_length=40, default="", blank=True)
    signer_licence_no = models.CharField(max_length=40, default="", blank=True)
    signed_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="programmes_version_once"),
            models.UniqueConstraint(
                fields=["programme"],
                condition=Q(state="active", institution=None),
                name="programmes_one_active",
            ),
            models.UniqueConstraint(
                fields=["programme", "institution"],
                condition=Q(state="active") & ~Q(institution=None),
                name="programmes_one_active_local",
            ),
            models.UniqueConstraint(
                fields=["programme", "institution"],
                condition=Q(state__in=["draft", "reviewed"]),
                nulls_distinct=False,
                name="programmes_one_open_draft",
            ),
        ]


class ProgrammeStep(models.Model):
    """One contact of a programme: when, by whom, by which channel, with which form."""

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.CASCADE, related_name="steps")
    seq = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=StepKind.choices, default=StepKind.FOLLOW_UP)
    # What a reminder or an education step says to the patient.
    text = models.CharField(max_length=200, default="", blank=True)
    anchor = models.CharField(max_length=10, choices=Anchor.choices, default=Anchor.DISCHARGE)
    day = models.SmallIntegerField()
    window_before = models.PositiveSmallIntegerField(default=0)
    window_after = models.PositiveSmallIntegerField(default=0)
    # Periodic steps: again every so many days, so many times in all or until that day; null: as long as enrolled.
    repeat_every = models.PositiveSmallIntegerField(null=True)
    repeat_times = models.PositiveSmallIntegerField(null=True)
    repeat_until = models.PositiveSmallIntegerField(null=True)
    # {level, days, window}: a result that first reaches the level is followed up again so many days later.
    revisit = models.JSONField(null=True)
    channels = models.JSONField(default=list)  # T call, W WeChat, S SMS, V visit; in cascade order
    owner = models.CharField(max_length=10, choices=Owner.choices)
    owner_staff_no = models.CharField(max_length=40, default="", blank=True)  # of owner "named"
    education = models.JSONField(default=list)  # keys of education cards
    questionnaire_version = models.ForeignKey(
        "questionnaires.QuestionnaireVersion", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "seq"], name="programmes_step_seq"),
            models.UniqueConstraint(fields=["version", "code"], name="programmes_step_code"),
        ]


class Enrolment(models.Model):
    """入组: this stay put this patient on this programme, because of `reason`."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="enrolments")
    patient = models.ForeignKey("records.Patient", on_delete=models.PROTECT, related_name="enrolments")
    encounter = models.ForeignKey("records.Encounter", on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=10, choices=EnrolmentState.choices, default=EnrolmentState.ACTIVE)
    origin = models.CharField(
        max_length=8,
        choices=EnrolmentOrigin.choices,
        default=EnrolmentOrigin.RULE,
        db_default=EnrolmentOrigin.RULE,
    )
    # Rounds of the same enrolment: a correction taken back opens the next one. A task's occurrence is
    # generation * 1000 + its number in the step's repetition.
    generation = models.PositiveSmallIntegerField(default=0, db_default=0)
    reason = models.JSONField()
    paused_at = models.DateTimeField(null=True)
    # The stay during which it is paused.
    paused_for = models.ForeignKey(
        "records.Encounter", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    enrolled_by_name = models.CharField(max_length=40, default="", db_default="", blank=True)
    stop_code = models.CharField(max_length=20, choices=StopCode.choices, default="", blank=True)
    stop_reason = models.CharField(max_length=200, default="", blank=True)
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The natural key: a second run, a crash or a duplicate message enrols nobody twice.
            models.UniqueConstraint(fields=["encounter", "programme"], name="programmes_enrolment_once")
        ]
        indexes = [
            models.Index(fields=["patient"], name="programmes_enrolment_patient"),
            models.Index(fields=["programme", "-id"], name="programmes_enrolment_list"),
            models.Index(
                fields=["paused_for"], name="programmes_enrolment_paused", condition=Q(state="paused")
            ),
        ]
