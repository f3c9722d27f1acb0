from kernel.errors import DomainError, InvalidInput


class RowClosed(DomainError):
    code = "row_closed"
    title = "此条已处理过，不能再次处理"


class NotCorrectable(DomainError):
    code = "not_correctable"
    title = "报文结构有误，无法在此更正，请在来源系统改正后重发，此条可以作废"


class StillFaulty(InvalidInput):
    code = "still_faulty"
    title = "更正后仍不能入库"
