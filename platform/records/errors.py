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
