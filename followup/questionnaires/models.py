from django.db import models

from followup.questionnaires.enums import Category, Origin, VersionState


class Questionnaire(models.Model):
    """问卷/量表. What is asked lives in its versions."""

    key = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    category = models.CharField(max_length=12, choices=Category.choices, default=Category.OTHER)
    specialty = models.CharField(max_length=40, default="", blank=True)
    # Set on a scale that may only be used by a tenant that states a licence for it (ScaleLicence.scale).
    locked_scale = models.CharField(max_length=40, default="", blank=True)


class QuestionnaireVersion(models.Model):
    """One immutable document (docs in followup/questionnaires/README.md)."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    # Grows with every saved draft; If-Match compares it. Signed versions never change.
    revision = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.OWN)
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    source = models.JSONField(default=list)
    licence = models.CharField(max_length=40, default="", blank=True)
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=40, default="", blank=True)
    updated_at = models.DateTimeField(null=True)
    updated_by_id = models.BigIntegerField(null=True)
    updated_by_name = models.CharField(max_length=40, default="", blank=True)
    # What the reviewer said, or why it was sent back: read by whoever works on it next.
    note = models.CharField(max_length=300, default="", db_default="", blank=True)
    reviewed_by_name = models.CharField(max_length=40, default="", blank=True)
    reviewed_at = models.DateTimeField(null=True)
    signed_by_name = models.CharField(max_length=40, default="", blank=True)
    signer_licence_no = models.CharField(max_length=40, default="", blank=True)
    signed_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "version"], name="questionnaires_version_once"),
            # Two people who open a draft at once must meet in the same one.
            models.UniqueConstraint(
                fields=["questionnaire"],
                condition=models.Q(state__in=["draft", "reviewed"]),
                name="questionnaires_one_draft",
            ),
        ]


class ScaleLicence(models.Model):
    """The tenant states that it holds a licence for a protected scale: what makes the scale visible at all."""

    scale = models.CharField(max_length=40)
    holder = models.CharField(max_length=80)
    licence_no = models.CharField(max_length=80)
    valid_until = models.DateField(null=True)
    stated_by_name = models.CharField(max_length=40, default="", blank=True)
    stated_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scale"], condition=models.Q(revoked_at=None), name="questionnaires_licence_once"
            )
        ]
