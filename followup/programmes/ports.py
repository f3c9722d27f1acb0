"""What enrolments need of the rooms above: their tasks, read and moved. config/wiring.py names who serves it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TaskReads:
    """`rows(enrolment_ids)`: by enrolment, {task_id, step_name, occurrence, due_on, state, level, closed_on};
    `counts(enrolment_ids)`: by enrolment, {done, open, total}."""

    rows: Callable[[Sequence[int]], Mapping[int, list[dict[str, Any]]]]
    counts: Callable[[Sequence[int]], Mapping[int, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class TaskWrites:
    """Each runs in the caller's transaction and answers how many tasks it touched.

    `make(enrolment_ids)`: the steps still owed; `cancel(enrolment_ids, reason)`: whatever is open or paused;
    `pause(enrolment_ids)`: planned → paused; `resume(enrolment_ids)`: paused → planned, cancelled where the window
    has gone by.
    """

    make: Callable[[Sequence[int]], int]
    cancel: Callable[[Sequence[int], str], int]
    pause: Callable[[Sequence[int]], int]
    resume: Callable[[Sequence[int]], int]


_reads: TaskReads | None = None
_writes: TaskWrites | None = None


def connect(*, reads: TaskReads, writes: TaskWrites) -> None:
    global _reads, _writes
    _reads, _writes = reads, writes


def reads() -> TaskReads:
    """Raises LookupError while nothing is wired: a list without its tasks would be a wrong list."""
    if _reads is None:
        raise LookupError("no room serves the tasks of enrolments (config/wiring.py)")
    return _reads


def writes() -> TaskWrites:
    """Raises LookupError: an enrolment that ends while its tasks go on must not happen."""
    if _writes is None:
        raise LookupError("no room moves the tasks of enrolments (config/wiring.py)")
    return _writes
