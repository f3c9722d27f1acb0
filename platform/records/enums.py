from typing import Final

from django.db.models import TextChoices


class Sex(TextChoices):
    """GB/T 2261.1: 1 male, 2 female, 0 unknown, 9 not stated; kept as letters for readers."""

    MALE = "M", "男"
    FEMALE = "F", "女"
    UNKNOWN = "U", "未知"


class EncounterKind(TextChoices):
    INPATIENT = "inpatient", "住院"
    OUTPATIENT = "outpatient", "门诊"
    EMERGENCY = "emergency", "急诊"
    CHECKUP = "checkup", "体检"


class EncounterStatus(TextChoices):
    OPEN = "open", "在院"
    DISCHARGED = "discharged", "已出院"
    CANCELLED = "cancelled", "已取消"


class Disposition(TextChoices):
    """离院方式 of the front page (病案首页)."""

    HOME = "home", "医嘱离院"
    TRANSFER = "transfer", "医嘱转院"
    TO_COMMUNITY = "to_community", "转社区卫生服务机构/乡镇卫生院"
    AGAINST_ADVICE = "against_advice", "非医嘱离院"
    DEATH = "death", "死亡"
    OTHER = "other", "其他"


class DiagnosisKind(TextChoices):
    OUTPATIENT = "outpatient", "门诊诊断"
    ADMISSION = "admission", "入院诊断"
    DISCHARGE = "discharge", "出院诊断"
    OPERATION = "operation", "术中诊断"
    PATHOLOGY = "pathology", "病理诊断"


class PhoneOwner(TextChoices):
    SELF = "self", "本人"
    SPOUSE = "spouse", "配偶"
    CHILD = "child", "子女"
    PARENT = "parent", "父母"
    OTHER = "other", "其他联系人"


class AddressKind(TextChoices):
    CURRENT = "current", "现住址"
    REGISTERED = "registered", "户籍地址"
    TEMPORARY = "temporary", "临时住址"
    CONTACT = "contact", "联系人地址"


class FlagKind(TextChoices):
    """患者标识 (S16, S39): why a patient is not to be contacted, or not as usual."""

    DECEASED = "deceased", "已死亡"
    UNREACHABLE = "unreachable", "多次联系不上"
    INVALID_CONTACT = "invalid_contact", "联系方式无效"
    REFUSED = "refused", "拒绝随访"
    FREQUENT_VISITS = "frequent_visits", "频繁就诊"
    MOVED_OUT = "moved_out", "已迁出"


# What a death that is only told does to follow-up, beside the kinds: it waits until somebody else has confirmed it.
PROPOSED_DEATH: Final = "death_proposed"


class FlagState(TextChoices):
    """A death that was said on the phone is a proposal; every other flag is in force as soon as it is set."""

    PROPOSED = "proposed", "待核实"
    CONFIRMED = "confirmed", "已生效"
    REJECTED = "rejected", "已否定"


class FlagOrigin(TextChoices):
    MANUAL = "manual", "人工标记"
    RULE = "rule", "规则标记"
    SOURCE = "source", "来源系统"


class Register(TextChoices):
    """慢病登记: registers of the public-health service that a patient may stand on."""

    HYPERTENSION = "hypertension", "高血压"
    DIABETES = "diabetes", "2 型糖尿病"
    COPD = "copd", "慢阻肺"
    MENTAL = "mental", "严重精神障碍"
    TUBERCULOSIS = "tuberculosis", "肺结核"
    ELDERLY = "elderly", "65 岁及以上老年人"
    MATERNAL = "maternal", "孕产妇"
    CHILD = "child", "0–6 岁儿童"
    CANCER = "cancer", "肿瘤"
    STROKE = "stroke", "脑卒中"
