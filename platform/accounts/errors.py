from kernel.errors import DomainError


class InvalidCredentials(DomainError):
    """The same words for an unknown name and a wrong password, or names could be probed."""

    status = 401
    code = "invalid_credentials"
    title = "用户名或密码不正确"


class AccountLocked(DomainError):
    status = 423
    code = "account_locked"
    title = "密码多次输入错误，账号已暂时锁定"
