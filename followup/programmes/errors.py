from kernel.errors import DomainError


class VersionNotDraft(DomainError):
    code = "version_not_draft"
    title = "该版本已签署，不能修改；请另存为新版本"


class VersionNotSigned(DomainError):
    code = "version_not_signed"
    title = "该版本尚未由本机构医师签署，不能启用"


class SignerMissing(DomainError):
    status = 422
    code = "signer_missing"
    title = "请填写签署医师姓名"
