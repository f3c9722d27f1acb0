from collections.abc import Iterable
from typing import Any

from kernel.errors import DomainError, FieldError, InvalidInput


class TaskAlreadyClosed(DomainError):
    code = "task_closed"
    title = "该随访任务已结束"


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
    def make(cls, errors: Iterable[Any], missing: Iterable[str]) -> "AnswersNotAccepted":
        faults = [FieldError(f"/answers{error.pointer}", error.code, error.message) for error in errors]
        faults += [FieldError(f"/answers/{_pointer_of(key)}", "required", "此题必须回答") for key in missing]
        return cls(cls.title, errors=faults)


def _pointer_of(key: str) -> str:
    """meds[0].name → meds/0/name: how the engine names an item in a row, as a JSON pointer."""
    return key.replace("[", "/").replace("].", "/").replace("]", "")
