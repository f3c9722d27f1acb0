"""What a change of areas ends and begins, without a database."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.catchments.rules.planning import Move, PlacedRow, Plan, find_nested, plan_change

pytestmark = pytest.mark.req("D2")

FROM_ON = date(2026, 12, 1)
TOWNSHIP, VILLAGE, OTHER = "420583106000", "420583106201", "420583106202"


def held(pk: int, code: str, institution: int, **values: Any) -> PlacedRow:
    return PlacedRow(
        **{
            "table": "catchment", "id": pk, "division_code": code, "institution_id": institution,
            "holder": f"机构{institution}", "valid_from": date(2026, 1, 1), "valid_to": None, **values,
        }
    )  # fmt: skip


def named(pk: int, code: str, institution: int, staff: int, **values: Any) -> PlacedRow:
    return held(pk, code, institution, table="clinician_area", staff_id=staff, ward_id=institution, **values)


def told(plan: Plan) -> list[tuple[str, str, int | None, int | None]]:
    """(table, place, number of the row that ends, who begins)"""
    return [
        (
            step.table, step.division_code, step.ends.id if step.ends else None,
            (step.begins.get("institution_id") or step.begins.get("staff_id")) if step.begins else None,
        )
        for step in plan.steps
    ]  # fmt: skip


def test_a_township_goes_over_with_what_the_loser_held_inside() -> None:
    rows = [
        held(1, TOWNSHIP, 1), held(2, VILLAGE, 1), held(3, OTHER, 3), named(4, VILLAGE, 1, 11), named(5, OTHER, 3, 13),
    ]  # fmt: skip
    plan = plan_change([Move((TOWNSHIP,), 2)], rows, {TOWNSHIP: 1}, FROM_ON)
    assert told(plan) == [
        ("catchment", TOWNSHIP, 1, 2), ("catchment", VILLAGE, 2, None), ("clinician_area", VILLAGE, 4, None),
    ]  # fmt: skip
    assert [row.id for row in plan.kept] == [3]


def test_a_village_without_a_row_of_its_own_gets_one() -> None:
    plan = plan_change([Move((VILLAGE,), 2)], [], {VILLAGE: 1}, FROM_ON)
    assert told(plan) == [("catchment", VILLAGE, None, 2)]


def test_who_has_it_already_keeps_it() -> None:
    assert told(plan_change([Move((VILLAGE,), 1)], [], {VILLAGE: 1}, FROM_ON)) == []
    rows = [held(1, VILLAGE, 2)]
    assert told(plan_change([Move((VILLAGE,), 2)], rows, {VILLAGE: 2}, FROM_ON)) == []


def test_a_clinician_takes_over_from_another_one_of_the_same_house() -> None:
    rows = [held(1, TOWNSHIP, 1), named(2, VILLAGE, 1, 11), named(3, VILLAGE, 1, 12)]
    move = Move((VILLAGE,), 1, to_ward_id=1, to_staff_id=12)
    assert told(plan_change([move], rows, {VILLAGE: 1}, FROM_ON)) == [("clinician_area", VILLAGE, 2, None)]
    move = Move((VILLAGE,), 1, to_ward_id=1, to_staff_id=13)
    assert told(plan_change([move], rows, {VILLAGE: 1}, FROM_ON)) == [
        ("clinician_area", VILLAGE, 2, 13), ("clinician_area", VILLAGE, 3, None),
    ]  # fmt: skip


def test_a_row_that_begins_later_is_in_the_way() -> None:
    rows = [held(1, TOWNSHIP, 1), held(2, VILLAGE, 1, valid_from=FROM_ON)]
    plan = plan_change([Move((TOWNSHIP,), 2)], rows, {TOWNSHIP: 1}, FROM_ON)
    assert told(plan) == []
    assert [(c.division_code, "2026-12-01" in c.message) for c in plan.conflicts] == [(VILLAGE, True)]


def test_what_the_receiver_begins_inside_later_is_not_in_the_way() -> None:
    rows = [
        held(1, TOWNSHIP, 1),
        held(2, VILLAGE, 2, valid_from=FROM_ON),
        named(3, VILLAGE, 2, 12, valid_from=FROM_ON),
    ]
    plan = plan_change([Move((TOWNSHIP,), 2)], rows, {TOWNSHIP: 1}, FROM_ON)
    assert (told(plan), plan.conflicts) == ([("catchment", TOWNSHIP, 1, 2)], [])
    named_too = Move((TOWNSHIP,), 2, to_ward_id=2, to_staff_id=14)
    assert [c.division_code for c in plan_change([named_too], rows, {TOWNSHIP: 1}, FROM_ON).conflicts] == [
        VILLAGE
    ]


def test_a_place_inside_another_is_found() -> None:
    assert find_nested([VILLAGE, "420583108000", TOWNSHIP]) == (TOWNSHIP, VILLAGE)
    assert find_nested([VILLAGE, VILLAGE]) == (VILLAGE, VILLAGE)
    assert find_nested([VILLAGE, OTHER, "420583108000"]) is None


places = st.sampled_from([TOWNSHIP, VILLAGE, OTHER, "420583108000", "420583108201"])


@given(
    st.dictionaries(places, st.integers(1, 4), max_size=5),
    st.lists(st.tuples(places, st.integers(1, 4), st.integers(10, 14)), max_size=6),
    places,
    st.integers(1, 4),
)
def test_afterwards_the_place_is_the_receivers_and_every_row_ends_once(
    owners: dict[str, int], doctors: list[tuple[str, int, int]], code: str, target: int
) -> None:
    rows = [held(n, place, who) for n, (place, who) in enumerate(owners.items(), 1)]
    rows += [named(n, place, house, who) for n, (place, house, who) in enumerate(doctors, 100)]
    township = code[:9] + "000"
    loser = owners.get(code) or owners.get(township)
    plan = plan_change([Move((code,), target)], rows, {code: loser}, FROM_ON)
    ends = [(step.table, step.ends.id) for step in plan.steps if step.ends is not None]
    assert len(ends) == len(set(ends))
    after = dict(owners)
    for step in plan.steps:
        if step.table == "catchment":
            if step.ends is not None:
                after.pop(step.division_code)
            if step.begins is not None:
                assert step.division_code not in after
                after[step.division_code] = step.begins["institution_id"]
    assert (after.get(code) or after.get(township)) == target
    inside = code.removesuffix("000")
    lost = [place for place, who in after.items() if place.startswith(inside) and who == loser != target]
    assert lost == []
