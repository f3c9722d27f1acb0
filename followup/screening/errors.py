from kernel.errors import DomainError


class CentreMissing(DomainError):
    code = "follow_up_centre_missing"
    title = "本机构未设随访中心坐席，无法生成随访任务；请先在机构字典中为牵头医院建立随访中心科室和坐席"
