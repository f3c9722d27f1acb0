"""Words of the room. Both sides and the public tables use the same states."""

from django.db.models import TextChoices


class Kind(TextChoices):
    DISCHARGE = "discharge", "出院转接"
    REFERRAL_UP = "referral_up", "上转"


class Purpose(TextChoices):
    """Purpose catalogue (standards 2.4): a flow without one cannot be switched on."""

    CONTINUED_CARE = "continued_care", "出院后连续照护"
    CHRONIC_CARE = "chronic_care", "慢病管理"
    SPECIALIST_OPINION = "specialist_opinion", "上级专科诊疗"


class ConsentBasis(TextChoices):
    SEPARATE = "separate", "患者单独同意"
    TREATMENT = "treatment", "诊疗所必需"


class AgreementState(TextChoices):
    DRAFT = "draft", "草稿"
    PROPOSED = "proposed", "待对方会签"
    COUNTERSIGNED = "countersigned", "待卫健局批准"
    ACTIVE = "active", "生效"
    REJECTED = "rejected", "已退回"
    REVOKED = "revoked", "已撤销"
    EXPIRED = "expired", "已到期"


class OfferState(TextChoices):
    OFFERED = "offered", "待对方接收"
    ACCEPTED = "accepted", "已接收"
    DECLINED = "declined", "已拒收"
    EXPIRED = "expired", "逾期未接收"
    RECALLED = "recalled", "已撤回"
    COMPLETED = "completed", "已办结"
    RETURNED = "returned", "已退回"


class Direction(TextChoices):
    OUT = "out", "转出"
    IN = "in", "转入"


class Urgency(TextChoices):
    NORMAL = "normal", "常规"
    GREEN = "green", "绿色通道"


class ConsentGiven(TextChoices):
    """How the patient agreed; an override is a decision against the basis, and is told in the trail."""

    SIGNED = "signed", "书面"
    VERBAL = "verbal", "口头"
    GUARDIAN = "guardian", "监护人代签"
    OVERRIDE = "override", "未取得同意而继续"
    NONE = "none", "无"


class DeclineReason(TextChoices):
    OUT_OF_AREA = "out_of_area", "不在本机构服务范围"
    NO_CAPACITY = "no_capacity", "暂无承接能力"
    WRONG_PERSON = "wrong_person", "患者信息不符"
    INCOMPLETE = "incomplete", "资料不全"
    PATIENT_REFUSED = "patient_refused", "患者不愿转接"
    OTHER = "other", "其他"


class Act(TextChoices):
    """What happened to a case: its events, and the kinds of envelopes."""

    OFFERED = "offered", "发出"
    ACKNOWLEDGED = "acknowledged", "已知悉"
    ACCEPTED = "accepted", "接收"
    DECLINED = "declined", "拒收"
    EXPIRED = "expired", "逾期"
    RECALLED = "recalled", "撤回"
    RESULT = "result", "随访结果"
    NOTICE = "notice", "病案变动"
    COMPLETED = "completed", "办结"
    RETURNED = "returned", "退回"
    KEPT = "kept", "留在本机构"
    REOFFERED = "reoffered", "重新发出"


# On the sender's desk: somebody there decides within the desk's clock.
DESK_STATES = (OfferState.DECLINED, OfferState.EXPIRED, OfferState.RETURNED)
# The public row may still move.
LIVE_STATES = (OfferState.OFFERED, OfferState.ACCEPTED)

# tenants.registry: the status of a tenant that works.
IN_USE = "active"
