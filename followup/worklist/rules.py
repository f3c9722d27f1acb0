"""Pure rules of tasks and escalations. Days are calendar days in Asia/Shanghai and come in as arguments."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from followup.worklist.enums import OPEN_STATES, EscalationState, Level, TaskState

# How long each level may wait for its handling (clinical-paths, 1).
ESCALATION_LIMITS: Mapping[str, timedelta] = {
    Level.E2: timedelta(hours=24),
    Level.E3: timedelta(hours=2),
    Level.E4: timedelta(minutes=10),
}
# Earlier rounds older than this are not "the last time": a yearly contact still sees the one before it.
PREVIOUS_ROUNDS_DAYS = 400
PREVIOUS_ROUNDS = 5
# 随访有效: at least this share of the questions asked was answered (standards 4.5).
_ENOUGH_ANSWERED = 0.8
# 合并联系: due days of a contact lie at most so far from its lead's (docs/notes/programmes.md, 5).
CONTACT_DAYS_APART = 5
_Asked = tuple[str, str, tuple[tuple[str, str], ...]]
_FREE_TYPES = frozenset({"display", "text", "photo"})
_OFFICE_HOURS = range(9, 17)
# The engine's context speaks FHIR's administrative-gender; unknown stays away: missing is never "normal".
_SEX = {"M": "male", "F": "female"}

_NEXT_TASK_STATES: Mapping[str, frozenset[str]] = {
    TaskState.PLANNED: frozenset({
        TaskState.IN_PROGRESS, TaskState.PAUSED, TaskState.DONE, TaskState.PARTIAL, TaskState.FAILED,
        TaskState.LOST, TaskState.EXEMPT, TaskState.CANCELLED,
    }),
    TaskState.PAUSED: frozenset({TaskState.PLANNED, TaskState.CANCELLED}),
    TaskState.IN_PROGRESS: frozenset({
        TaskState.DONE, TaskState.PARTIAL, TaskState.FAILED, TaskState.LOST, TaskState.EXEMPT,
        TaskState.CANCELLED,
    }),
}  # fmt: skip
_NEXT_ESCALATION_STATES: Mapping[str, frozenset[str]] = {
    EscalationState.OPEN: frozenset({EscalationState.ACKNOWLEDGED, EscalationState.CLOSED}),
    EscalationState.ACKNOWLEDGED: frozenset({EscalationState.CLOSED}),
}


class DueState(StrEnum):
    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"


def derive_due_state(window_start: date, window_end: date, today: date) -> DueState:
    """Where `today` lies to the window; both ends of the window belong to it."""
    if today < window_start:
        return DueState.UPCOMING
    return DueState.DUE if today <= window_end else DueState.OVERDUE


def is_overdue(state: str, window_end: date, today: date) -> bool:
    return state in OPEN_STATES and today > window_end


def days_overdue(state: str, window_end: date, today: date) -> int:
    return (today - window_end).days if is_overdue(state, window_end, today) else 0


def must_give_late_reason(window_end: date, today: date) -> bool:
    return today > window_end


def can_move_task(state: str, target: str) -> bool:
    return target in _NEXT_TASK_STATES.get(state, frozenset())


def can_move_escalation(state: str, target: str) -> bool:
    return target in _NEXT_ESCALATION_STATES.get(state, frozenset())


def needs_escalation(level: str) -> bool:
    return level in ESCALATION_LIMITS


def compute_escalation_due(level: str, opened_at: datetime) -> datetime:
    """The instant until which an item of this level must be closed. Raises KeyError below E2."""
    return opened_at + ESCALATION_LIMITS[level]


def choose_done_state(
    items: Iterable[Mapping[str, Any]], visible: Collection[str], answers: Mapping[str, Any]
) -> str:
    """Done, or partial when under 80 % of the closed questions that were asked have an answer."""
    asked = [key for key in _list_closed_questions(items) if key in visible]
    answered = sum(1 for key in asked if answers.get(key) not in (None, "", [], {}))
    return TaskState.DONE if answered >= _ENOUGH_ANSWERED * len(asked) else TaskState.PARTIAL


def asks_for_revisit(rule: Mapping[str, Any], level: str, previous: str) -> bool:
    """The result reaches the rule's level, and the last one did not: twice running is the form's to judge."""
    return level >= rule["level"] > previous


def explain_revisit(rule: Mapping[str, Any], *, contact: str, level: str, closed_on: date) -> list[str]:
    """Why the revisit exists, as Chinese sentences."""
    weeks, days = divmod(rule["days"], 7)
    within = f"{rule['days']} 天内" if days else f"{weeks} 周内"
    return [
        f"首次控制不满意，{within}复访",
        f"{contact}，{closed_on} 的结果为 {level}（{Level(level).label}）",
    ]


def find_shared(documents: Sequence[Mapping[str, Any] | None]) -> list[dict[str, int]]:
    """For each form of a contact: its questions that an earlier form asks too → the number of the first that does."""
    first: dict[str, dict[_Asked, int]] = {}
    shared: list[dict[str, int]] = []
    for number, document in enumerate(documents):
        again: dict[str, int] = {}
        for item in _list_questions(document["items"] if document else ()):
            at = first.setdefault(item["link_id"], {}).setdefault(_asked(item), number)
            if at != number:
                again[item["link_id"]] = at
        shared.append(again)
    return shared


def share_answers(
    answers: Sequence[Mapping[str, Any]], shared: Sequence[Mapping[str, int]]
) -> list[dict[str, Any]]:
    """Each form's answers with those that an earlier form was given for it; unanswered there, its own one counts."""
    return [
        {**own, **{key: answers[at][key] for key, at in again.items() if key in answers[at]}}
        for own, again in zip(answers, shared, strict=True)
    ]


