from datetime import date
from typing import Any

import pytest

from access.actor import SYSTEM
from community.catchments import selectors
from community.catchments.errors import CatchmentOverlap
from community.catchments.models import Catchment, ClinicianArea
from community.catchments.services import save_catchment, save_clinician_area
from kernel.errors import InvalidInput
from organization.models import Institution, StaffMember, Ward
from organization.services import save_institution
from trail.models import TrailRow

pytestmark = pytest.mark.req("D2", "C17")

TOWNSHIP, VILLAGE = "420583106000", "420583106201"
DAY = date(2026, 11, 20)


def clinic(code: str = "T1") -> Institution:
    return Institution.objects.get(code=code)


def enter(code: str = "T1", division: str = TOWNSHIP, **values: Any) -> Catchment:
    return save_catchment(actor=SYSTEM, institution_id=clinic(code).pk, division_code=division, **values)


def name_clinician(staff_no: str = "S-clinician", division: str = TOWNSHIP, **values: Any) -> ClinicianArea:
    staff = StaffMember.objects.get(staff_no=staff_no)
    return save_clinician_area(
        actor=SYSTEM, staff_id=staff.pk, ward_id=values.pop("ward_id", staff.ward_id), division_code=division,
        **values,
    )  # fmt: skip


def test_saving_again_changes_nothing(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        first = enter()
        named = name_clinician()
    with at("2026-11-27 09:30"):
        assert enter().pk == first.pk
        assert name_clinician().pk == named.pk
    assert first.valid_from == date(2025, 11, 20)
    assert TrailRow.objects.filter(action__startswith="catchments.").count() == 2


def test_a_second_open_primary_is_refused(in_alpha: Any) -> None:
    enter("T1")
    with pytest.raises(CatchmentOverlap, match="问安镇卫生院"):
        enter("T2")
    assert enter("T2", role="backup").role == "backup"


def test_overlapping_days_are_refused_and_the_day_after_is_not(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        enter("T1", valid_from=date(2026, 1, 1), valid_to=date(2026, 11, 30))
        with pytest.raises(CatchmentOverlap):
            enter("T2", valid_from=date(2026, 11, 30))
        with pytest.raises(CatchmentOverlap):
            enter("T2", valid_from=date(2025, 1, 1), valid_to=date(2026, 1, 1))
        enter("T2", valid_from=date(2026, 12, 1))


def test_ending_and_handing_on(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        first = enter("T1")
        assert enter("T1", valid_to=date(2026, 11, 30)).pk == first.pk
        enter("T2", valid_from=date(2026, 12, 1))
    november = selectors.institution_for(VILLAGE, date(2026, 11, 30))
    december = selectors.institution_for(VILLAGE, date(2026, 12, 1))
    assert november is not None
    assert december is not None
    assert (november.institution_name, december.institution_name) == ("问安镇卫生院", "百里洲镇卫生院")


@pytest.mark.parametrize(
    ("division", "code"),
    [
        ("问安镇", "invalid_division"),
        ("", "invalid_division"),
        ("4205", "level_too_high"),
        ("420583199000", "unknown_division"),
    ],
)
def test_a_place_that_is_none_is_refused(in_alpha: Any, division: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        enter(division=division)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/division_code", code)]


def test_bad_dates_roles_and_institutions_are_refused(in_alpha: Any) -> None:
    with pytest.raises(InvalidInput, match="结束日期"):
        enter(valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 31))
    with pytest.raises(InvalidInput, match="角色"):
        enter(role="owner")
    with pytest.raises(InvalidInput, match="没有这家机构"):
        save_catchment(actor=SYSTEM, institution_id=10**12, division_code=TOWNSHIP)
    Institution.objects.filter(code="T1").update(is_active=False)
    with pytest.raises(InvalidInput, match="停用"):
        enter()


def test_a_clinician_is_named_in_their_own_institution(in_alpha: Any) -> None:
    with pytest.raises(InvalidInput, match="不在团队所属的机构"):
        name_clinician(ward_id=Ward.objects.get(code="W41").pk)
    StaffMember.objects.filter(staff_no="S-clinician").update(is_active=False)
    with pytest.raises(InvalidInput, match="没有这名工作人员"):
        name_clinician()


def test_reading_takes_one_query_each(in_alpha: Any, django_assert_num_queries: Any) -> None:
    enter()
    name_clinician()
    name_clinician("S-other_clinician", "420583108000")
    with django_assert_num_queries(1):
        area = selectors.institution_for(VILLAGE, DAY)
    assert area is not None
    team = Ward.objects.get(code="TEAM", department__institution__code="T1")
    assert (area.institution_name, area.team_ward_id, area.team_department_id) == (
        "问安镇卫生院", team.pk, team.department_id,
    )  # fmt: skip
    with django_assert_num_queries(1):
        doctor = selectors.clinician_for(VILLAGE, area.institution_id, DAY)
    assert doctor is not None
    assert (doctor.staff_name, doctor.ward_id) == ("李医生", team.pk)


def test_a_closed_clinic_is_a_vacancy(in_alpha: Any) -> None:
    enter("T1")
    enter("T2", role="backup")
    Institution.objects.filter(code="T1").update(is_active=False)
    area = selectors.institution_for(VILLAGE, DAY)
    assert area is not None
    assert area.institution_name == "百里洲镇卫生院"


def test_a_village_clinic_without_a_team_leaves_the_work_to_the_township(in_alpha: Any) -> None:
    village = save_institution(code="V1", name="关庙山村卫生室", kind="village_clinic", parent=clinic())
    save_catchment(actor=SYSTEM, institution_id=village.pk, division_code=VILLAGE)
    enter("T1")
    area = selectors.institution_for(VILLAGE, DAY)
    assert area is not None
    assert area.institution_name == "问安镇卫生院"


def test_another_tenant_keeps_its_own(in_alpha: Any) -> None:
    from kernel.tenancy import bind_schema

    enter()
    with bind_schema("t_beta"):
        assert selectors.institution_for(VILLAGE, DAY) is None
        assert not Catchment.objects.exists()
