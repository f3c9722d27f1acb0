from kernel.errors import DomainError


class CatchmentOverlap(DomainError):
    code = "catchment_overlap"
    title = "该区划在这段时间已有主责机构，请先结束原来的归属"
