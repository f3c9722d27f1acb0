from django.db import models


class RunTrigger(models.TextChoices):
    EVENT = "event", "出院即时"
    DAILY = "daily", "每日定时"
    MANUAL = "manual", "手动"


class ScreeningRun(models.Model):
    """One run of the engine: which programmes over which encounters, and what came of it."""

    trigger = models.CharField(max_length=8, choices=RunTrigger.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    revision_from = models.BigIntegerField(default=0)
    revision_to = models.BigIntegerField(default=0)
    programmes = models.PositiveIntegerField(default=0)
    enrolled = models.PositiveIntegerField(default=0)
    tasks_made = models.PositiveIntegerField(default=0)
    started_by_name = models.CharField(max_length=40, default="", blank=True)


class ScreeningWatermark(models.Model):
    """Up to which encounter revision a programme version has been screened."""

    version = models.OneToOneField(
        "programmes.ProgrammeVersion", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    revision = models.BigIntegerField(default=0)
