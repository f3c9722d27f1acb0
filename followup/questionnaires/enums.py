from django.db import models


class VersionState(models.TextChoices):
    """A clinician of the tenant signs before any patient sees it (clinical-paths, status of this content)."""

    DRAFT = "draft", "草稿"
    REVIEWED = "reviewed", "已审阅"
    SIGNED = "signed", "已签署"
    RETIRED = "retired", "已停用"


OPEN_STATES = (VersionState.DRAFT, VersionState.REVIEWED)


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
