"""A programme or a local line that begins as a copy."""

from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import ProgrammeVersion
from followup.programmes.services import save_version
from followup.programmes.tests.kit import DAY, document, load_references, make_live, step
from kernel.tenancy import bind_schema
from organization.models import Institution

pytestmark = pytest.mark.req("S18")


@pytest.fixture
def centre(in_alpha: Any, api: Any) -> Any:
    load_references()
    return api("alpha", "centre")


def test_a_copys_faults_stand_at_what_was_asked_for(centre: Any) -> None:
    source = str(make_live().pk)
    refused = centre.post("/programmes", {"from_version_id": source, "key": "a b"})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/key"]
    refused = centre.post("/programmes", {"from_version_id": source, "key": "heart"})
    assert (refused.status_code, refused.json()["code"]) == (409, "key_taken")
    made = centre.post("/programmes", {"from_version_id": source, "key": "heart2"})
    assert (made.status_code, made.json()["name"]) == (201, "心脏随访（副本）")


def test_an_unfinished_draft_can_be_copied(centre: Any) -> None:
    unfinished = {
        key: value for key, value in document(steps=[step(questionnaire=None)]).items() if key != "source"
    }
    draft = save_version(actor=SYSTEM, document=unfinished, starts_on=DAY)
    made = centre.post("/programmes", {"from_version_id": str(draft.pk), "key": "heart2"})
    assert (made.status_code, made.json()["state"]) == (201, "draft")


def test_a_local_line_is_not_taken_from_a_draft_that_may_be_thrown_away(centre: Any) -> None:
    county = make_live()
    clinic = str(Institution.objects.get(code="T1").pk)
    draft = centre.post(f"/programmes/{county.programme_id}/drafts", {}).json()
    body = {"institution_id": clinic, "local_reason": "本院无心电图室", "from_version_id": draft["id"]}
    refused = centre.post(f"/programmes/{county.programme_id}/drafts", body)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/from_version_id", "not_signed")
    body["from_version_id"] = str(county.pk)
    local = centre.post(f"/programmes/{county.programme_id}/drafts", body)
    assert (local.status_code, local.json()["base_version_id"]) == (201, str(county.pk))
    assert centre.send("DELETE", f"/programme-versions/{draft['id']}").status_code == 204
    with bind_schema("t_alpha"):
        assert ProgrammeVersion.objects.count() == 2
