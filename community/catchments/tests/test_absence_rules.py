"""Deputies: chains end, nobody who is away stands in, loops are found."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.catchments.contracts import AbsenceSpan
from community.catchments.rules import absence_of, find_loop, is_long, stand_in

pytestmark = pytest.mark.req("D2", "C17")

DAY = date(2026, 11, 20)


def span(staff_id: int, deputy_id: int | None = None, **values: Any) -> AbsenceSpan:
    return AbsenceSpan(
        **{
            "staff_id": staff_id, "from_on": DAY, "to_on": DAY, "deputy_id": deputy_id,
            "deputy_name": f"医生{deputy_id}" if deputy_id else "", "deputy_ward_id": 1, "deputy_department_id": 1,
            "deputy_institution_id": 1, "deputy_works": True, "reason": "leave", **values,
        }
    )  # fmt: skip


def deputy_of(staff_id: int, *spans: AbsenceSpan, day: date = DAY) -> int | None:
    found = stand_in(staff_id, day, spans)
    return found.deputy_id if found is not None else None


def test_the_deputy_stands_in_and_the_deputys_deputy_for_both() -> None:
    assert deputy_of(1, span(1, 2)) == 2
    assert deputy_of(1, span(1, 2), span(2, 3)) == 3
    assert deputy_of(2, span(1, 2), span(2, 3)) == 3


def test_nobody_stands_in_for_who_is_there_or_without_a_deputy() -> None:
    assert deputy_of(1) is None
    assert deputy_of(1, span(1)) is None
    assert deputy_of(1, span(1, 2), span(2)) is None
    assert deputy_of(1, span(1, 2, deputy_works=False)) is None


def test_an_absence_begins_with_its_first_day_and_ends_after_its_last() -> None:
    away = span(1, 2, from_on=DAY, to_on=DAY + timedelta(days=2))
    before, last, after = DAY - timedelta(days=1), DAY + timedelta(days=2), DAY + timedelta(days=3)
    assert [absence_of(1, day, [away]) is not None for day in (before, DAY, last, after)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_stored_loop_is_survived() -> None:
    """The loop A→B→A of standards 1.5's vectors."""
    assert deputy_of(1, span(1, 2), span(2, 1)) is None
    assert deputy_of(1, span(1, 2), span(2, 3), span(3, 2)) is None
    assert deputy_of(1, span(1, 1)) is None


def test_a_loop_is_named_in_its_order() -> None:
    assert find_loop([span(2, 3), span(3, 1)], span(1, 2)) == (1, 2, 3)
    assert find_loop([span(2, 3)], span(1, 2)) is None
    assert find_loop([], span(1, 1)) == (1,)


def test_a_loop_on_one_common_day_is_one_and_without_a_common_day_is_none() -> None:
    other = span(2, 1, from_on=DAY + timedelta(days=5), to_on=DAY + timedelta(days=9))
    meeting = span(1, 2, to_on=DAY + timedelta(days=5))
    passing = span(1, 2, to_on=DAY + timedelta(days=4))
    assert find_loop([other], meeting) == (1, 2)
    assert find_loop([other], passing) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"to_on": DAY + timedelta(days=13)}, False),  # 14 days
        ({"to_on": DAY + timedelta(days=14)}, True),  # 15 days
        ({"to_on": None}, False),
        ({"to_on": None, "from_on": DAY - timedelta(days=13)}, False),
        ({"to_on": None, "from_on": DAY - timedelta(days=14)}, True),
        ({"to_on": None, "reason": "left"}, True),
        ({"to_on": None, "from_on": DAY + timedelta(days=30)}, False),
    ],
)
def test_more_than_fourteen_days_or_left_is_long(values: dict[str, Any], expected: bool) -> None:
    assert is_long(span(1, 2, **values), DAY) is expected


people = st.integers(1, 6)
days = st.integers(0, 12).map(lambda n: DAY + timedelta(days=n))


@st.composite
def any_spans(draw: Any) -> AbsenceSpan:
    first = draw(days)
    length = draw(st.none() | st.integers(0, 8))
    return span(
        draw(people), draw(st.none() | people), from_on=first, deputy_works=draw(st.booleans()),
        to_on=None if length is None else first + timedelta(days=length),
    )  # fmt: skip


def is_away(staff_id: int, day: date, spans: list[AbsenceSpan]) -> bool:
    return any(
        s.staff_id == staff_id and s.from_on <= day and (s.to_on is None or day <= s.to_on) for s in spans
    )


@given(st.lists(any_spans(), max_size=14), people, days)
def test_whoever_stands_in_is_there_and_is_somebody_else(
    spans: list[AbsenceSpan], who: int, day: date
) -> None:
    """Any rows, loops and double entries among them: it ends, and never with somebody who is away or cannot work."""
    found = stand_in(who, day, spans)
    if found is not None:
        assert found.deputy_works
        assert found.deputy_id not in (None, who)
        assert not is_away(found.deputy_id or 0, day, spans)
        assert is_away(who, day, spans)


@given(st.lists(any_spans(), max_size=14), any_spans())
def test_rows_that_were_entered_without_a_loop_have_none_on_any_day(
    spans: list[AbsenceSpan], last: AbsenceSpan
) -> None:
    """What find_loop lets in never makes a chain that returns to where it began."""
    entered: list[AbsenceSpan] = []
    for new in [*spans, last]:
        overlaps = any(
            old.staff_id == new.staff_id
            and (old.to_on is None or new.from_on <= old.to_on)
            and (new.to_on is None or old.from_on <= new.to_on)
            for old in entered
        )
        if not overlaps and find_loop(entered, new) is None:
            entered.append(new)
    for n in range(30):
        day = DAY + timedelta(days=n)
        deputies = {s.staff_id: s.deputy_id for s in entered if is_away(s.staff_id, day, [s])}
        for start in deputies:
            seen, step = [start], deputies[start]
            while step is not None and step in deputies:
                assert step not in seen, (day, seen, step)
                seen.append(step)
                step = deputies[step]


@given(st.lists(any_spans(), max_size=8), people, days)
def test_the_order_of_the_rows_does_not_matter(spans: list[AbsenceSpan], who: int, day: date) -> None:
    distinct = {(s.staff_id, s.from_on, s.deputy_id or 0): s for s in spans}
    ordered = list(distinct.values())
    assert stand_in(who, day, ordered) == stand_in(who, day, ordered[::-1])
