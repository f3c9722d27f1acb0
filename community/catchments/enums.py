from django.db.models import TextChoices


class CatchmentRole(TextChoices):
    PRIMARY = "primary", "主责"
    BACKUP = "backup", "备选"


class AbsenceReason(TextChoices):
    LEAVE = "leave", "休假"
    TRAINING = "training", "培训进修"
    SICK = "sick", "病假"
    LEFT = "left", "离职调离"
    OTHER = "other", "其他"


class ChangeKind(TextChoices):
    MERGE = "merge", "合并"
    SPLIT = "split", "拆分"
    MOVE = "move", "划转"


class ChangeState(TextChoices):
    """`applying` and `reverting` last as long as the job takes: seconds for a county."""

    DRAFT = "draft", "草稿"
    APPLYING = "applying", "执行中"
    APPLIED = "applied", "已执行"
    REVERTING = "reverting", "撤回中"
    REVERTED = "reverted", "已撤回"


class StepTable(TextChoices):
    CATCHMENT = "catchment", "机构辖区"
    CLINICIAN_AREA = "clinician_area", "片区医生"
