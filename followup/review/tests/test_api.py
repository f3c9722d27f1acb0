from datetime import date
from typing import Any

import pytest

from followup.review.models import SampleItem
from followup.review.tests.factories import make_attempt, make_form, make_submission, make_task
from kernel.tenancy import bind_schema
from organization.models import Department
from tests.cast import actor_named

pytestmark = [pytest.mark.req("C2", "C9"), pytest.mark.usefixtures("at_noon")]
DAY = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def finished_work(alpha: Any, at_noon: None) -> None:
    """Three finished tasks in orthopaedics, and signed forms."""
    with bind_schema(alpha.schema_name):
        make_form("review_tier2")
        make_form("review_tier3")
        doctor = actor_named("doctor")
        for _ in range(3):
            task = make_task(DAY, state="done", closed_on=DAY, by=doctor, level="E0")
            make_submission(task, by=doctor)
            make_attempt(task, by=doctor)


def body(tier: int = 2, **values: Any) -> dict[str, Any]:
    with bind_schema("t_alpha"):
        ortho = str(Department.objects.get(code="0401").pk)
    return {
        "tier": tier, "department_ids": [ortho], "period_from": "2026-11-01", "period_to": "2026-11-19",
        "size": 2, "stratify": "staff", **values,
    }  # fmt: skip


def drawn(api: Any, who: str = "supervisor", tier: int = 2) -> dict[str, Any]:
    answer = api("alpha", who).post("/review/draws", body(tier))
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


SCORE = {"scores": {"authentic": 100, "content": 90, "attitude": 80, "completeness": 60}}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/review/draws"), ("post", "/review/draws"), ("get", "/review/draws/1"),
        ("get", "/review/items/1"), ("post", "/review/items/1/answers"), ("post", "/review/items/1/score"),
    ],
)  # fmt: skip
def test_strangers_and_clinicians_are_kept_out(api: Any, method: str, path: str) -> None:
    assert api("alpha").send(method, path).status_code == 401
    assert api("alpha", "doctor").send(method, path, {} if method == "post" else None).status_code == 403


def test_another_tenants_draw_is_not_found(api: Any) -> None:
    draw = drawn(api)
    supervisor = api("beta", "supervisor")
    assert supervisor.get("/review/draws").json() == {"items": [], "next_cursor": None}
    assert supervisor.get(f"/review/draws/{draw['id']}").status_code == 404
    assert supervisor.get(f"/review/items/{draw['items'][0]['id']}").status_code == 404


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"tier": "two"}, "/tier"),
        ({"tier": 5}, "/tier"),
        ({"department_ids": ["x"]}, "/department_ids/0"),
        ({"department_ids": []}, "/department_ids"),
        ({"department_ids": None}, "/department_ids"),
        ({"period_from": "2026-13-01"}, "/period_from"),
        ({"period_to": "2026-11-21"}, "/period_to"),
        ({"size": 0}, "/size"),
        ({"stratify": "disease"}, "/stratify"),
        ({"seed": 42}, "/seed"),
    ],
)
def test_a_wrong_request_names_its_field(api: Any, values: dict[str, Any], pointer: str) -> None:
    answer = api("alpha", "supervisor").post("/review/draws", body(**values))
    assert answer.status_code == 422, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_tiers_do_not_act_for_each_other(api: Any) -> None:
    assert api("alpha", "supervisor").post("/review/draws", body(3)).status_code == 403
    assert api("alpha", "operations").post("/review/draws", body(2)).status_code == 403
    assert api("alpha", "other_supervisor").post("/review/draws", body(2)).status_code == 404


def test_a_draw_comes_back_with_its_items(api: Any) -> None:
    draw = drawn(api)
    assert {name: draw[name] for name in ("tier", "size", "population", "stratify", "drawn_by_name")} == {
        "tier": 2, "size": 2, "population": 3, "stratify": "staff", "drawn_by_name": "陈监督"
    }  # fmt: skip
    assert draw["department_names"] == ["骨科"]
    assert draw["counts"] == {"items": 2, "pending": 2, "scored": 0, "rectification": 0}
    assert len(draw["items"]) == 2
    assert draw["seed"].isdigit()
    assert api("alpha", "supervisor").get(f"/review/draws/{draw['id']}").json() == draw


