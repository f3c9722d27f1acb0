from kernel.errors import DomainError, InvalidInput, VersionChanged


class NoTenantBound(RuntimeError):
    """The gate is only opened from within a tenant."""


class AgreementNotDraft(DomainError):
    code = "agreement_not_draft"
    title = "只有草稿状态的协议可以修改；已提交的协议请由对方或卫健局退回后再改"


class AgreementStep(DomainError):
    code = "agreement_step"
    title = "协议当前状态不能进行此操作"


class AgreementChanged(VersionChanged):
    """`revision` holds the present one."""

    code = "version_changed"
    title = "协议已被他人修改，请刷新后再试"


class TransferRefused(DomainError):
    """A check of the packet that blocks; `code` says which, `detail` how to cure it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code  # type: ignore[misc]


class AlreadyOffered(DomainError):
    """`case_id` names the one that is open."""

    code = "already_offered"
    title = "该次就诊的这项随访已在转交中，请先处理原转交"


class PacketChanged(DomainError):
    status = 412
    code = "packet_changed"
    title = "预览后病案有变动，请重新预览再发送"


class OfferMoved(DomainError):
    """`state` holds where it stands now."""

    code = "offer_moved"
    title = "该转交的状态已变化，请刷新后再操作"


class OfferLapsed(DomainError):
    code = "offer_lapsed"
    title = "接收时限已过，请联系对方重新发出"


class NotYourTurn(DomainError):
    code = "not_your_turn"
    title = "此操作由对方机构办理"


class ProgrammeNeeded(DomainError):
    status = 422
    code = "programme_needed"
    title = "没有运行中的随访路径适用于该患者，请选择一个随访路径后再接收"


class PartnerNotReady(DomainError):
    code = "partner_not_ready"
    title = "对方机构尚未启用转交，请联系平台管理员"


class UnknownProgramme(InvalidInput):
    code = "unknown_programme"
    title = "没有这个运行中的随访路径"
