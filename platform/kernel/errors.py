"""Domain errors: they name the fact, carry their HTTP status, and are rendered once (kernel.problems)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field. `pointer` is an RFC 6901 JSON pointer into the request body, or `?name` for a parameter."""

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """A fact that stops the request. Subclasses set status, code and a Chinese title."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "conflict"
    title: ClassVar[str] = "当前状态不允许此操作"

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = (), **extra: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.extra = extra


class InvalidInput(DomainError):
    status = 422
    code = "invalid_input"
    title = "提交的内容有误"

    @classmethod
    def at(cls, pointer: str, code: str, message: str) -> "InvalidInput":
        return cls(message, errors=[FieldError(pointer, code, message)])


class NotFound(DomainError):
    """Absent, or out of the actor's sight: the two are told apart nowhere, or ids could be probed."""

    status = 404
    code = "not_found"
    title = "未找到，或不在您的查看范围内"


class NotAllowed(DomainError):
    status = 403
    code = "not_allowed"
    title = "您没有此项操作的权限"


class NotAuthenticated(DomainError):
    status = 401
    code = "not_authenticated"
    title = "请先登录"


class VersionChanged(DomainError):
    status = 412
    code = "version_changed"
    title = "内容已被他人修改，请刷新后再试"


class TooLarge(DomainError):
    status = 413
    code = "too_large"
    title = "文件过大"