def test_the_whole_review_of_one_task(api: Any) -> None:
    client = api("alpha", "supervisor")
    item_id = drawn(api)["items"][0]["id"]
    view = client.get(f"/review/items/{item_id}").json()
    assert (view["original"], view["recordings"], view["item"]["state"]) == (None, [], "pending")

    early = client.post(f"/review/items/{item_id}/score", SCORE)
    assert (early.status_code, early.json()["code"]) == (409, "not_answered")
    wrong = client.post(f"/review/items/{item_id}/answers", {"answers": {}})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/answers/called")
    shown = client.post(f"/review/items/{item_id}/answers", {"answers": {"called": "yes"}}).json()
    assert shown["original"]["answers"] == {"pain": 3}
    again = client.post(f"/review/items/{item_id}/answers", {"answers": {"called": "no"}})
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")

    late = {**SCORE, "finding": "记录过简", "rectification": True, "rectification_due_on": "2026-12-25"}
    assert client.post(f"/review/items/{item_id}/score", late).status_code == 422
    scored = client.post(f"/review/items/{item_id}/score", {**late, "rectification_due_on": "2026-11-30"})
    assert scored.status_code == 200
    item = scored.json()["item"]
    assert (item["state"], item["total"], item["rectification_due_on"]) == (
        "rectification",
        88.0,
        "2026-11-30",
    )
    assert item["scored_by_name"] == "陈监督"
    twice = client.post(f"/review/items/{item_id}/score", SCORE)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_scored")


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"scores": {}}, "/scores/authentic"),
        ({"scores": {**SCORE["scores"], "content": 101}}, "/scores/content"),
        ({"instant_fail": ["rude"]}, "/instant_fail/0"),
        ({"finding": "x" * 501}, "/finding"),
        ({"rectification_due_on": "tomorrow"}, "/rectification_due_on"),
        ({"grade": "A"}, "/grade"),
    ],
)
def test_a_wrong_score_names_its_field(api: Any, values: dict[str, Any], pointer: str) -> None:
    client = api("alpha", "supervisor")
    item_id = drawn(api)["items"][0]["id"]
    client.post(f"/review/items/{item_id}/answers", {"answers": {"called": "yes"}})
    answer = client.post(f"/review/items/{item_id}/score", {**SCORE, **values})
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "answers",
    [
        None,
        [],
        "yes",
        {"called": "yes", "remark": "a\u0000b"},
        {"called": "yes", "remark": "\ud800"},
        {"\u0000": 1},
    ],
)
def test_answers_of_a_wrong_kind(api: Any, answers: Any) -> None:
    client = api("alpha", "supervisor")
    item_id = drawn(api)["items"][0]["id"]
    assert client.post(f"/review/items/{item_id}/answers", {"answers": answers}).status_code == 422


@pytest.mark.parametrize("path", ["/review/draws/x", "/review/items/1.5"])
def test_an_id_that_is_none(api: Any, path: str) -> None:
    assert api("alpha", "supervisor").get(path).status_code == 422


def test_tier_three_sees_both_and_pages_through_them(api: Any, django_assert_num_queries: Any) -> None:
    first = drawn(api)
    second = drawn(api, "operations", 3)
    client = api("alpha", "operations")
    client.get("/review/draws")
    with django_assert_num_queries(2):  # account, page
        answer = client.get("/review/draws")
    assert [row["id"] for row in answer.json()["items"]] == [second["id"], first["id"]]
    assert answer.json()["items"][1] == {name: value for name, value in first.items() if name != "items"}
    page = client.get("/review/draws", limit=1).json()
    rest = client.get("/review/draws", limit=1, cursor=page["next_cursor"]).json()
    assert ([row["id"] for row in rest["items"]], rest["next_cursor"]) == ([first["id"]], None)
    assert [row["id"] for row in api("alpha", "supervisor").get("/review/draws").json()["items"]] == [
        first["id"]
    ]
    assert client.get("/review/draws", tier="2").status_code == 422


def test_a_draw_with_many_items_is_as_few_queries(api: Any, django_assert_num_queries: Any) -> None:
    draw = drawn(api)
    client = api("alpha", "supervisor")
    client.get(f"/review/draws/{draw['id']}")
    with django_assert_num_queries(6):  # account, savepoint and release, draw, items, trail
        client.get(f"/review/draws/{draw['id']}")
    with bind_schema("t_alpha"):
        assert SampleItem.objects.filter(draw_id=draw["id"]).count() == 2
