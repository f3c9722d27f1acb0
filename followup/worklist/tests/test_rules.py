from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.worklist import rules
from followup.worklist.enums import UNSETTLED_STATES, TaskState
from followup.worklist.rules import DueState
from kernel.clock import SHANGHAI

MONDAY = date(2026, 11, 16)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("today", "state"),
    [(0, DueState.UPCOMING), (1, DueState.DUE), (3, DueState.DUE), (4, DueState.DUE), (5, DueState.OVERDUE)],
)
def test_due_and_overdue_follow_from_the_window(today: int, state: DueState) -> None:
    assert rules.derive_due_state(day(1), day(4), day(today)) == state


@given(st.dates(), st.integers(0, 60), st.integers(-90, 90))
def test_a_task_is_overdue_exactly_when_closing_it_needs_a_reason(
    start: date, length: int, shift: int
) -> None:
    try:
        end = start + timedelta(days=length)
        today = start + timedelta(days=shift)
    except OverflowError:
        return
    overdue = rules.derive_due_state(start, end, today) == DueState.OVERDUE
    assert overdue == rules.must_give_late_reason(end, today) == rules.is_overdue("planned", end, today)
    assert (rules.days_overdue("planned", end, today) > 0) == overdue
    assert rules.days_overdue("done", end, today) == 0


def test_only_open_tasks_move() -> None:
    for state in TaskState.values:
        targets = {target for target in TaskState.values if rules.can_move_task(state, target)}
        assert bool(targets) == (state in UNSETTLED_STATES)
        assert (TaskState.PLANNED in targets) == (state == TaskState.PAUSED)
        assert state not in targets
    assert rules.can_move_escalation("open", "closed")
    assert rules.can_move_escalation("acknowledged", "closed")
    assert not rules.can_move_escalation("acknowledged", "open")
    assert not rules.can_move_escalation("closed", "acknowledged")


@pytest.mark.req("S38")
def test_the_clock_of_each_level() -> None:
    opened = datetime(2026, 11, 20, 23, 55, tzinfo=SHANGHAI)
    due = {level: rules.compute_escalation_due(level, opened) - opened for level in ("E2", "E3", "E4")}
    assert due == {"E2": timedelta(hours=24), "E3": timedelta(hours=2), "E4": timedelta(minutes=10)}
    assert [level for level in ("E0", "E1", "E2", "E3", "E4") if rules.needs_escalation(level)] == [
        "E2",
        "E3",
        "E4",
    ]


def test_lost_needs_three_days_and_one_try_outside_office_hours() -> None:
    def at(number: int, hour: int) -> datetime:
        moment = day(number)
        return datetime(moment.year, moment.month, moment.day, hour, 30, tzinfo=SHANGHAI)

    assert rules.weigh_attempts([at(0, 10), at(1, 16), at(2, 18)]).is_met
    assert rules.weigh_attempts([at(0, 8), at(1, 10), at(2, 11)]).is_met
    assert not rules.weigh_attempts([at(0, 10), at(1, 11), at(2, 12)]).is_met
    assert not rules.weigh_attempts([at(0, 10), at(0, 18), at(1, 19)]).is_met
    assert not rules.weigh_attempts([]).is_met


def test_partial_is_under_four_fifths_of_the_closed_questions_asked() -> None:
    items = [
        {"link_id": "g", "type": "group", "items": [{"link_id": f"q{n}", "type": "number"} for n in range(5)]},
        {"link_id": "free", "type": "text"}, {"link_id": "hidden", "type": "single"},
    ]  # fmt: skip
    visible = ["g", "q0", "q1", "q2", "q3", "q4", "free"]
    assert rules.choose_done_state(items, visible, {"q0": 0, "q1": 1, "q2": 2, "q3": 3}) == "done"
    assert rules.choose_done_state(items, visible, {"q0": 0, "q1": 1, "q2": 2, "free": "x"}) == "partial"
    assert rules.choose_done_state([], [], {}) == "done"


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        (date(1956, 11, 20), date(2026, 11, 20), 70), (date(1956, 11, 21), date(2026, 11, 20), 69),
        (date(2000, 2, 29), date(2027, 2, 28), 26), (None, date(2026, 1, 1), None),
        (date(2027, 1, 1), date(2026, 1, 1), None),
    ],
)  # fmt: skip
def test_age_in_full_years(born: date | None, today: date, age: int | None) -> None:
    assert rules.compute_age(born, today) == age


def test_what_is_not_known_is_not_told_to_the_rules() -> None:
    known = rules.build_context(sex="F", birth_date=date(1990, 1, 1), day=day(0), task_day=7)
    assert known == {"patient": {"age": 36, "sex": "female"}, "task": {"day": 7}}
    assert rules.build_context(sex="U", birth_date=None, day=day(0), task_day=None) == {
        "patient": {},
        "task": {},
    }


def test_no_rate_is_not_zero() -> None:
    assert rules.rate(0, 0) is None
    assert rules.rate(1, 3) == 0.3333
    assert rules.month_of(date(2026, 2, 14)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert rules.month_of(date(2026, 12, 31)) == (date(2026, 12, 1), date(2026, 12, 31))


def test_the_same_question_is_shared_with_the_first_form_that_asks_it() -> None:
    yes = {"type": "single", "text": "能下地吗？", "options": [{"value": "yes", "label": "能"}]}
    first = {"items": [{"link_id": "walk", **yes}, {"link_id": "pain", "type": "scale", "text": "疼吗？"}]}
    second = {"items": [
        {"link_id": "g", "type": "group", "items": [{"link_id": "walk", **yes, "required": True}]},
        {"link_id": "pain", "type": "scale", "text": "现在疼吗？"},
        {"link_id": "hint", "type": "display", "text": "谢谢"},
        {"link_id": "rows", "type": "group", "repeats": True,
         "items": [{"link_id": "drug", "type": "text", "text": "药"}]},
    ]}  # fmt: skip
    third = {"items": [*second["items"], {"link_id": "drug", "type": "text", "text": "药"}]}
    assert rules.find_shared([first, second, None, third]) == [{}, {"walk": 0}, {}, {"walk": 0, "pain": 1}]
    shared = [{}, {"walk": 0}]
    assert rules.share_answers([{"walk": "yes"}, {"walk": "no", "pain": 2}], shared) == [
        {"walk": "yes"}, {"walk": "yes", "pain": 2},
    ]  # fmt: skip
    assert rules.share_answers([{}, {"walk": "no"}], shared) == [{}, {"walk": "no"}]
