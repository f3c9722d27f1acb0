from kernel.errors import DomainError


class LeadInstitutionMissing(DomainError):
    code = "lead_institution_missing"
    title = "尚未指定牵头医院，请系统管理员在机构管理中把一家机构设为牵头医院"


class FollowUpDeskMissing(DomainError):
    code = "follow_up_desk_missing"
    title = "牵头医院没有随访中心坐席，请系统管理员为它新建随访中心科室，并在其下新建随访坐席"
