from django.db.models import TextChoices


class ProgrammeKind(TextChoices):
    ROUTINE = "routine", "常规随访"
    SPECIALTY = "specialty", "专病随访"
    CHRONIC = "chronic", "慢病管理"
    CHECKUP = "checkup", "体检随访"


class StepKind(TextChoices):
    FOLLOW_UP = "follow_up", "随访"
    EDUCATION = "education", "宣教"
    REMINDER = "reminder", "提醒"


class Merge(TextChoices):
    """合并联系: with whose tasks of the same days a task of this programme becomes one contact."""

    NONE = "none", "不合并"
    SAME_OWNER = "same_owner", "与同一负责方的任务合并"
    ANY_OWNER = "any_owner", "并入同期的专病或慢病随访"


class VersionState(TextChoices):
    DRAFT = "draft", "草稿"
    REVIEWED = "reviewed", "已审阅"
    SIGNED = "signed", "已签署"
    ACTIVE = "active", "运行中"
    PAUSED = "paused", "已暂停"
    RETIRED = "retired", "已停用"


class Anchor(TextChoices):
    DISCHARGE = "discharge", "出院日"
    OPERATION = "operation", "手术日"
    ENROLMENT = "enrolment", "入组日"


class Owner(TextChoices):
    HOSPITAL = "hospital", "出院病区"
    ATTENDING = "attending", "主管医生"
    NURSE = "nurse", "责任护士"
    COMMUNITY = "community", "居住地乡镇医生"
    CENTRE = "centre", "随访中心"
    NAMED = "named", "指定人员"


class EnrolmentState(TextChoices):
    ACTIVE = "active", "进行中"
    PAUSED = "paused", "已暂停"
    COMPLETED = "completed", "已完成"
    STOPPED = "stopped", "已终止"


class StopCode(TextChoices):
    """Who ended it: what a correction of the record ended, a later correction may take up again."""

    CRITERIA_GONE = "criteria_gone", "更正后不再符合条件"
    DISCHARGE_CANCELLED = "discharge_cancelled", "出院已取消"
    DEATH = "death", "患者死亡"
    REFUSED = "refused", "拒绝随访"
    UNREACHABLE = "unreachable", "多次联系不上"
    INVALID_CONTACT = "invalid_contact", "联系方式无效"
    FREQUENT_VISITS = "frequent_visits", "频繁就诊"
    MOVED_OUT = "moved_out", "迁出"
    READMITTED = "readmitted", "再次入院"
    MANUAL = "manual", "人工终止"
    OTHER = "other", "其他"


class EnrolmentOrigin(TextChoices):
    RULE = "rule", "规则入组"
    MANUAL = "manual", "人工入组"
    RESTART = "restart", "再入院后重新开始"


class Readmission(TextChoices):
    """What a new inpatient stay does to the enrolment. Nobody phones the home of a patient who lies in hospital."""

    CONTINUE = "continue", "不受影响"
    PAUSE = "pause", "住院期间暂停"
    RESTART = "restart", "再次出院后重新开始"
    CANCEL = "cancel_remaining", "取消剩余节点"


REOPENABLE = (StopCode.CRITERIA_GONE, StopCode.DISCHARGE_CANCELLED)
# Drafts: still being written, or read once and waiting for a signature.
OPEN_STATES = (VersionState.DRAFT, VersionState.REVIEWED)
