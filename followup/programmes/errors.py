from kernel.errors import DomainError, InvalidInput, VersionChanged


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


class AlreadyEnrolled(DomainError):
    code = "already_enrolled"
    title = "该次就诊已在此随访路径中；如需重新开始，请先终止现有入组"


class NotEnrollable(DomainError):
    code = "not_enrollable"
    title = "该次就诊不能入组"


class EnrolmentEnded(DomainError):
    code = "enrolment_ended"
    title = "该入组已结束，不能再终止"


class EnrolmentNotActive(DomainError):
    code = "enrolment_not_active"
    title = "只有进行中的入组可以暂停"


class EnrolmentNotPaused(DomainError):
    code = "enrolment_not_paused"
    title = "该入组没有暂停，无需恢复"


class InvalidProgramme(InvalidInput):
    """`errors` holds every fault with its pointer."""

    code = "invalid_programme"
    title = "随访路径有误，未保存"


class KeyTaken(DomainError):
    """`programme_id` names the programme that has the key."""

    code = "key_taken"
    title = "已有相同编号的随访路径，请换一个编号，或在原路径上新建草稿"


class DraftExists(DomainError):
    """`version_id` names the open draft."""

    code = "draft_exists"
    title = "此随访路径已有未完成的草稿，请继续编辑该草稿"


class VersionNotReviewed(DomainError):
    code = "version_not_reviewed"
    title = "请先审阅此版本，再签署"


class EditorCannotSign(DomainError):
    code = "editor_cannot_sign"
    title = "最后编辑此版本的人不能签署，请由另一位医师签署"


class ReferencesNotSigned(DomainError):
    """`missing` lists the forms and cards."""

    code = "references_not_signed"
    title = "引用的问卷或宣教内容尚未全部签署"


class VersionNotRunning(DomainError):
    code = "version_not_running"
    title = "只有运行中的版本可以暂停"


class VersionNotRetirable(DomainError):
    code = "version_not_retirable"
    title = "只有已签署、运行中或已暂停的版本可以停用；草稿请直接删除"


class CountyVersionMissing(DomainError):
    code = "county_version_missing"
    title = "全县统一版本尚未签署，不能另立本机构版本"


class ProgrammeConflict(VersionChanged):
    """`current` holds the version as it stands now."""

    code = "conflict"
