from django.db import models
from django.db.models import Q


class OutboxEvent(models.Model):
    """A fact, written in the transaction that made it true. Deliveries are jobs, one per handler."""

    type = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["type", "id"], name="kernel_outbox_type")]


class JobState(models.TextChoices):
    QUEUED = "queued", "等待"
    RUNNING = "running", "执行中"
    DONE = "done", "完成"
    DEAD = "dead", "失败待处理"


class Job(models.Model):
    """One leased work item of this tenant. `key` makes enqueueing twice harmless."""

    name = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    key = models.CharField(max_length=200, null=True, unique=True)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    run_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=8)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    last_error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["run_at", "id"], name="kernel_job_due", condition=Q(state__in=["queued", "running"])
            )
        ]


class Schedule(models.Model):
    """When a job of this tenant is due again: every `every_minutes`, or daily at `at_time` (Asia/Shanghai)."""

    name = models.CharField(max_length=80, unique=True)
    job = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    every_minutes = models.PositiveIntegerField(null=True)
    at_time = models.TimeField(null=True)
    next_run_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(every_minutes__isnull=False, at_time__isnull=True)
                | Q(every_minutes__isnull=True, at_time__isnull=False),
                name="kernel_schedule_one_rhythm",
            )
        ]


class IdempotencyRecord(models.Model):
    """What a POST with an Idempotency-Key answered the first time."""

    owner = models.CharField(max_length=40)
    path = models.CharField(max_length=300)
    key = models.CharField(max_length=100)
    body_hash = models.CharField(max_length=64)
    locked_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    content_type = models.CharField(max_length=80, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "path", "key"], name="kernel_idempotency_key")
        ]
