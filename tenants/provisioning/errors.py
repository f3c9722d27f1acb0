from kernel.errors import DomainError


class InvalidTenantCode(DomainError):
    status = 422
    code = "invalid_tenant_code"
    title = "租户代码应为 2 到 30 位小写字母、数字或下划线，以字母开头"


class FacilityTaken(DomainError):
    """Two tenants under one MSH-4 name: a hospital's messages would reach the other one."""

    status = 409
    code = "facility_taken"
    title = "该发送方代码已被其他租户使用"


class HostTaken(DomainError):
    status = 409
    code = "host_taken"
    title = "该访问域名已被其他租户使用"
