from django.db.models import TextChoices


class ProgrammeKind(TextChoices):
    ROUTINE = "routine", "常规随访"
    SPECIALTY = "specialty", "专病随访"
    CHRONIC = "chronic", "慢病管理"
    CHECKUP = "checkup", "体检随访"


class VersionState(TextChoices):
    DRAFT = "draft", "草稿"
    SIGNED = "signed", "已签署"
    ACTIVE = "active", "运行中"
    PAUSED = "paused", "已暂停"
    RETIRED = "retired", "已停用"


class Anchor(TextChoices):
    DISCHARGE = "discharge", "出院日"
    OPERATION = "operation", "手术日"


class Owner(TextChoices):
    HOSPITAL = "hospital", "出院病区"
    COMMUNITY = "community", "居住地乡镇医生"
    CENTRE = "centre", "随访中心"


class EnrolmentState(TextChoices):
    ACTIVE = "active", "进行中"
    COMPLETED = "completed", "已完成"
    STOPPED = "stopped", "已终止"


class StopCode(TextChoices):
    """Who ended it: what a correction of the record ended, a later correction may take up again."""

    CRITERIA_GONE = "criteria_gone", "更正后不再符合条件"
    DISCHARGE_CANCELLED = "discharge_cancelled", "出院已取消"
    DEATH = "death", "患者死亡"
    OTHER = "other", "其他"


REOPENABLE = (StopCode.CRITERIA_GONE, StopCode.DISCHARGE_CANCELLED)
