"""Absences and deputies. Pure: the spans come in, the day comes in."""

from collections.abc import Iterable
from datetime import date

from community.catchments.contracts import AbsenceSpan

# Longer than this and the work does not wait (standards 1.5, step 7); days, both ends counted.
LONG_AFTER = 14
_LEFT = "left"


def holds_on(span: AbsenceSpan, day: date) -> bool:
    return span.from_on <= day and (span.to_on is None or day <= span.to_on)


def is_long(span: AbsenceSpan, day: date) -> bool:
    """Whether the open work has to be handed to somebody: left, or more than LONG_AFTER days.

    Where no end was given, the days up to `day` count: nobody knows yet.
    """
    if span.reason == _LEFT:
        return True
    return ((span.to_on or max(day, span.from_on)) - span.from_on).days + 1 > LONG_AFTER


def absence_of(staff_id: int, day: date, absences: Iterable[AbsenceSpan]) -> AbsenceSpan | None:
    """Why this person is not there on the day; None: is there. Of several spans the one that began last."""
    return max(
        (span for span in absences if span.staff_id == staff_id and holds_on(span, day)),
        key=lambda span: (span.from_on, span.deputy_id or 0),
        default=None,
    )


def stand_in(staff_id: int, day: date, absences: Iterable[AbsenceSpan]) -> AbsenceSpan | None:
    """The span whose deputy does the work on the day, along the chain of deputies; None: nobody.

    Nobody where the person is there, where the chain ends at someone who cannot work, and where it loops: loops are
    refused on entry, yet rows of before may hold one. The deputy of the answer is never away, and never the person.
    """
    spans = list(absences)
    seen = {staff_id}
    span = absence_of(staff_id, day, spans)
    while span is not None and span.deputy_id is not None and span.deputy_id not in seen:
        seen.add(span.deputy_id)
        further = absence_of(span.deputy_id, day, spans)
        if further is None:
            return span if span.deputy_works else None
        span = further
    return None


def find_loop(absences: Iterable[AbsenceSpan], new: AbsenceSpan) -> tuple[int, ...] | None:
    """The staff of a loop of deputies that `new` would close, each once and beginning with its own; None: no loop.

    A chain can only change on a day on which a span begins, so those days are enough. Spans of the same person that
    `new` replaces must not be among `absences`.
    """
    spans = [*absences, new]
    days = {new.from_on} | {span.from_on for span in spans if holds_on(new, span.from_on)}
    for day in sorted(days):
        chain = [new.staff_id]
        deputy = new.deputy_id
        while deputy is not None and deputy not in chain:
            chain.append(deputy)
            span = absence_of(deputy, day, spans)
            deputy = span.deputy_id if span is not None else None
        if deputy == new.staff_id:
            return tuple(chain)
    return None
