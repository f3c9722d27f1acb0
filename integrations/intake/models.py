from django.db import models
from django.db.models import Q


class MessageState(models.TextChoices):
    PROCESSED = "processed", "已入库"
    QUARANTINED = "quarantined", "已隔离"
    KEPT = "kept", "已留存"  # a type that is accepted for keeping, not yet mapped
    REFUSED = "refused", "已拒收"


class InboundMessage(models.Model):
    """A message as it came, raw bytes kept encrypted. The same message again is known by sender, id and hash."""

    source = models.CharField(max_length=120)
    format = models.CharField(max_length=10)
    message_type = models.CharField(max_length=20, default="", blank=True)
    control_id = models.CharField(max_length=80, default="", blank=True)
    sha256 = models.CharField(max_length=64)
    raw_enc = models.BinaryField()
    size = models.PositiveIntegerField()
    charset = models.CharField(max_length=12, default="", blank=True)
    state = models.CharField(max_length=12, choices=MessageState.choices)
    problem_code = models.CharField(max_length=40, default="", blank=True)
    problem_text = models.CharField(max_length=300, default="", blank=True)
    warnings = models.JSONField(default=list)
    received_at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "control_id", "sha256"], name="intake_message_once")
        ]
        indexes = [models.Index(fields=["state", "-id"], name="intake_message_state")]


class RowState(models.TextChoices):
    OPEN = "open", "待处理"
    REPLAYED = "replayed", "已更正入库"
    DISCARDED = "discarded", "已作废"


class QuarantinedRow(models.Model):
    """What could not be taken in, why, and what became of it."""

    message = models.OneToOneField(InboundMessage, on_delete=models.PROTECT, related_name="quarantined_row")
    problems = models.JSONField()  # [{code, field, message, value_masked}]
    summary = models.CharField(
        max_length=200, default="", blank=True
    )  # masked name, visit no: enough to find it
    state = models.CharField(max_length=10, choices=RowState.choices, default=RowState.OPEN)
    corrections = models.JSONField(default=dict)
    resolved_at = models.DateTimeField(null=True)
    resolved_by_name = models.CharField(max_length=40, default="", blank=True)
    resolution = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["id"], name="intake_quarantine_open", condition=Q(state="open"))]
