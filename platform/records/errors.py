from kernel.errors import DomainError, NotFound


class UnknownPatient(DomainError):
    code = "unknown_patient"
    title = "没有此患者，且报文未提供姓名，无法建档；请先发送入院登记"


class VisitOfAnotherPatient(DomainError):
    code = "visit_of_another_patient"
    title = "该就诊号已属于另一位患者，请核对就诊号（PV1-19）与病历号（PID-3）"


class MergeNotUndoable(DomainError):
    code = "merge_not_undoable"
    title = "此次合并不能撤销"


class NothingToUnmask(NotFound):
    code = "nothing_to_unmask"
    title = "该患者没有登记此项信息"


class FlagAlreadySet(DomainError):
    code = "flag_already_set"
    title = "该患者已有此标识；如需改写原因，请先撤销再重新标记"


class FlagAlreadyLifted(DomainError):
    code = "flag_already_lifted"
    title = "此标识已经撤销"


class LabelExists(DomainError):
    code = "label_exists"
    title = "已有此编码的标签，请改用另一个编码"


class LabelOutOfUse(DomainError):
    code = "label_out_of_use"
    title = "该标签已停用"


class LabelActive(DomainError):
    code = "label_active"
    title = "该标签正在使用，无需启用"


class FlagProposed(DomainError):
    code = "flag_proposed"
    title = "该患者的死亡标识待核实，请确认或否定"


class FlagNotProposed(DomainError):
    code = "flag_not_proposed"
    title = "此标识不是待核实状态，不能确认或否定"


class ProposerCannotConfirm(DomainError):
    code = "proposer_cannot_confirm"
    title = "报告死亡的人不能自己确认，请由另一人核实后确认"


class AlreadyOnRegister(DomainError):
    code = "already_on_register"
    title = "该患者已在此登记中；如需更正，请先填写结束日期"


class NotOnRegister(DomainError):
    code = "not_on_register"
    title = "该患者不在此登记中，无法结束登记"
