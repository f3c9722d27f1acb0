from typing import Any

import pytest

pytestmark = pytest.mark.req("S60")


def test_a_stranger_is_asked_to_log_in(api: Any) -> None:
    answer = api("alpha").get("/organization/tree")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_an_unknown_parameter_is_refused(api: Any) -> None:
    answer = api("alpha", "clinician").get("/organization/tree", depth="2")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "?depth"


def test_the_supervisors_tree(api: Any, django_assert_max_num_queries: Any) -> None:
    client = api("alpha", "supervisor")
    client.get("/organization/tree")
    with django_assert_max_num_queries(2) as queries:
        answer = client.get("/organization/tree")
    # The account with its grants, and the tree.
    assert len(queries) == 2
    (hospital,) = answer.json()["items"]
    (department,) = hospital["departments"]
    (ward,) = department["wards"]
    assert hospital == {
        "id": hospital["id"], "code": "H1", "name": "人民医院", "kind": "hospital", "is_lead": True,
        "division_code": "420583001000", "departments": [department],
    }  # fmt: skip
    assert department == {
        "id": department["id"],
        "code": "0401",
        "name": "骨科",
        "kind": "clinical",
        "wards": [ward],
    }
    assert ward == {"id": ward["id"], "code": "W41", "name": "骨科一病区", "kind": "inpatient"}
    assert hospital["id"].isdigit()


def test_each_tenant_sees_its_own_tree(api: Any) -> None:
    from kernel.tenancy import bind_schema
    from organization.models import Institution

    with bind_schema("t_beta"):
        Institution.objects.filter(code="H1").update(name="宜昌医院")
    assert api("beta", "admin").get("/organization/tree").json()["items"][0]["name"] == "宜昌医院"
    assert api("alpha", "admin").get("/organization/tree").json()["items"][0]["name"] == "人民医院"
