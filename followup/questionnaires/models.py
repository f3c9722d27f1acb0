from django.db import models


class VersionState(models.TextChoices):
    """A clinician of the tenant signs before any patient sees it (clinical-paths, status of this content)."""

    DRAFT = "draft", "草稿"
    REVIEWED = "reviewed", "已审阅"
    SIGNED = "signed", "已签署"
    RETIRED = "retired", "已停用"


class Questionnaire(models.Model):
    """问卷/量表. What is asked lives in its versions."""

    key = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=120)


class QuestionnaireVersion(models.Model):
    """One immutable document (docs in followup/questionnaires/README.md)."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    source = models.JSONField(default=list)
    licence = models.CharField(max_length=40, default="", blank=True)
    signed_by_name = models.CharField(max_length=40, default="", blank=True)
    signed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "version"], name="questionnaires_version_once")
        ]
