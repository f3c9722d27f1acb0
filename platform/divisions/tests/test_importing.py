"""A county's list over HTTP: previewed, applied, discarded; who may, what stays untouched, who hears of it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from divisions.models import AdminDivision, DivisionImport
from kernel.models import Job, OutboxEvent
from kernel.tenancy import bind_schema
from trail.models import TrailRow

pytestmark = pytest.mark.req("D2", "D6", "C17")

HEAD = "code,name,parent,type,valid_from,valid_to,replaced_by\n"
DONGSHI, CAODIAN = "420583104000", "420583104204"
# 董市镇 renamed; 曹店村 goes into 高家村 (there already); a new village.
GOOD = (
    HEAD + "420583104,董市街道,420583,镇,,,\n"
    "420583104204,曹店村村民委员会,420583104,村委会,,2026-03-01,420583104203\n"
    "420583104299,新立村村民委员会,420583104,,2026-03-01,,\n"
)  # fmt: skip


@pytest.fixture(autouse=True)
def on_a_day(at: Any) -> Iterator[None]:
    with at("2026-11-20 09:30"):
        yield


def upload(
    client: Any, text: str | bytes = GOOD, *, as_of: str = "2026-10-01", source: str = "县公安局"
) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("枝江市.csv", raw, "text/csv")
    return client.client.post("/api/v1/divisions/imports", {"file": file, "source": source, "as_of": as_of})


def name_of(code: str) -> str:
    return AdminDivision.objects.values_list("name", flat=True).get(pk=code)


@pytest.mark.parametrize("who", ["clinician", "doctor", "centre", "operations", "it", "supervisor"])
def test_only_who_keeps_the_list_may(api: Any, who: str) -> None:
    client = api("alpha", who)
    assert upload(client).status_code == 403
    assert client.get("/divisions/imports").status_code == 403
    assert client.get("/divisions/imports/1").status_code == 403
    assert client.post("/divisions/imports/1/apply", {"fingerprint": "x"}).status_code == 403
    assert client.post("/divisions/imports/1/discard").status_code == 403
    assert not DivisionImport.objects.exists()


def test_a_hospital_keeps_no_county_and_a_bureau_without_one_neither(api: Any) -> None:
    from tenants.registry.models import BureauMembership

    answer = upload(api("beta", "admin"))
    assert (answer.status_code, answer.json()["code"]) == (403, "no_own_county")
    assert api("beta", "admin").get("/divisions/imports").json()["items"] == []
    with bind_schema("public"):
        BureauMembership.objects.all().delete()
    assert upload(api("public", "bureau")).json()["code"] == "no_own_county"


def test_a_preview_changes_nothing_and_says_what_would(api: Any) -> None:
    before = list(AdminDivision.objects.order_by("code").values_list())
    answer = upload(api("alpha", "admin"))
    made = answer.json()
    assert answer.status_code == 201
    assert (made["state"], made["problems"]) == ("previewed", [])
    report = made["report"]
    assert {key: report[key] for key in report if key != "rows" and report[key]} == {
        "added": 1, "renamed": 1, "merged": 1, "absent": report["absent"]
    }  # fmt: skip
    assert report["absent"] == 231 - 2  # 9 townships and 222 villages, two of them in the list
    assert [(row["kind"], row["code"], row["was"]) for row in report["rows"]] == [
        ("renamed", DONGSHI, "董市镇"), ("merged", CAODIAN, "曹店村村民委员会"), ("added", "420583104299", ""),
    ]  # fmt: skip
    assert report["rows"][1]["to"][0].startswith("420583104203 ")
    assert list(AdminDivision.objects.order_by("code").values_list()) == before
    assert not OutboxEvent.objects.filter(type="divisions.changed").exists()


def test_applying_ends_renames_adds_and_tells_every_tenant(api: Any) -> None:
    count = AdminDivision.objects.count()
    client = api("alpha", "admin")
    made = upload(client).json()
    done = client.post(f"/divisions/imports/{made['id']}/apply", {"fingerprint": made["fingerprint"]})
    assert (done.status_code, done.json()["state"], done.json()["closed_by_name"]) == (
        200,
        "applied",
        "管理员",
    )
    assert name_of(DONGSHI) == "董市街道"
    ended = AdminDivision.objects.get(pk=CAODIAN)
    assert (ended.valid_to, ended.replaced_by) == (date(2026, 3, 1), "420583104203")
    assert AdminDivision.objects.count() == count + 1, "nothing is deleted"
    for schema in ("t_alpha", "t_beta"):
        with bind_schema(schema):
            [event] = OutboxEvent.objects.filter(type="divisions.changed")
            assert event.payload == {"codes": [DONGSHI, CAODIAN, "420583104299"]}
            assert Job.objects.filter(key__startswith=f"event:{event.pk}:").count() == 1
    with bind_schema("t_alpha"):
        actions = TrailRow.objects.filter(object_type="division_import").order_by("pk")
        assert [row.action for row in actions] == ["divisions.import.previewed", "divisions.import.applied"]
        assert actions[0].detail["sha256"] == made["file_sha256"]
    kept = DivisionImport.objects.get()
    assert (kept.rows, kept.made_by_name, kept.source) == ([], "管理员", "县公安局")
    again = client.post(f"/divisions/imports/{made['id']}/apply", {"fingerprint": made["fingerprint"]})
    assert (again.status_code, again.json()["code"]) == (409, "import_closed")


def test_the_same_list_again_changes_nothing_and_tells_nobody(api: Any) -> None:
    client = api("alpha", "admin")
    for number in (1, 2):
        made = upload(client).json()
        client.post(f"/divisions/imports/{made['id']}/apply", {"fingerprint": made["fingerprint"]})
        assert made["report"]["unchanged"] == (0 if number == 1 else 3)
    with bind_schema("t_alpha"):
        assert OutboxEvent.objects.filter(type="divisions.changed").count() == 1


def test_a_list_that_moved_meanwhile_is_412(api: Any) -> None:
    client = api("alpha", "admin")
    made = upload(client).json()
    wrong = client.post(f"/divisions/imports/{made['id']}/apply", {"fingerprint": "0" * 64})
    assert (wrong.status_code, wrong.json()["code"]) == (412, "division_list_moved")
    AdminDivision.objects.filter(pk="420583105000").update(name="仙女街道")
    moved = client.post(f"/divisions/imports/{made['id']}/apply", {"fingerprint": made["fingerprint"]})
    assert (moved.status_code, moved.json()["code"]) == (412, "division_list_moved")
    assert name_of(DONGSHI) == "董市镇"
    assert client.get(f"/divisions/imports/{made['id']}").json()["state"] == "previewed"


def test_a_list_with_problems_is_told_by_line_and_cannot_be_applied(api: Any) -> None:
    client = api("alpha", "admin")
    made = upload(client, GOOD + "420583109201,无镇村,,,,,\n420881104,石牌镇,,,,,\n").json()
    assert [(each["line"], each["pointer"], each["code"]) for each in made["problems"]] == [
        (5, "/lines/5/parent", "orphan"), (6, "/lines/6/code", "outside_county"),
    ]  # fmt: skip
    assert (made["fingerprint"], made["report"]["rows"]) == ("", [])
    answer = client.post(
        f"/divisions/imports/{made['id']}/apply", {"fingerprint": made["fingerprint"] or "x"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "import_has_problems")
    assert name_of(DONGSHI) == "董市镇"


def test_an_older_list_turns_nothing_back(api: Any) -> None:
    client = api("alpha", "admin")
    first = upload(client, HEAD + "420583104,董市街道,,,,,\n").json()
    client.post(f"/divisions/imports/{first['id']}/apply", {"fingerprint": first["fingerprint"]})
    second = upload(client, HEAD + "420583104,董市镇,,,,,\n", as_of="2025-01-01").json()
    assert second["report"]["kept"] == 1
    client.post(f"/divisions/imports/{second['id']}/apply", {"fingerprint": second["fingerprint"]})
    assert name_of(DONGSHI) == "董市街道"


def test_a_split_keeps_all_successors_and_no_single_one(api: Any) -> None:
    client = api("alpha", "admin")
    text = HEAD + (
        "420583104204,曹店村村民委员会,,,,2026-03-01,420583104298;420583104299\n"
        "420583104298,曹店一村村民委员会,,,,,\n420583104299,曹店二村村民委员会,,,,,\n"
    )
    made = upload(client, text.encode("gb18030")).json()
    assert (made["report"]["split"], made["report"]["added"]) == (1, 2)
    client.post(f"/divisions/imports/{made['id']}/apply", {"fingerprint": made["fingerprint"]})
    row = AdminDivision.objects.get(pk=CAODIAN)
    assert (row.replaced_by, row.split_into) == (None, ["420583104298", "420583104299"])


def test_discarding_and_a_new_preview_in_place_of_the_old(api: Any) -> None:
    client = api("alpha", "admin")
    first, second = upload(client).json(), upload(client).json()
    states = {row["id"]: row["state"] for row in client.get("/divisions/imports").json()["items"]}
    assert states == {first["id"]: "discarded", second["id"]: "previewed"}
    done = client.post(f"/divisions/imports/{second['id']}/discard")
    assert (done.status_code, done.json()["state"]) == (200, "discarded")
    assert client.post(f"/divisions/imports/{second['id']}/discard").status_code == 409


def test_the_bureau_keeps_the_list_of_its_county_too(api: Any) -> None:
    mine = upload(api("alpha", "admin")).json()
    client = api("public", "bureau")
    assert [row["id"] for row in client.get("/divisions/imports").json()["items"]] == [mine["id"]]
    made = upload(client, HEAD + "420583105,仙女街道,,,,,\n").json()
    done = client.post(f"/divisions/imports/{made['id']}/apply", {"fingerprint": made["fingerprint"]})
    assert done.status_code == 200
    assert name_of("420583105000") == "仙女街道"
    with bind_schema("t_beta"):
        assert OutboxEvent.objects.filter(type="divisions.changed").count() == 1


def test_another_county_sees_none_of_it(api: Any) -> None:
    from tenants.registry.models import HealthBureau

    mine = upload(api("alpha", "admin")).json()
    with bind_schema("public"):
        HealthBureau.objects.update(division_code="420582000000")
    client = api("public", "bureau")
    assert client.get("/divisions/imports").json()["items"] == []
    assert client.get(f"/divisions/imports/{mine['id']}").status_code == 404
    body = {"fingerprint": mine["fingerprint"]}
    assert client.post(f"/divisions/imports/{mine['id']}/apply", body).status_code == 404
    assert client.post(f"/divisions/imports/{mine['id']}/discard").status_code == 404
    assert upload(client).json()["problems"][0]["code"] == "outside_county"


def test_a_tenants_role_reads_the_list_and_writes_neither_it_nor_imports(in_alpha: Any) -> None:
    assert AdminDivision.objects.filter(pk=DONGSHI).exists()
    for statement in (
        "UPDATE public.divisions_admindivision SET name = name",
        "SELECT 1 FROM public.divisions_divisionimport",
        "DELETE FROM public.divisions_divisionimport",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("raw", "fields", "status"),
    [
        (b"x" * (1024 * 1024 + 1), {}, 413),
        (b"", {}, 422),
        (GOOD.encode(), {"as_of": "gestern"}, 422),
        (GOOD.encode(), {"source": ""}, 422),
    ],
)
def test_what_is_no_upload(api: Any, raw: bytes, fields: dict[str, str], status: int) -> None:
    assert upload(api("alpha", "admin"), raw, **fields).status_code == status
    assert not DivisionImport.objects.exists()


class TestTree:
    def test_whole_county_in_one_answer(self, api: Any, django_assert_max_num_queries: Any) -> None:
        client = api("alpha", "clinician")
        tree = client.get("/divisions/tree").json()
        assert (tree["county"]["name"], len(tree["townships"])) == ("枝江市", 9)
        assert sum(len(town["villages"]) for town in tree["townships"]) == 222
        assert (tree["as_of"], tree["source"]) == ("2023-06-30", "china-division 2.7.0")
        town = next(town for town in tree["townships"] if town["code"] == DONGSHI)
        assert {"code": CAODIAN, "name": "曹店村村民委员会", "kind": "village"} in town["villages"]

    def test_one_query(self, db: None, django_assert_num_queries: Any) -> None:
        from divisions.selectors import county_tree

        with django_assert_num_queries(1):
            county_tree("420583")

    def test_what_is_no_county(self, api: Any) -> None:
        client = api("beta", "doctor")
        assert client.get("/divisions/tree", county="420881").json()["county"]["name"] == "钟祥市"
        assert client.get("/divisions/tree").status_code == 404  # a hospital has none of its own
        assert client.get("/divisions/tree", county="420583104").status_code == 422
        assert client.get("/divisions/tree", county="x").status_code == 422
        assert client.get("/divisions/tree", county="429999").status_code == 404
        assert api("alpha").get("/divisions/tree").status_code == 401