def _asked(item: Mapping[str, Any]) -> _Asked:
    """What the patient is asked; how a form judges the answer is its own affair."""
    options = tuple((option["value"], option["label"]) for option in item.get("options", ()))
    return item["type"], item.get("text", ""), options


def _list_questions(items: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for item in items:
        if item["type"] == "group":
            if not item.get("repeats"):
                yield from _list_questions(item["items"])
        elif item["type"] != "display":
            yield item


def _list_closed_questions(items: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for item in items:
        if item["type"] == "group":
            if not item.get("repeats"):
                yield from _list_closed_questions(item["items"])
        elif item["type"] not in _FREE_TYPES:
            yield item["link_id"]


@dataclass(frozen=True, slots=True)
class AttemptRule:
    """失访 needs three attempts on three days, one of them outside 9-17 h."""

    days: int
    outside_office_hours: bool

    @property
    def is_met(self) -> bool:
        return self.days >= 3 and self.outside_office_hours


def weigh_attempts(local_instants: Collection[datetime]) -> AttemptRule:
    """`local_instants` in Asia/Shanghai."""
    return AttemptRule(
        days=len({instant.date() for instant in local_instants}),
        outside_office_hours=any(instant.hour not in _OFFICE_HOURS for instant in local_instants),
    )


def compute_age(birth_date: date | None, day: date) -> int | None:
    """Full years on `day`."""
    if birth_date is None or birth_date > day:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def build_context(
    *, sex: str, birth_date: date | None, day: date, task_day: int | None
) -> dict[str, dict[str, Any]]:
    """What a questionnaire's rules may ask besides the answers."""
    patient: dict[str, Any] = {}
    age = compute_age(birth_date, day)
    if age is not None:
        patient["age"] = age
    if sex in _SEX:
        patient["sex"] = _SEX[sex]
    return {"patient": patient, "task": {} if task_day is None else {"day": task_day}}


def list_grave_findings(findings: Iterable[Any]) -> list[dict[str, str]]:
    """What an escalation is about: the findings at E2 and above, the gravest first."""
    grave = [
        {"level": f.level, "prompt": f.prompt, "advice": f.advice, "link_id": f.link_id or ""}
        for f in findings
        if needs_escalation(f.level)
    ]
    return sorted(grave, key=lambda finding: finding["level"], reverse=True)


def rate(part: int, whole: int) -> float | None:
    """None when there is nothing to divide by: no rate is not 0 %."""
    return round(part / whole, 4) if whole else None


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
