from collections.abc import Iterable, Sequence
from typing import Any

from kernel.errors import DomainError, FieldError, InvalidInput


class TaskAlreadyClosed(DomainError):
    code = "task_closed"
    title = "该随访任务已结束"


class TaskPaused(DomainError):
    code = "task_paused"
    title = "该随访任务已暂停（患者住院中，或入组已暂停），恢复后才能继续随访"


class ContactChanged(DomainError):
    code = "contact_changed"
    title = "该联系中的任务刚刚有变动，请刷新后再试"


class EscalationAlreadyClosed(DomainError):
    code = "escalation_closed"
    title = "该异常已处理完毕"


class LateReasonRequired(InvalidInput):
    code = "late_reason_required"
    title = "已超过随访时间窗，请填写逾期原因"

    @classmethod
    def make(cls) -> "LateReasonRequired":
        return cls(cls.title, errors=[FieldError("/late_reason", "required", cls.title)])


class AnswersNotAccepted(InvalidInput):
    """Wrong or missing answers; one pointer each, into the request body."""

    code = "answers_not_accepted"
    title = "答案有误或必填题目未答"

    @classmethod
    def make(cls, faults: Sequence[FieldError]) -> "AnswersNotAccepted":
        return cls(cls.title, errors=faults)


def list_answer_faults(base: str, errors: Iterable[Any], missing: Iterable[str]) -> list[FieldError]:
    """`base`: where the answers stand in the request body."""
    faults = [FieldError(f"{base}{error.pointer}", error.code, error.message) for error in errors]
    return faults + [
        FieldError(
            f"{base}/{_pointer_of(key)}",
            "required",
            "此题必须回答；患者中途结束时，可按部分完成提交并写明原因",
        )
        for key in missing
    ]


def _pointer_of(key: str) -> str:
    """meds[0].name → meds/0/name: how the engine names an item in a row, as a JSON pointer."""
    return key.replace("[", "/").replace("].", "/").replace("]", "")
