"""Every failure leaves as one shape, in Chinese, with the request's id, and tells nothing of the inside."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.cast import ApiClient

pytestmark = pytest.mark.req("C16")

KEYS = {"type", "title", "status", "code", "detail", "request_id", "errors"}


@pytest.fixture(autouse=True)
def doors(settings: Any, db: None) -> None:
    settings.ROOT_URLCONF = "kernel.tests.urls_problems"


def read(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert set(body) >= KEYS
    assert (body["status"], body["type"]) == (status, "about:blank")
    assert body["request_id"] == answer.headers["X-Request-Id"] != ""
    assert re.search(r"[一-鿿]", body["title"])
    return body


@pytest.mark.parametrize(
    ("kind", "status", "code", "detail"),
    [
        ("not_found", 404, "not_found", "未找到，或不在您的查看范围内"),
        ("http404", 404, "not_found", "未找到，或不在您的查看范围内"),
        ("not_allowed", 403, "not_allowed", "不是您的病区"),
        ("django_denied", 403, "not_allowed", "您没有此项操作的权限"),
        ("drf_denied", 403, "not_allowed", "页面已过期"),
        ("drf_unauthenticated", 401, "not_authenticated", "请先登录"),
        ("version_changed", 412, "version_changed", "内容已被他人修改，请刷新后再试"),
        ("invalid", 422, "invalid_input", "两处有误"),
        ("throttled", 429, "too_many_requests", "操作过于频繁，请稍后再试"),
        ("not_acceptable", 406, "not_acceptable", "无法以所要求的格式返回"),
        ("crash", 500, "server_error", "系统出错，请稍后重试；如仍出现，请把请求编号告诉管理员"),
    ],
)
def test_each_kind_of_failure(kind: str, status: int, code: str, detail: str) -> None:
    answer = ApiClient("alpha").get(f"/fail/{kind}")
    body = read(answer, status)
    assert (body["code"], body["detail"]) == (code, detail)
    for secret in (b"ZeroDivision", b"420583194910010030", b"secret", b"Traceback"):
        assert secret not in answer.content


def test_extra_facts_and_field_errors_travel() -> None:
    assert read(ApiClient("alpha").get("/fail/version_changed"), 412)["version"] == 7
    assert read(ApiClient("alpha").get("/fail/invalid"), 422)["errors"] == [
        {"pointer": "/a/0", "code": "x", "message": "甲"},
        {"pointer": "?b", "code": "y", "message": "乙"},
    ]


def test_a_method_that_the_address_does_not_have() -> None:
    answer = ApiClient("alpha").send("DELETE", "/take")
    assert read(answer, 405)["code"] == "method_not_allowed"
    assert sorted(answer.headers["Allow"].split(", ")) == ["OPTIONS", "POST"]


@pytest.mark.parametrize("path", ["/nothing", "/take/", "/fail", "/show/1/2"])
def test_an_address_that_does_not_exist(path: str) -> None:
    assert read(ApiClient("alpha").get(path), 404)["code"] == "not_found"


def test_a_body_that_is_no_json() -> None:
    client = ApiClient("alpha").client
    for body in ("{", "[1,", "\xff", '{"name": NaN}'):
        answer = client.post("/api/v1/take", body, content_type="application/json")
        assert read(answer, 400)["code"] == "unreadable", body


def test_a_body_of_another_kind() -> None:
    client = ApiClient("alpha").client
    for kind in ("text/xml", "application/x-www-form-urlencoded", "text/plain"):
        answer = client.post("/api/v1/take", "name=x", content_type=kind)
        assert read(answer, 415)["code"] == "unsupported_media_type", kind


def test_nested_errors_have_pointers_into_the_body() -> None:
    body = {"phones": [{"number": "1"}, {"number": "123456"}, {}], "address": {"number": None}}
    found = read(ApiClient("alpha").post("/take", body), 422)
    assert {(e["pointer"], e["code"]) for e in found["errors"]} == {
        ("/name", "required"),
        ("/phones/1/number", "max_length"),
        ("/phones/2/number", "required"),
        ("/address/number", "null"),
    }
    whole = {"name": "两难", "phones": [], "address": {"number": "1"}}
    assert read(ApiClient("alpha").post("/take", whole), 422)["errors"] == [
        {"pointer": "/", "code": "mismatch", "message": "姓名与电话不符"}
    ]


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object(body: Any) -> None:
    answer = ApiClient("alpha").client.post("/api/v1/take", json.dumps(body), content_type="application/json")
    assert read(answer, 422)["errors"][0]["pointer"] == "/"


@pytest.mark.parametrize("text", ["x", "-1", "1.0", "1e3", "²", "１", "0" * 19, " 1", "1%00"])
def test_an_id_is_digits(text: str) -> None:
    assert read(ApiClient("alpha").get(f"/show/{text}"), 422)["errors"][0]["code"] == "invalid_id"


def test_an_unknown_parameter_is_named_with_the_known_ones() -> None:
    found = read(ApiClient("alpha").get("/show/1", limt=5), 422)
    assert found["errors"] == [
        {"pointer": "?limt", "code": "unknown_parameter", "message": "不认识的查询参数 limt；可用：limit"}
    ]
    assert ApiClient("alpha").get("/show/1", limit=5).json() == {"id": 1, "tenant": True}


def test_a_body_that_is_too_large(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100  # as read() and Django see it; kernel.api keeps its own copy
    large = {"name": "x" * (11 * 1024 * 1024), "phones": [], "address": {"number": "1"}}
    assert read(ApiClient("alpha").post("/take", large), 413)["code"] == "too_large"
    keyed = ApiClient("alpha").post("/take", {"name": "x" * 200}, **{"Idempotency-Key": "key-1"})
    assert read(keyed, 413)["code"] == "too_large"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abcdefgh", True), ("A.b_c-1234", True), ("x" * 64, True),
        ("short", False), ("x" * 65, False), ("abcdefgh ijk", False), ("<script>", False), ("", False),
    ],
)  # fmt: skip
def test_a_sensible_request_id_is_kept_and_any_other_replaced(given: str, kept: bool) -> None:
    answer = Client(headers={"host": "alpha.test"}).get(
        "/api/v1/fail/not_found", headers={"X-Request-Id": given}
    )
    used = answer.headers["X-Request-Id"]
    assert read(answer, 404)["request_id"] == used
    assert (used == given) is kept
    if not kept:
        assert re.fullmatch(r"[0-9a-f]{32}", used)


def test_a_success_has_its_own_request_id_each_time() -> None:
    client = ApiClient("alpha")
    assert len({client.get("/show/1").headers["X-Request-Id"] for _ in range(3)}) == 3
