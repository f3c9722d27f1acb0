from kernel.errors import DomainError, InvalidInput, VersionChanged


class InvalidCard(InvalidInput):
    """`errors` holds every fault with its pointer."""

    code = "invalid_education_card"
    title = "宣教内容有误，未保存"


class KeyTaken(DomainError):
    code = "key_taken"
    title = "已有相同编号的宣教内容，请换一个编号，或为原内容新建草稿"


class DraftExists(DomainError):
    """`version_id` names the open draft."""

    code = "draft_exists"
    title = "此宣教内容已有未完成的草稿，请继续编辑该草稿"


class NotEditable(DomainError):
    code = "not_editable"
    title = "已签署或已停用的版本不能修改，请新建草稿"


class NotReviewed(DomainError):
    code = "not_reviewed"
    title = "请先审阅此版本，再签署"


class NotDraft(DomainError):
    code = "not_draft"
    title = "只有草稿可以审阅"


class NotSigned(DomainError):
    code = "not_signed"
    title = "只有已签署的版本可以停用"


class AuthorCannotSign(DomainError):
    code = "author_cannot_sign"
    title = "最后编辑此内容的人不能签署，请由另一位临床人员签署"


class CardConflict(VersionChanged):
    """`current` holds the version as it stands now."""

    code = "conflict"
