from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.catchments.contracts import Area, NamedClinician
from community.catchments.rules import (
    choose_clinician,
    choose_institution,
    codes_upward,
    compete,
    do_overlap,
    is_valid_on,
)

pytestmark = pytest.mark.req("D2", "C17")

DAY = date(2026, 11, 20)
VILLAGE, TOWNSHIP, COUNTY = "420583106201", "420583106000", "420583000000"


def area(institution_id: int, code: str, *, primary: bool = True, **values: Any) -> Area:
    return Area(
        **{
            "institution_id": institution_id, "institution_name": f"机构{institution_id}", "division_code": code,
            "is_primary": primary, "valid_from": date(2026, 1, 1), "valid_to": None, **values,
        }
    )  # fmt: skip


def clinician(staff_id: int, code: str, *, institution_id: int = 1, **values: Any) -> NamedClinician:
    return NamedClinician(
        **{
            "staff_id": staff_id, "staff_name": f"医生{staff_id}", "institution_id": institution_id,
            "department_id": 1, "ward_id": 1, "division_code": code, "valid_from": date(2026, 1, 1),
            "valid_to": None, **values,
        }
    )  # fmt: skip


def chosen(*areas: Area, code: str = VILLAGE) -> int | None:
    found = choose_institution(areas, code, DAY)
    return found.institution_id if found else None


def test_the_way_up_ends_at_the_county() -> None:
    assert codes_upward(VILLAGE) == (VILLAGE, TOWNSHIP, COUNTY)
    assert codes_upward("429004") == ("429004000000",)
    assert codes_upward("42") == ()
    with pytest.raises(ValueError):
        codes_upward("问安镇")


def test_the_more_specific_wins() -> None:
    areas = [area(1, COUNTY), area(2, TOWNSHIP), area(3, VILLAGE)]
    assert chosen(*areas) == 3
    assert chosen(*areas, code="420583106202") == 2
    assert chosen(*areas, code="420583108201") == 1


def test_the_last_day_counts_and_the_day_after_does_not() -> None:
    assert chosen(area(1, TOWNSHIP, valid_to=DAY)) == 1
    assert chosen(area(1, TOWNSHIP, valid_to=DAY - timedelta(days=1))) is None
    assert chosen(area(1, TOWNSHIP, valid_from=DAY)) == 1
    assert chosen(area(1, TOWNSHIP, valid_from=DAY + timedelta(days=1))) is None


def test_an_ended_village_goes_back_to_its_township() -> None:
    assert chosen(area(3, VILLAGE, valid_to=DAY - timedelta(days=1)), area(2, TOWNSHIP)) == 2


def test_the_backup_of_a_vacant_village_comes_before_the_township() -> None:
    closed = area(3, VILLAGE, works=False)
    assert chosen(closed, area(4, VILLAGE, primary=False), area(2, TOWNSHIP)) == 4


def test_a_backup_never_displaces_the_one_who_is_there() -> None:
    assert chosen(area(3, VILLAGE), area(4, VILLAGE, primary=False)) == 3
    assert chosen(area(2, TOWNSHIP), area(4, VILLAGE, primary=False)) == 2


def test_without_any_primary_the_nearest_backup_works() -> None:
    assert chosen(area(5, COUNTY, primary=False), area(4, TOWNSHIP, primary=False)) == 4
    assert chosen(area(4, TOWNSHIP, primary=False, works=False)) is None


def test_the_order_of_the_rows_does_not_matter() -> None:
    areas = [area(7, TOWNSHIP, primary=False), area(6, TOWNSHIP, primary=False)]
    assert chosen(*areas) == chosen(*reversed(areas)) == 6


@given(
    st.permutations([area(1, COUNTY), area(2, TOWNSHIP), area(3, VILLAGE), area(4, VILLAGE, primary=False)])
)
def test_any_order_gives_the_same(areas: list[Area]) -> None:
    assert chosen(*areas) == 3


def test_the_villages_doctor_comes_before_the_townships() -> None:
    staff = [clinician(1, TOWNSHIP), clinician(2, VILLAGE)]
    found = choose_clinician(staff, VILLAGE, 1, DAY)
    assert found is not None
    assert found.staff_id == 2
    other = choose_clinician(staff, "420583106202", 1, DAY)
    assert other is not None
    assert other.staff_id == 1


def test_a_clinician_of_another_institution_or_gone_is_not_named() -> None:
    gone = [
        clinician(1, VILLAGE, institution_id=9),
        clinician(2, VILLAGE, works=False),
        clinician(3, VILLAGE, valid_to=DAY - timedelta(days=1)),
        clinician(4, "420583108201"),
    ]
    assert choose_clinician(gone, VILLAGE, 1, DAY) is None


