from kernel.errors import DomainError, InvalidInput


class CatchmentOverlap(DomainError):
    code = "catchment_overlap"
    title = "该区划在这段时间已有主责机构，请先结束原来的归属"


class AreaAlreadyNamed(DomainError):
    code = "area_already_named"
    title = "这名医生在这段时间已负责该区划，请先结束原来的记录"


class AreaEnded(DomainError):
    code = "area_ended"
    title = "这条记录已经结束，过去的归属不能修改；如需恢复，请新增一条"


class AreaChanging(DomainError):
    code = "area_changing"
    title = "该区划正在调整，请等调整完成后再操作"


class ContractOverlap(DomainError):
    code = "contract_overlap"
    title = "患者在这段时间已有家庭医生签约，请先终止原来的签约"


class ContractEnded(DomainError):
    code = "contract_ended"
    title = "这份签约已经终止"


class AbsenceOverlap(DomainError):
    code = "absence_overlap"
    title = "这段时间已有缺勤登记，请修改原来的登记"


class AbsenceClosed(DomainError):
    code = "absence_closed"
    title = "这次缺勤已结束或已撤销，不能再修改"


class AbsenceBegun(DomainError):
    code = "absence_begun"
    title = "缺勤已经开始，不能撤销；提前返岗请修改结束日期"


class DeputyLoop(InvalidInput):
    code = "deputy_loop"
    title = "代班成环，请换一位代班人"


class ChangeNotPossible(DomainError):
    code = "area_change_not_possible"
    title = "当前状态不能执行此操作"


class ChangeContradicted(DomainError):
    """`conflicts` in the answer lists what stands in the way: {division_code, division_name, message}."""

    code = "area_change_contradicted"
    title = "与现有归属冲突，请先处理列出的各项"


class ChangeOutdated(DomainError):
    status = 412
    code = "area_change_outdated"
    title = "预览之后归属有变动，请重新查看预览再执行"
