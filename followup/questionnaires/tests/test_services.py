"""Loading signed questionnaires: idempotent by content, all or nothing."""

from copy import deepcopy
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.questionnaires.errors import InvalidDocument
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion
from followup.questionnaires.selectors import get_version, latest_versions
from followup.questionnaires.services import load_documents
from kernel.errors import InvalidInput, NotFound
from trail.models import TrailRow

DOCUMENT: dict[str, Any] = {
    "key": "wound", "title": "伤口随访", "source": ["自编"], "licence": "own",
    "items": [{"link_id": "fever", "type": "single", "text": "有没有发热？", "required": True,
               "options": [{"value": "no", "label": "没有", "level": "E0"},
                           {"value": "yes", "label": "有", "level": "E2"}]}],
}  # fmt: skip


def load(*documents: dict[str, Any]) -> dict[str, int]:
    return load_documents(documents=list(documents), signed_by_name="孙主任", actor=SYSTEM)


def test_an_invalid_document_stores_nothing_at_all(in_alpha) -> None:
    bad = {**deepcopy(DOCUMENT), "key": "bad", "items": []}
    with pytest.raises(InvalidDocument) as caught:
        load(DOCUMENT, bad)
    assert caught.value.status == 422
    assert caught.value.errors[0].pointer.startswith("/1/items")
    assert not Questionnaire.objects.exists()
    with pytest.raises(InvalidDocument):
        load(DOCUMENT, DOCUMENT)


def test_nobody_unnamed_signs(in_alpha) -> None:
    with pytest.raises(InvalidInput):
        load_documents(documents=[DOCUMENT], signed_by_name=" ", actor=SYSTEM)


@pytest.mark.req("S17")
def test_the_same_content_makes_no_new_version(in_alpha) -> None:
    first = load(DOCUMENT)
    reordered = dict(reversed(list(DOCUMENT.items())))
    assert load(reordered) == first
    assert QuestionnaireVersion.objects.count() == 1
    assert TrailRow.objects.filter(action="questionnaires.version.signed").count() == 1


@pytest.mark.req("S17")
@pytest.mark.req("S8")
def test_a_change_makes_a_new_version_and_the_old_one_stays(in_alpha) -> None:
    first = load(DOCUMENT)["wound"]
    changed = {**deepcopy(DOCUMENT), "title": "伤口随访（新）"}
    second = load(changed)["wound"]
    assert second != first
    old, new = get_version(first), get_version(second)
    assert (old.version, old.title, old.document) == (1, "伤口随访", DOCUMENT)
    assert (new.version, new.title, new.state) == (2, "伤口随访（新）", "signed")
    assert QuestionnaireVersion.objects.get(pk=second).signed_by_name == "孙主任"
    assert latest_versions(["wound", "none"]) == {"wound": new}


def test_a_version_of_another_tenant_is_not_there(in_alpha, in_beta) -> None:
    from kernel.tenancy import bind_schema

    with bind_schema("t_alpha"):
        version = load(DOCUMENT)["wound"]
    with pytest.raises(NotFound):
        get_version(version)
