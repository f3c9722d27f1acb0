import gzip
from datetime import date
from typing import Any

import orjson
import pytest

from access.actor import SYSTEM
from followup.programmes.errors import SignerMissing, VersionNotDraft, VersionNotSigned
from followup.programmes.models import ProgrammeStep, ProgrammeVersion
from followup.programmes.selectors import list_active_versions, list_programmes
from followup.programmes.services import activate_version, load_library, save_version, sign_version
from kernel.errors import InvalidInput, NotFound
from kernel.tenancy import bind_schema
from organization.models import Institution
from trail.models import TrailRow

STEP = {"code": "d3", "name": "三天", "day": 3, "window": [-1, 2], "channel": ["T"], "owner": "hospital"}
DOCUMENT: dict[str, Any] = {
    "key": "k", "name": "路径", "kind": "specialty", "criteria": {"field": "age", "op": "gte", "value": 60},
    "steps": [STEP],
}  # fmt: skip
DAY = date(2026, 11, 1)


def save(**changes: Any) -> ProgrammeVersion:
    return save_version(actor=SYSTEM, document={**DOCUMENT, **changes}, starts_on=DAY)


def states() -> list[tuple[int, str]]:
    return list(ProgrammeVersion.objects.order_by("version").values_list("version", "state"))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"key": ""}, "/key"),
        ({"name": None}, "/name"),
        ({"kind": "other"}, "/kind"),
        ({"criteria": {"all": [{"field": "age", "op": "gte"}]}}, "/criteria/all/0"),
        ({"steps": []}, "/steps"),
        ({"steps": [3]}, "/steps/0"),
        ({"steps": [{**STEP, "day": -1}]}, "/steps/0/day"),
        ({"steps": [{**STEP, "window": [1, 2]}]}, "/steps/0/window"),
        ({"steps": [{**STEP, "window": [-1]}]}, "/steps/0/window"),
        ({"steps": [{**STEP, "channel": []}]}, "/steps/0/channel"),
        ({"steps": [{**STEP, "owner": "nobody"}]}, "/steps/0/owner"),
        ({"steps": [{**STEP, "anchor": "birth"}]}, "/steps/0/anchor"),
        ({"steps": [STEP, STEP]}, "/steps/1/code"),
        ({"steps": [{**STEP, "questionnaire": "none"}]}, "/steps/0/questionnaire"),
    ],
)
def test_a_faulty_document_is_refused_at_its_place(
    in_alpha: Any, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        save(**changes)
    assert [e.pointer for e in caught.value.errors] == [pointer]
    assert ProgrammeVersion.objects.count() == 0


@pytest.mark.req("S12")
def test_nothing_goes_live_unsigned(in_alpha: Any) -> None:
    version = save()
    with pytest.raises(VersionNotSigned):
        activate_version(actor=SYSTEM, version_id=version.pk)
    with pytest.raises(SignerMissing):
        sign_version(actor=SYSTEM, version_id=version.pk, signer_name=" ")
    with pytest.raises(NotFound):
        sign_version(actor=SYSTEM, version_id=0, signer_name="王主任")
    sign_version(actor=SYSTEM, version_id=version.pk, signer_name="王主任")
    with pytest.raises(VersionNotDraft):
        sign_version(actor=SYSTEM, version_id=version.pk, signer_name="别人")
    assert list_active_versions() == []
    activate_version(actor=SYSTEM, version_id=version.pk)
    (plan,) = list_active_versions()
    assert (plan.key, plan.version, plan.starts_on, plan.criteria_text) == (
        "k",
        1,
        DAY,
        ("年龄不小于 60 岁",),
    )
    assert [(s.code, s.day, s.window_before, s.window_after, s.channel) for s in plan.steps] == [
        ("d3", 3, 1, 2, "T")
    ]
    actions = (
        TrailRow.objects.filter(object_type="programme_version")
        .order_by("pk")
        .values_list("action", flat=True)
    )
    assert list(actions) == [
        "programmes.version.saved", "programmes.version.signed", "programmes.version.activated",
    ]  # fmt: skip


def test_the_digest_decides_about_a_new_version_and_the_old_one_retires(in_alpha: Any) -> None:
    def live(**changes: Any) -> ProgrammeVersion:
        version = save(**changes)
        if version.state == "draft":
            sign_version(actor=SYSTEM, version_id=version.pk, signer_name="王主任")
            activate_version(actor=SYSTEM, version_id=version.pk)
        return version

    first = live()
    assert live().pk == first.pk
    live(steps=[{**STEP, "day": 4}])
    assert states() == [(1, "retired"), (2, "active")]
    assert ProgrammeStep.objects.get(version=first).day == 3


@pytest.mark.req("S12")
def test_the_library_loads_once_and_stays(in_alpha: Any) -> None:
    first = load_library(actor=SYSTEM, signer_name="王主任", starts_on=DAY)
    assert {"hypertension", "joint_replacement", "inpatient_satisfaction"} <= set(first)
    assert {p.id for p in list_active_versions()} == set(first.values())
    steps = [step for plan in list_active_versions() for step in plan.steps]
    assert all(bool(step.questionnaire_version_id) == (step.kind == "follow_up") for step in steps)
    ProgrammeVersion.objects.filter(pk=first["hypertension"]).update(state="paused")
    assert load_library(actor=SYSTEM, signer_name="别人") == first
    assert ProgrammeVersion.objects.get(pk=first["hypertension"]).state == "paused"


@pytest.mark.req("S7", "S18", "S28")
def test_a_row_tells_what_is_in_work_beside_what_runs(in_alpha: Any, api: Any) -> None:
    version = save()
    sign_version(actor=SYSTEM, version_id=version.pk, signer_name="王主任")
    activate_version(actor=SYSTEM, version_id=version.pk)
    centre = api("alpha", "centre")
    (row,) = centre.get("/programmes").json()["items"]
    assert (row["signed_by_name"], row["is_inherited"], row["open_versions"]) == ("王主任", True, [])
    assert (row["lines"][0]["signed_by_name"], row["lines"][0]["signed_at"]) == ("王主任", row["signed_at"])
    county = centre.post(f"/programmes/{row['id']}/drafts").json()
    with bind_schema(in_alpha.schema_name):
        clinic = str(Institution.objects.get(code="T1").pk)
        ProgrammeVersion.objects.filter(pk=county["id"]).update(state="signed")
    local = {"institution_id": clinic, "local_reason": "本院无心电图室"}
    draft = centre.post(f"/programmes/{row['id']}/drafts", local).json()
    (row,) = centre.get("/programmes").json()["items"]
    assert (row["version"], row["state"], row["is_inherited"]) == (1, "active", True)
    assert [
        (v["version_id"], v["version"], v["state"], v["institution_id"], v["edited_by_name"])
        for v in row["open_versions"]
    ] == [(draft["id"], 3, "draft", clinic, "周护士"), (county["id"], 2, "signed", None, "周护士")]
    assert row["open_versions"][0]["edited_at"] == draft["updated_at"]
    assert [(line["version"], line["edited_by_name"], line["signed_at"]) for line in row["lines"]][1] == (
        3, "周护士", None,
    )  # fmt: skip
    with bind_schema(in_alpha.schema_name):
        ProgrammeVersion.objects.filter(pk=draft["id"]).update(state="paused")
        later = save(steps=[{**STEP, "day": 9}])
        sign_version(actor=SYSTEM, version_id=later.pk, signer_name="王主任")
        activate_version(actor=SYSTEM, version_id=later.pk)
    (row,) = centre.get("/programmes").json()["items"]
    assert [step["day"] for step in row["axis"]] == [9]
    # The signed version has been overtaken; the institution's line keeps its discharges away while it pauses.
    assert (row["version"], row["open_versions"], row["is_inherited"]) == (4, [], False)


def test_a_list_costs_one_query_however_many_there_are(in_alpha: Any, django_assert_num_queries: Any) -> None:
    load_library(actor=SYSTEM, signer_name="王主任", starts_on=DAY)
    with django_assert_num_queries(1):
        rows = list_programmes()
    assert len(rows) > 20
    assert all(row["steps"] == len(row["axis"]) > 0 for row in rows)
    body = orjson.dumps(rows)
    # What every visit of the list and the library fetches, and every later one fetches again.
    assert len(body) / len(rows) < 2_000
    assert len(gzip.compress(body, 5)) < 8_000


def test_who_may_not_see_programmes(in_alpha: Any, api: Any) -> None:
    assert api("alpha").get("/programmes").status_code == 401
    for who in ("it",):
        assert api("alpha", who).get("/programmes").status_code == 403


def test_list_and_detail(in_alpha: Any, api: Any, django_assert_num_queries: Any) -> None:
    for key in ("a", "b"):
        version = save(key=key, name=f"路径{key}")
        sign_version(actor=SYSTEM, version_id=version.pk, signer_name="王主任")
        activate_version(actor=SYSTEM, version_id=version.pk)
    save(
        key="b", name="路径b", steps=[STEP, {**STEP, "code": "d9", "day": 9}]
    )  # a draft does not hide the active one
    client = api("alpha", "admin")
    body = client.get("/programmes").json()
    assert [(r["key"], r["version"], r["state"], r["steps"], r["enrolled"]) for r in body["items"]] == [
        ("a", 1, "active", 1, 0), ("b", 1, "active", 1, 0),
    ]  # fmt: skip
    assert body["items"][0]["criteria_text"] == ["年龄不小于 60 岁"]
    assert body["items"][0]["axis"] == [
        {
            "anchor": "discharge", "day": 3, "window_before": 1, "window_after": 2, "kind": "follow_up",
            "channel": "T", "owner": "hospital", "repeat_every": None,
        }
    ]  # fmt: skip
    detail = client.get(f"/programmes/{body['items'][1]['id']}").json()
    assert detail["criteria"] == DOCUMENT["criteria"]
    assert detail["signed_by_name"] == "王主任"
    assert [(s["code"], s["channels"], s["questionnaire_title"]) for s in detail["step_list"]] == [
        ("d3", ["T"], None)
    ]
    assert client.get("/programmes?x=1").status_code == 422
    assert client.get("/programmes/abc").status_code == 422
    assert client.get("/programmes/999999").status_code == 404
    other = api("beta", "admin")
    assert other.get("/programmes").json() == {"items": []}
    assert other.get(f"/programmes/{body['items'][1]['id']}").status_code == 404
    with bind_schema(in_alpha.schema_name), django_assert_num_queries(1):
        list_programmes()
