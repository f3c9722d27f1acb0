from django.db import models
from django.db.models import Q

from followup.programmes.enums import (
    Anchor,
    EnrolmentState,
    Owner,
    ProgrammeKind,
    StopCode,
    VersionState,
)


class Programme(models.Model):
    """随访路径/方案. What it does lives in its versions; a patient stays on the version of their enrolment."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=ProgrammeKind.choices)


class ProgrammeVersion(models.Model):
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    criteria = models.JSONField()
    # Chinese sentences of the criteria, made when the version is saved: lists show them without recomputing.
    criteria_text = models.JSONField(default=list)
    stop_rules = models.JSONField(default=list)
    on_readmission = models.JSONField(default=dict)
    source = models.JSONField(default=list)
    licence = models.CharField(max_length=40, default="", blank=True)
    digest = models.CharField(max_length=64)
    # Discharges before this day are not enrolled when the programme goes live.
    starts_on = models.DateField()
    signed_by_name = models.CharField(max_length=40, default="", blank=True)
    signed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="programmes_version_once"),
            models.UniqueConstraint(
                fields=["programme"], condition=Q(state="active"), name="programmes_one_active"
            ),
        ]


class ProgrammeStep(models.Model):
    """One contact of a programme: when, by whom, by which channel, with which form."""

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.CASCADE, related_name="steps")
    seq = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    anchor = models.CharField(max_length=10, choices=Anchor.choices, default=Anchor.DISCHARGE)
    day = models.SmallIntegerField()
    window_before = models.PositiveSmallIntegerField(default=0)
    window_after = models.PositiveSmallIntegerField(default=0)
    channels = models.JSONField(default=list)  # T call, W WeChat, S SMS, V visit; in cascade order
    owner = models.CharField(max_length=10, choices=Owner.choices)
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
    reason = models.JSONField()
    stop_code = models.CharField(max_length=20, choices=StopCode.choices, default="", blank=True)
    stop_reason = models.CharField(max_length=80, default="", blank=True)
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The natural key: a second run, a crash or a duplicate message enrols nobody twice.
            models.UniqueConstraint(fields=["encounter", "programme"], name="programmes_enrolment_once")
        ]
        indexes = [models.Index(fields=["patient"], name="programmes_enrolment_patient")]
