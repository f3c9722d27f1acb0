"""TaskRow: one query for a page, whatever it shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.db.models.query import BaseIterable

from access.actor import Actor
from followup.worklist.enums import OPEN_STATES, TaskState
from followup.worklist.models import Task
from followup.worklist.policy import visible_to
from followup.worklist.rules import compute_age, days_overdue, month_of
from followup.worklist.selectors.search import MAX_LENGTH, match_patients
from followup.worklist.selectors.townships import township_name
from kernel import clock
from kernel.api import parse_id
from kernel.errors import InvalidInput
from kernel.pagination import slice_page
from records.selectors import require_visible

if TYPE_CHECKING:
    from rest_framework.request import Request

STATES = ("open", "due", "overdue", "paused", "done", "all")
_DONE_STATES = (TaskState.DONE, TaskState.PARTIAL, TaskState.FAILED, TaskState.LOST, TaskState.EXEMPT)
_MAX_FOLLOW_UPS = 500

# Only what a row shows: never the name, an ID or a phone in plain text.
_COLUMNS = (
    "id", "kind", "state", "due_on", "window_start", "window_end", "channel", "level", "township_code", "reason",
    "patient_id", "closed_on", "lead_id",
)  # fmt: skip
# What joins and sub-selects hang on.
_KEYS = ("encounter_id", "programme_id", "step_id", "ward_id", "assignee_id")
_JOINED = {
    "name_masked": F("patient__name_masked"),
    "sex": F("patient__sex"),
    "birth_date": F("patient__birth_date"),
    "diagnosis": F("encounter__main_diagnosis"),
    "discharged_on": F("encounter__discharged_on"),
}


@cache
def _names() -> dict[str, Any]:
    """Names from small tables as sub-selects: seven tables joined cost nine times as much to plan as to read."""

    def name_of(relation: str, column: str = "name") -> Subquery:
        related: Any = Task._meta.get_field(relation).related_model
        return Subquery(related.objects.filter(pk=OuterRef(f"{relation}_id")).values(column))

    return {
        "programme_name": name_of("programme"),
        "programme_kind": name_of("programme", "kind"),
        "step_name": name_of("step"),
        "ward_name": name_of("ward"),
        "assignee_name": name_of("assignee"),
        "with_it": ArraySubquery(
            Task.objects.filter(lead_id=OuterRef("pk"))
            .order_by("due_on", "pk")
            .values(json=JSONObject(id="pk", programme_name=F("programme__name"), step_name=F("step__name")))
        ),
    }


@dataclass(frozen=True, slots=True)
class TaskFilters:
    state: str = "open"
    text: str = ""
    programme_id: int | None = None
    ward_id: int | None = None
    due_from: date | None = None
    due_to: date | None = None
    # Whose: the account's own, nobody's, or a staff member's.
    assignee_account: int | None = None
    unassigned: bool = False
    assignee_id: int | None = None


def read_filters(actor: Actor, request: "Request") -> TaskFilters:
    """From the query parameters. Raises InvalidInput."""
    given = request.query_params
    state = given.get("state", "open")
    if state not in STATES:
        raise InvalidInput.at("?state", "unknown_value", f"state 应为 {'、'.join(STATES)} 之一")
    text = given.get("q", "").strip()
    if len(text) > MAX_LENGTH or "\0" in text:
        raise InvalidInput.at("?q", "too_long", f"查找内容不能超过 {MAX_LENGTH} 个字")
    assignee = given.get("assignee", "")
    named = assignee not in {"", "me", "none"}
    return TaskFilters(
        assignee_account=actor.id if assignee == "me" else None,
        unassigned=assignee == "none",
        assignee_id=parse_id(assignee, "?assignee") if named else None,
        state=state,
        text=text,
        programme_id=parse_id(given["programme"], "?programme") if given.get("programme") else None,
        ward_id=parse_id(given["ward"], "?ward") if given.get("ward") else None,
        due_from=_read_date(given.get("due_from"), "?due_from"),
        due_to=_read_date(given.get("due_to"), "?due_to"),
    )


def _read_date(text: str | None, pointer: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else _refuse_date(pointer)
    except ValueError:
        return _refuse_date(pointer)


def _refuse_date(pointer: str) -> date:
    raise InvalidInput.at(pointer, "invalid_date", "日期应写作 YYYY-MM-DD")


def filter_tasks(queryset: QuerySet[Task, Any], filters: TaskFilters, today: date) -> QuerySet[Task, Any]:
    if filters.state in {"open", "due", "overdue"}:
        queryset = queryset.filter(state__in=OPEN_STATES)
    elif filters.state == "paused":
        queryset = queryset.filter(state=TaskState.PAUSED)
    if filters.state == "due":
        queryset = queryset.filter(window_start__lte=today, window_end__gte=today)
    elif filters.state == "overdue":
        # due_on is never after the window: said again so that the index can stop at today.
        queryset = queryset.filter(window_end__lt=today, due_on__lt=today)
    elif filters.state == "done":
        queryset = queryset.filter(state__in=_DONE_STATES, closed_on__isnull=False)
    if filters.programme_id is not None:
        queryset = queryset.filter(programme_id=filters.programme_id)
    if filters.ward_id is not None:
        queryset = queryset.filter(ward_id=filters.ward_id)
    if filters.due_from is not None:
        queryset = queryset.filter(due_on__gte=filters.due_from)
    if filters.due_to is not None:
        queryset = queryset.filter(due_on__lte=filters.due_to)
    if filters.assignee_account is not None:
        queryset = queryset.filter(assignee__account_id=filters.assignee_account)
    if filters.unassigned:
        queryset = queryset.filter(assignee=None)
    if filters.assignee_id is not None:
        queryset = queryset.filter(assignee_id=filters.assignee_id)
    if filters.text:
        return queryset.filter(
            match_patients(filters.text)
        )  # looked for by name: every task, and where it belongs
    return queryset.filter(lead=None)


def task_rows(*more: str, **joined: Any) -> QuerySet[Task, Any]:
    """The columns that row_of needs, in one statement, and what else the caller asks for."""
    return Task.objects.values(*_COLUMNS, *more, **_JOINED, **_names(), **joined)


@cache
def list_rows() -> QuerySet[Task, Any]:
    """Rows as task_rows gives them, for a page: a queryset to filter and to order by columns of the task itself."""
    queryset = Task.objects.values(*_COLUMNS, *_KEYS)
    queryset._iterable_class = _PageIterable
    return queryset


@dataclass(frozen=True, slots=True)
class _Frame:
    """task_rows as SQL, cut open where it names the table of tasks."""

    table: str
    select: str
    joins: str
    params: tuple[Any, ...]
    names: tuple[str, ...]


@cache
def _frame() -> _Frame:
    queryset = task_rows()
    sql, params = queryset.query.sql_with_params()
    table = connections[queryset.db].ops.quote_name(Task._meta.db_table)
    # The last time: a sub-select among the columns reads tasks too.
    select, _, joins = sql.rpartition(f" FROM {table} ")
    return _Frame(table, select, joins, params, (*_COLUMNS, *_JOINED, *_names()))


class _PageIterable(BaseIterable):  # type: ignore[type-arg]
    """Django writes only which tasks; what a row shows is the same for every page and was compiled once.

    Compiling twenty columns and six sub-selects for each request cost three times as much as the condition, and
    Django's decoders for the two JSON columns as much again.
    """

    def __iter__(self) -> Iterator[dict[str, Any]]:
        query, frame = self.queryset.query, _frame()
        connection = connections[self.queryset.db]
        try:
            tasks, params = query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            return
        order = ", ".join(
            f"{frame.table}.{connection.ops.quote_name(name.lstrip('-'))}{' DESC' if name[0] == '-' else ''}"
            for name in map(str, query.order_by)
        )
        statement = f"{frame.select} FROM ({tasks}) {frame.table} {frame.joins}"
        with connection.cursor() as cursor:
            cursor.execute(f"{statement} ORDER BY {order}" if order else statement, (*frame.params, *params))
            found = cursor.fetchall()
        for values in found:
            row = dict(zip(frame.names, values, strict=True))
            row["reason"] = orjson.loads(row["reason"])
            row["with_it"] = [orjson.loads(member) for member in row["with_it"]]
            yield row


def row_of(row: dict[str, Any], today: date) -> dict[str, Any]:
    """TaskRow of docs/notes/spine.md."""
    late = days_overdue(row["state"], row["window_end"], today)
    reason = row["reason"]
    why = reason.get("why") if isinstance(reason, dict) else None
    return {
        "id": str(row["id"]),
        "state": row["state"],
        "overdue": late > 0,
        "due_on": row["due_on"],
        "window_start": row["window_start"],
        "window_end": row["window_end"],
        "days_overdue": late,
        "programme_name": row["programme_name"],
        "step_name": row["step_name"] or "",
        "kind": row["programme_kind"],
        "step_kind": row["kind"],
        "lead_id": str(row["lead_id"]) if row["lead_id"] is not None else None,
        "members": [
            {**member, "id": str(member["id"]), "step_name": member["step_name"] or ""}
            for member in row["with_it"]
        ],
        "channel": row["channel"],
        "level": row["level"] or None,
        "patient": patient_of(row, today),
        "township_name": township_name(row["township_code"]),
        "ward_name": row["ward_name"],
        "assignee_name": row["assignee_name"],
        "diagnosis": row["diagnosis"] or None,
        "discharged_on": row["discharged_on"],
        "reason_text": "；".join(why) if isinstance(why, list) else "",
    }


def patient_of(row: dict[str, Any], today: date) -> dict[str, Any]:
    return {
        "id": str(row["patient_id"]),
        "name_masked": row["name_masked"],
        "sex": row["sex"],
        "age": compute_age(row["birth_date"], today),
    }


def list_tasks(
    actor: Actor, filters: TaskFilters, request: "Request"
) -> tuple[list[dict[str, Any]], str | None]:
    """One page in the order of an index: by due day while open, by the day of closing (newest first) when
    done.
    """
    today = clock.today()
    queryset = filter_tasks(visible_to(actor, list_rows()), filters, today)
    order = ("-closed_on", "-id") if filters.state == "done" else ("due_on", "id")
    rows, cursor = slice_page(queryset, request, order=order)
    return [row_of(row, today) for row in rows], cursor


def count_tasks(actor: Actor) -> dict[str, int]:
    """Contacts: open, due (in their window today), overdue, and closed as done this month. One query."""
    today = clock.today()
    first, _ = month_of(today)
    is_open = Q(state__in=OPEN_STATES)
    return (
        visible_to(actor, Task.objects.filter(lead=None))
        .filter(is_open | Q(closed_on__isnull=False, closed_on__gte=first))
        .aggregate(
            due=Count("id", filter=is_open & Q(window_start__lte=today, window_end__gte=today)),
            overdue=Count("id", filter=is_open & Q(window_end__lt=today)),
            open=Count("id", filter=is_open),
            done_this_month=Count("id", filter=Q(state=TaskState.DONE, closed_on__gte=first)),
        )
    )


def list_follow_ups(actor: Actor, patient_id: int) -> list[dict[str, Any]]:
    """A patient's tasks as far as the actor sees them, the newest first. Raises NotFound for one out of sight."""
    today = clock.today()
    queryset = visible_to(actor, list_rows()).filter(patient_id=patient_id)
    rows = list(queryset.order_by("-due_on", "-id")[:_MAX_FOLLOW_UPS])
    if not rows:
        require_visible(actor, patient_id)  # seeing a task is seeing its patient
    return [row_of(row, today) for row in rows]
