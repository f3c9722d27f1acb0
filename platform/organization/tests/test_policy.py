"""Who sees which part of the organisation: nobody more than their grants reach."""

from typing import Any

import pytest

from access.actor import SYSTEM
from organization import selectors
from organization.models import Department, Institution, StaffMember, Ward
from organization.policy import visible_to
from organization.services import save_department, save_ward
from tests.cast import actor_named

pytestmark = pytest.mark.req("S60", "D4")

Shape = dict[str, dict[str, list[str]]]


def shape_of(tree: list[dict[str, Any]]) -> Shape:
    return {i["code"]: {d["code"]: [w["code"] for w in d["wards"]] for d in i["departments"]} for i in tree}


WHOLE: Shape = {
    "H1": {"0301": ["W31"], "0401": ["W41"], "9001": ["D1"]},
    "T1": {"PH": ["TEAM"]},
    "T2": {"PH": ["TEAM"]},
}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("clinician", {"T1": {"PH": ["TEAM"]}}),
        ("other_clinician", {"T2": {"PH": ["TEAM"]}}),
        ("doctor", {"H1": {"0401": ["W41"]}}),
        ("centre", {"H1": {"9001": ["D1"]}}),
        ("supervisor", {"H1": {"0401": ["W41"]}}),
        ("other_supervisor", {"H1": {"0301": ["W31"]}}),
        ("operations", {"H1": WHOLE["H1"]}),
        ("it", WHOLE),
        ("admin", WHOLE),
    ],
)
def test_the_tree_shows_what_the_grants_reach(
    in_alpha: Any, django_assert_num_queries: Any, who: str, expected: Shape
) -> None:
    actor = actor_named(who)
    with django_assert_num_queries(1):
        found = selectors.tree(actor)
    assert shape_of(found) == expected


def test_an_actor_without_grants_sees_nothing(in_alpha: Any) -> None:
    assert selectors.tree(SYSTEM) == []


def test_a_ward_grant_does_not_open_its_neighbours(in_alpha: Any) -> None:
    ortho = Department.objects.get(code="0401")
    save_ward(department=ortho, code="W42", name="骨科二病区")
    assert shape_of(selectors.tree(actor_named("doctor"))) == {"H1": {"0401": ["W41"]}}
    assert shape_of(selectors.tree(actor_named("supervisor"))) == {"H1": {"0401": ["W41", "W42"]}}


def test_an_audited_institution_without_departments_is_still_shown(in_alpha: Any) -> None:
    hospital = Institution.objects.get(code="H1")
    hospital.departments.update(is_active=False)
    assert shape_of(selectors.tree(actor_named("operations"))) == {"H1": {}}


def test_inactive_places_are_left_out(in_alpha: Any) -> None:
    Ward.objects.filter(code="W31").update(is_active=False)
    Department.objects.filter(code="9001").update(is_active=False)
    Institution.objects.filter(code="T2").update(is_active=False)
    assert shape_of(selectors.tree(actor_named("admin"))) == {
        "H1": {"0301": [], "0401": ["W41"]},
        "T1": {"PH": ["TEAM"]},
    }


def test_a_department_without_wards_has_an_empty_list(in_alpha: Any) -> None:
    save_department(institution=Institution.objects.get(code="H1"), code="0501", name="儿科")
    assert shape_of(selectors.tree(actor_named("admin")))["H1"]["0501"] == []


def test_another_model_has_no_rule(in_alpha: Any) -> None:
    with pytest.raises(TypeError, match="StaffMember"):
        visible_to(SYSTEM, StaffMember.objects.all())
