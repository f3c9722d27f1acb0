from django.db import models


class VersionState(models.TextChoices):
    """A clinician of the tenant signs before any patient sees it (clinical-paths, status of this content)."""

    DRAFT = "draft", "草稿"
    REVIEWED = "reviewed", "已审阅"
    SIGNED = "signed", "已签署"
    RETIRED = "retired", "已停用"


class Category(models.TextChoices):
    """问卷分类: the shelf of the library on which it stands."""

    INPATIENT = "inpatient", "出院随访"
    OUTPATIENT = "outpatient", "门诊随访"
    CHECKUP = "checkup", "体检随访"
    SATISFACTION = "satisfaction", "满意度"
    ETHICS = "ethics", "医德医风"
    SERVICE = "service", "服务质量"
    SPECIALTY = "specialty", "专病"
    CHRONIC = "chronic", "慢病"
    SCALE = "scale", "量表"
    REVIEW = "review", "抽查评价"
    OTHER = "other", "其他"


class Origin(models.TextChoices):
    LIBRARY = "library", "产品内置"
    OWN = "own", "本院自建"
    IMPORT = "import", "导入"


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
    updated_by_name = models.CharField(max_length=40, default="", blank=True)
    reviewed_by_name = models.CharField(max_length=40, default="", blank=True)
    reviewed_at = models.DateTimeField(null=True)
    signed_by_name = models.CharField(max_length=40, default="", blank=True)
    signer_licence_no = models.CharField(max_length=40, default="", blank=True)
    signed_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "version"], name="questionnaires_version_once")
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
