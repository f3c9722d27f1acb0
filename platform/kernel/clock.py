"""Time comes in from outside: rules take `today`, services take a Clock, nothing asks the machine by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, with a time zone."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it is put; tests and rehearsals move it."""

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("a clock needs an instant with a time zone")
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


_current: ContextVar[Clock | None] = ContextVar("jieli_clock", default=None)


def current_clock() -> Clock:
    return _current.get() or SystemClock()


@contextmanager
def use_clock(clock: Clock) -> Iterator[Clock]:
    """Everything called inside sees this clock (a test, a rehearsal, a replay)."""
    token = _current.set(clock)
    try:
        yield clock
    finally:
        _current.reset(token)


def now() -> datetime:
    return current_clock().now()


def today() -> date:
    """The calendar day in Asia/Shanghai: due dates are days there, wherever the server stands."""
    return now().astimezone(SHANGHAI).date()


def day_of(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """Midnight in Asia/Shanghai at which the day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
