from django.db import models

from followup.education.enums import OPEN_STATES, CardState


class EducationCard(models.Model):
    """宣教内容. What it says lives in its versions."""

    key = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=80)
    specialty = models.CharField(max_length=40, default="", blank=True)


class EducationCardVersion(models.Model):
    """One immutable text for patients: own words, plain, with its source."""

    card = models.ForeignKey(EducationCard, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    # null: of a version older than this column, which has its card's.
    specialty = models.CharField(max_length=40, null=True)
    # Paragraphs; each at most 200 characters, so that it reads on a phone.
    body = models.JSONField()
    source = models.JSONField(default=list)
    licence = models.CharField(max_length=40, default="", blank=True)
    digest = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=CardState.choices, default=CardState.DRAFT)
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=40, default="", blank=True)
    # Who edited last may not sign.
    updated_by_id = models.BigIntegerField(null=True)
    updated_by_name = models.CharField(max_length=40, default="", db_default="", blank=True)
    updated_at = models.DateTimeField(null=True)
    # What the reviewer said, why it was sent back or retired: read by whoever works on it next.
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
            models.UniqueConstraint(fields=["card", "version"], name="education_version_once"),
            models.UniqueConstraint(
                fields=["card"], condition=models.Q(state__in=OPEN_STATES), name="education_one_open_draft"
            ),
            models.UniqueConstraint(
                fields=["card"], condition=models.Q(state="signed"), name="education_one_signed"
            ),
        ]
