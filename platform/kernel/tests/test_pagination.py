"""Paging: every row once and in order, whatever is equal; the index range starts exactly at the cursor."""

import base64
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from kernel.clock import SHANGHAI
from kernel.errors import InvalidInput
from kernel.models import Job
from kernel.pagination import encode_cursor, read_limit, slice_page
from trail.models import TrailRow

pytestmark = pytest.mark.req("C16")

# What the planner chooses with real volumes; the tables of a test are too small for it to matter.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
START = datetime(2026, 11, 20, tzinfo=SHANGHAI)


def request_of(**params: Any) -> Request:
    return Request(APIRequestFactory().get("/", params))


def walk(queryset: Any, order: Sequence[str], limit: int) -> list[Any]:
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page, cursor = slice_page(queryset, request_of(limit=limit, cursor=cursor), order=order)
        assert len(page) == limit or cursor is None
        rows += page
    return rows


@pytest.fixture
def thousand(in_alpha: Any) -> Any:
    """1,000 jobs at only seven instants, in no order."""
    rng = random.Random(7)
    Job.objects.bulk_create(
        Job(name="test.page", run_at=START + timedelta(hours=rng.randrange(7)), created_at=START)
        for _ in range(1000)
    )
    return Job.objects.filter(name="test.page").values("id", "run_at")


@pytest.mark.parametrize("order", [("run_at", "id"), ("-run_at", "-id"), ("id",), ("-id",)])
@pytest.mark.parametrize("limit", [100, 7])
def test_a_full_walk_is_the_ordered_list(thousand: Any, order: Sequence[str], limit: int) -> None:
    assert walk(thousand, order, limit) == list(thousand.order_by(*order))


def test_three_columns_and_text(in_alpha: Any) -> None:
    rng = random.Random(3)
    TrailRow.objects.bulk_create(
        TrailRow(
            at=START,
            action="x",
            object_type=rng.choice(["", "a", "甲", "B"]),
            object_id=str(rng.randrange(9)),
        )
        for _ in range(200)
    )
    order = ("object_type", "object_id", "id")
    rows = TrailRow.objects.values(*order)
    assert walk(rows, order, 13) == list(rows.order_by(*order))


def test_rows_that_come_and_go_between_pages_move_no_other(thousand: Any) -> None:
    ordered = list(thousand.order_by("run_at", "id"))
    first, cursor = slice_page(thousand, request_of(limit=100), order=("run_at", "id"))
    Job.objects.filter(pk__in=[first[0]["id"], first[-1]["id"], ordered[150]["id"]]).delete()
    Job.objects.create(name="test.page", run_at=START - timedelta(hours=1), created_at=START)
    second, _ = slice_page(thousand, request_of(limit=100, cursor=cursor), order=("run_at", "id"))
    assert second == [*ordered[100:150], *ordered[151:201]]


def test_the_last_full_page_has_no_next(thousand: Any) -> None:
    rows = thousand.filter(id__in=[row["id"] for row in thousand[:100]])
    page, cursor = slice_page(rows, request_of(limit=100), order=("id",))
    assert (len(page), cursor) == (100, None)
    assert slice_page(rows.none(), request_of(), order=("id",)) == ([], None)


def explain(queryset: Any) -> str:
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF, COSTS OFF) {sql}", params)
        return "\n".join(row[0] for row in cursor.fetchall())


class Explained:
    """Stands where a queryset stands and gives the plan of what slice_page would have read."""

    def __init__(self, queryset: Any) -> None:
        self.queryset, self.model = queryset, queryset.model

    def filter(self, condition: Any) -> "Explained":
        return Explained(self.queryset.filter(condition))

    def order_by(self, *order: str) -> "Explained":
        return Explained(self.queryset.order_by(*order))

    def __getitem__(self, part: slice) -> list[str]:
        return [explain(self.queryset[part])]


@pytest.mark.parametrize(("order", "comparison"), [(("run_at", "id"), ">"), (("-run_at", "-id"), "<")])
def test_the_index_starts_at_the_cursor_among_equals(
    thousand: Any, order: Sequence[str], comparison: str
) -> None:
    """All of one day: a condition on the first column alone would read and drop every row before the cursor."""
    Job.objects.update(run_at=START)
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
    middle = thousand.order_by("id")[500]
    given = encode_cursor([middle["run_at"], middle["id"]])
    due: Any = Explained(Job.objects.filter(state__in=["queued", "running"]).values("id", "run_at"))
    (plan,), _ = slice_page(due, request_of(limit=10, cursor=given), order=order)
    assert "using kernel_job_due" in plan
    assert f"Index Cond: (ROW(run_at, id) {comparison} ROW(" in plan
    assert "Filter" not in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("container", ["ward_id", "department_id", "institution_id"])
def test_the_worklists_own_indexes_serve_it(in_alpha: Any, container: str) -> None:
    task = apps.get_model("worklist", "Task")
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
    rows: Any = Explained(
        task._default_manager.filter(
            **{container: 1}, state__in=["planned", "in_progress"], lead=None
        ).values("id", "due_on")
    )
    given = encode_cursor(["2026-11-20", 5])
    (plan,), _ = slice_page(rows, request_of(limit=10, cursor=given), order=("due_on", "id"))
    assert f"Index Cond: (({container} = 1) AND (ROW(due_on, id) > ROW('2026-11-20'::date, 5)))" in plan, plan
    assert "Sort" not in plan


def cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "====", "中文", "%00", base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        *[
            cursor_of(value)
            for value in (
                {}, [], "text", 7, None, ["2026-11-20T00:00:00+08:00"], ["2026-11-20T00:00:00+08:00", 1, 2],
                ["2026-11-20T00:00:00+08:00", None], [None, 1], ["2026-11-20T00:00:00+08:00", "x"],
                ["2026-11-20T00:00:00+08:00", [1]], ["2026-11-20T00:00:00+08:00", {"a": 1}],
                ["2026-11-20T00:00:00+08:00", 2**63], ["2026-11-20T00:00:00+08:00", -(2**64)],
                ["2026-11-20T00:00:00+08:00", 1e300], ["yesterday", 1], [5, 1], ["2026-13-45T00:00:00", 1],
            )
        ],
    ],
)  # fmt: skip
def test_a_tampered_cursor_is_refused(in_alpha: Any, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        slice_page(Job.objects.values("id", "run_at"), request_of(cursor=cursor), order=("run_at", "id"))
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("?cursor", "invalid_cursor")]


def test_a_nul_in_a_text_column_is_refused_before_the_database(in_alpha: Any) -> None:
    with pytest.raises(InvalidInput):
        slice_page(
            TrailRow.objects.values("object_type", "id"),
            request_of(cursor=cursor_of(["a\0b", 1])),
            order=("object_type", "id"),
        )


@pytest.mark.parametrize(("text", "limit"), [(None, 50), ("1", 1), ("100", 100), ("007", 7)])
def test_limits(text: str | None, limit: int) -> None:
    assert read_limit(request_of() if text is None else request_of(limit=text)) == limit


@pytest.mark.parametrize("text", ["0", "101", "-1", "1.5", "x", "", "１０", "9" * 5000, " 5"])
def test_limits_out_of_bounds(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_limit(request_of(limit=text))
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("?limit", "out_of_range")]
