from collections.abc import Callable, Sequence
from typing import Protocol, Self

from kernel.errors import DomainError, FieldError, InvalidInput


class _Fault(Protocol):
    @property
    def pointer(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def cure(self) -> str: ...


def in_document(pointer: str) -> str:
    return f"/document{pointer}"


class InvalidDocument(InvalidInput):
    """`errors` holds every fault with its pointer into what was sent."""

    code = "invalid_questionnaire"
    title = "问卷内容有误，未保存"

    @classmethod
    def of(cls, faults: Sequence[_Fault], place: Callable[[str], str] = in_document) -> Self:
        """At least one fault. `place`: from a pointer into the document to one into what was sent."""
        errors = [FieldError(place(one.pointer), one.code, f"{one.message}。{one.cure}") for one in faults]
        return cls(errors[0].message, errors=errors)


class DraftExists(DomainError):
    code = "draft_exists"
    title = "这份问卷已有一份未签署的草稿，请在那份草稿上修改"


class DraftConflict(DomainError):
    """Carries `current`: the detail as it is stored now, for the view of both."""

    status = 412
    code = "conflict"
    title = "您编辑期间，草稿已被他人修改；请对照后再保存"


class WrongState(DomainError):
    code = "wrong_state"
    title = "此版本的状态不允许这样操作"


class AuthorSigns(DomainError):
    code = "author_signs"
    title = "最后修改草稿的人不能自己签署，请由另一位临床人员签署"


class DraftUnfinished(InvalidDocument):
    """`errors` holds what is left to do, with pointers into the stored document."""

    code = "draft_unfinished"
    title = "草稿还没有写完，请先改好列出的问题"


class VersionInUse(DomainError):
    code = "version_in_use"
    title = "随访路径正在引用此版本，不能删除"


class LicenceStands(DomainError):
    code = "licence_exists"
    title = "这份量表已登记了有效的授权，请先撤销原授权"
