from kernel.errors import DomainError


class AlreadyResolved(DomainError):
    code = "routing_already_resolved"
    title = "这位患者的归属已经确认，请刷新列表"


class AliasTaken(DomainError):
    code = "alias_taken"
    title = "这个地名已记为另一处，请核对后再选择"


class ClaimFromSource(DomainError):
    code = "claim_from_source"
    title = "这条住址来自医院系统，请登记新的居住地，或在来源系统更正"
