from django.db.models import TextChoices

OPEN_STATES = ("planned", "in_progress")
# What a cancelled stay or a stopped enrolment still has to cancel.
UNSETTLED_STATES = (*OPEN_STATES, "paused")


class TaskState(TextChoices):
    """Due and overdue are derived from the window and the day, never stored (docs/notes/spine.md, 3)."""

    PLANNED = "planned", "待随访"
    IN_PROGRESS = "in_progress", "随访中"
    # The patient lies in hospital, or the enrolment is paused: nobody's work today.
    PAUSED = "paused", "已暂停"
    DONE = "done", "已完成"
    PARTIAL = "partial", "部分完成"
    FAILED = "failed", "未完成"
    LOST = "lost", "失访"
    EXEMPT = "exempt", "免随访"
    CANCELLED = "cancelled", "已取消"


class Level(TextChoices):
    """Abnormal levels (clinical-paths 1)."""

    E0 = "E0", "正常"
    E1 = "E1", "轻微"
    E2 = "E2", "需处理"
    E3 = "E3", "当日处理"
    E4 = "E4", "紧急"


class Channel(TextChoices):
    CALL = "T", "电话"
    WECHAT = "W", "微信"
    SMS = "S", "短信"
    VISIT = "V", "面访"


class AttemptOutcome(TextChoices):
    REACHED = "reached", "接通"
    NO_ANSWER = "no_answer", "无人接听"
    BUSY = "busy", "占线"
    POWERED_OFF = "powered_off", "关机"
    STOPPED = "stopped", "停机"
    EMPTY_NUMBER = "empty_number", "空号"
    WRONG_NUMBER = "wrong_number", "号码错误"
    REFUSED = "refused", "拒访"
    NOT_SELF = "not_self", "非本人且不知情"
    LANGUAGE = "language", "语言不通"
    DECEASED = "deceased", "已死亡"
    MOVED_OUT = "moved_out", "已迁出"
    OTHER = "other", "其他"


class EscalationState(TextChoices):
    OPEN = "open", "待处理"
    ACKNOWLEDGED = "acknowledged", "处理中"
    CLOSED = "closed", "已处理"


class EscalationOutcome(TextChoices):
    """Every E2+ item ends with one of these (clinical-paths 1)."""

    ADVISED = "advised", "已指导"
    REVISIT = "revisit", "复诊"
    REFERRED_UP = "referred_up", "转诊上级"
    ADMITTED = "admitted", "住院"
    CALLED_120 = "called_120", "120"
    LOST = "lost", "失访"
    DIED = "died", "死亡"
    FALSE_ALARM = "false_alarm", "误报"
