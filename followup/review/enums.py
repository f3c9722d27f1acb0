from django.db.models import IntegerChoices, TextChoices


class Tier(IntegerChoices):
    WARD_SUPERVISOR = 2, "二级抽查"
    OPERATIONS_CENTRE = 3, "三级抽查"


class Stratify(TextChoices):
    """By what the sample is spread in proportion."""

    NONE = "none", "不分层"
    STAFF = "staff", "按随访人"
    WARD = "ward", "按病区"


class ItemState(TextChoices):
    PENDING = "pending", "待抽查"
    SCORED = "scored", "已评分"
    RECTIFICATION = "rectification", "整改中"


class InstantFail(TextChoices):
    """一票否决: the same facts that the review questionnaires mark E3."""

    NOT_CALLED = "not_called", "随访不真实"
    CONTENT_FALSE = "content_false", "记录内容失实"
    ABNORMAL_IGNORED = "abnormal_ignored", "异常未处理"
    PRIVACY = "privacy", "泄露隐私"
    SELLING = "selling", "推销或收费"


FORM_KEYS = {Tier.WARD_SUPERVISOR: "review_tier2", Tier.OPERATIONS_CENTRE: "review_tier3"}