def test_of_two_the_one_named_last() -> None:
    found = choose_clinician([clinician(1, VILLAGE), clinician(2, VILLAGE, valid_from=DAY)], VILLAGE, 1, DAY)
    assert found is not None
    assert found.staff_id == 2


days = st.integers(0, 20).map(lambda n: DAY + timedelta(days=n))
spans = st.tuples(days, st.none() | days)


@given(spans, spans)
def test_spans_overlap_when_a_day_lies_in_both(
    a: tuple[date, date | None], b: tuple[date, date | None]
) -> None:
    everyday = [DAY + timedelta(days=n) for n in range(25)]

    def inside(span: tuple[date, date | None], day: date) -> bool:
        return is_valid_on(area(1, TOWNSHIP, valid_from=span[0], valid_to=span[1]), day)

    if all(span[1] is None or span[0] <= span[1] for span in (a, b)):
        assert do_overlap(a, b) == any(inside(a, day) and inside(b, day) for day in everyday)


def test_of_several_the_specialty_then_the_load_then_the_code() -> None:
    rivals = [
        area(7, TOWNSHIP, institution_code="T7", capacity=10, load=70),
        area(6, TOWNSHIP, institution_code="T6", capacity=20, load=70),
        area(5, TOWNSHIP, institution_code="T5", capacity=20, load=70, specialties=("stroke",)),
    ]
    assert chosen(*rivals) == 6
    found = choose_institution(rivals, VILLAGE, DAY, specialty="stroke")
    assert found is not None
    assert found.institution_id == 5
    even = [area(8, TOWNSHIP, institution_code="A"), area(2, TOWNSHIP, institution_code="B")]
    assert chosen(*even) == 8


def test_a_capacity_of_none_is_not_one_of_nothing() -> None:
    full = area(1, TOWNSHIP, institution_code="A", capacity=0)
    unknown = area(2, TOWNSHIP, institution_code="B", load=500)
    assert chosen(full, unknown) == 2
    assert chosen(full) == 1


def test_only_who_shares_a_place_and_a_day_competes() -> None:
    until = area(1, TOWNSHIP, valid_to=DAY)
    after = area(2, TOWNSHIP, valid_from=DAY + timedelta(days=1))
    assert compete([until, after, area(3, VILLAGE), area(4, TOWNSHIP, primary=False)]) == set()
    assert compete([until, area(2, TOWNSHIP, valid_from=DAY)]) == {1, 2}


codes = st.sampled_from([COUNTY, TOWNSHIP, VILLAGE, "420583106202", "420583108000", "420583108201"])
any_areas = st.builds(
    area,
    st.integers(1, 5),
    codes,
    primary=st.booleans(),
    works=st.booleans(),
    valid_from=st.integers(-9, 9).map(lambda n: DAY + timedelta(days=n)),
    valid_to=st.none() | st.integers(-5, 9).map(lambda n: DAY + timedelta(days=n)),
    capacity=st.none() | st.integers(0, 30),
    load=st.integers(0, 200),
    institution_code=st.sampled_from(["", "A", "B"]),
    specialties=st.sampled_from([(), ("stroke",), ("birth", "child")]),
)


@given(st.lists(any_areas, max_size=12), codes, st.sampled_from(["", "stroke", "birth"]))
def test_the_choice_is_total(areas: list[Area], code: str, specialty: str) -> None:
    """Any tree: somebody who works, holds the day and lies on the way up, or nobody where there is none such.

    peer trap 6: a place without anybody is an answer that routing sends to the desk, never an exception.
    """
    found = choose_institution(areas, code, DAY, specialty=specialty)
    able = [
        row
        for row in areas
        if row.works and is_valid_on(row, DAY) and row.division_code in codes_upward(code)
    ]
    if found is None:
        assert able == []
    else:
        assert found in able
        primaries = [row for row in able if row.is_primary]
        levels = [codes_upward(code).index(row.division_code) for row in primaries]
        if found.is_primary:
            assert codes_upward(code).index(found.division_code) == min(levels)
    assert choose_institution(areas[::-1], code, DAY, specialty=specialty) in (found, *(
        row for row in able if found is not None and _is_alike(row, found)
    ))  # fmt: skip


def _is_alike(a: Area, b: Area) -> bool:
    return (a.institution_id, a.division_code, a.is_primary) == (
        b.institution_id,
        b.division_code,
        b.is_primary,
    )
