from typing import Any

import pytest

from accounts.services import create_account
from organization import selectors
from organization.contracts import FollowUpDesk
from organization.errors import FollowUpDeskMissing, LeadInstitutionMissing
from organization.models import Department, Institution, StaffMember, Ward
from organization.services import save_department, save_ward
from tests.cast import PASSWORD, actor_named


def ward(code: str) -> Ward:
    return Ward.objects.get(code=code)


@pytest.mark.req("S1")
@pytest.mark.parametrize("text", ["W41", "骨科一病区", "  W41 "])
def test_a_ward_is_found_by_code_or_name(in_alpha: Any, django_assert_num_queries: Any, text: str) -> None:
    with django_assert_num_queries(1):
        found = selectors.find_ward(text)
    assert found is not None
    assert (found.id, found.department_name, found.institution_name) == (ward("W41").pk, "骨科", "人民医院")


@pytest.mark.req("S1")
@pytest.mark.parametrize("text", ["", "   ", "W99", "骨科", "w41"])
def test_an_unknown_ward_is_none(in_alpha: Any, text: str) -> None:
    assert selectors.find_ward(text) is None


@pytest.mark.req("C11")
def test_between_two_clinics_nothing_is_guessed(in_alpha: Any) -> None:
    assert Ward.objects.filter(code="TEAM").count() == 2
    assert selectors.find_ward("TEAM") is None
    assert selectors.find_department("PH") is None


@pytest.mark.req("C11")
def test_the_lead_hospitals_own_comes_first(in_alpha: Any) -> None:
    clinic = Institution.objects.get(code="T1")
    save_department(institution=clinic, code="0401", name="骨科门诊")
    found = selectors.find_department("0401")
    assert found is not None
    assert (found.name, found.institution_name) == ("骨科", "人民医院")


@pytest.mark.req("C11")
def test_a_code_comes_before_a_name(in_alpha: Any) -> None:
    ortho = Department.objects.get(code="0401")
    save_ward(department=ortho, code="W42", name="W41")
    found = selectors.find_ward("W41")
    assert found is not None
    assert found.code == "W41"


def test_a_closed_ward_is_not_found(in_alpha: Any) -> None:
    Ward.objects.filter(code="W41").update(is_active=False)
    assert selectors.find_ward("W41") is None


def test_departments_by_id_leaves_out_what_does_not_exist(in_alpha: Any) -> None:
    ortho = Department.objects.get(code="0401")
    found = selectors.departments_by_id([ortho.pk, 10**12])
    assert list(found) == [ortho.pk]
    assert (found[ortho.pk].name, found[ortho.pk].institution_name) == ("骨科", "人民医院")


@pytest.mark.req("D2")
def test_the_follow_up_desk_is_the_lead_hospitals(in_alpha: Any, django_assert_num_queries: Any) -> None:
    desk = ward("D1")
    with django_assert_num_queries(1):
        found = selectors.follow_up_desk()
    assert found == FollowUpDesk(Institution.objects.get(code="H1").pk, desk.department_id, desk.pk)
    assert selectors.lead_institution().code == "H1"


@pytest.mark.req("D2")
def test_a_missing_desk_names_the_cure(in_alpha: Any) -> None:
    Ward.objects.filter(code="D1").update(is_active=False)
    with pytest.raises(FollowUpDeskMissing, match="新建随访坐席"):
        selectors.follow_up_desk()


@pytest.mark.req("D2")
def test_a_missing_lead_hospital_names_the_cure(in_alpha: Any) -> None:
    Institution.objects.update(is_lead=False)
    with pytest.raises(LeadInstitutionMissing, match="设为牵头医院"):
        selectors.follow_up_desk()
    with pytest.raises(LeadInstitutionMissing):
        selectors.lead_institution()


@pytest.mark.req("S60")
def test_the_person_behind_an_account(in_alpha: Any) -> None:
    staff = selectors.staff_of_account(actor_named("clinician").id)
    assert staff is not None
    assert (staff.staff_no, staff.name) == ("S-clinician", "李医生")
    assert (staff.institution_name, staff.department_name) == ("问安镇卫生院", "公共卫生科")
    assert staff.ward_name == "问安镇卫生院家医团队"


@pytest.mark.req("S60")
def test_an_account_without_a_person(in_alpha: Any) -> None:
    account = create_account(username="nobody", name="无人", password=PASSWORD)
    nowhere = {"institution_name": None, "department_name": None, "ward_names": []}
    assert selectors.staff_of_account(account.pk) is None
    assert selectors.workplace_of(account.pk) == nowhere
    assert selectors.workplace_of(10**12) == nowhere


@pytest.mark.req("S60")
@pytest.mark.parametrize(
    ("who", "department", "wards"),
    [
        ("doctor", "骨科", ["骨科一病区"]),
        ("supervisor", "骨科", []),
        ("operations", None, []),
    ],
)
def test_the_workplace_names_the_wards_that_are_worked(
    in_alpha: Any, django_assert_num_queries: Any, who: str, department: str | None, wards: list[str]
) -> None:
    actor = actor_named(who)
    with django_assert_num_queries(1):
        place = selectors.workplace_of(actor.id)
    assert place == {"institution_name": "人民医院", "department_name": department, "ward_names": wards}


@pytest.mark.req("S60")
def test_a_granted_ward_is_named_beside_the_own_one(in_alpha: Any) -> None:
    from access.actor import SYSTEM
    from access.roles import Place
    from access.services import grant_place
    from accounts.models import StaffAccount

    account = StaffAccount.objects.get(username="doctor")
    grant_place(actor=SYSTEM, account=account, place=Place.FOLLOW_UP, container=ward("W31"))
    assert selectors.workplace_of(account.pk)["ward_names"] == ["心内一病区", "骨科一病区"]


@pytest.mark.req("S18")
def test_the_whole_tree_asks_nobodys_grants(in_alpha: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = selectors.whole_tree()
    assert found[0]["code"] == "H1"
    codes = {ward["code"] for place in found for each in place["departments"] for ward in each["wards"]}
    assert codes == set(Ward.objects.filter(is_active=True).values_list("code", flat=True))
    hospital = Institution.objects.get(code="H1")
    assert selectors.is_institution(hospital.pk)
    Institution.objects.filter(pk=hospital.pk).update(is_active=False)
    assert not selectors.is_institution(hospital.pk)
    assert "H1" not in {place["code"] for place in selectors.whole_tree()}


@pytest.mark.req("S18")
def test_staff_by_number_tells_who_has_left(in_alpha: Any, django_assert_num_queries: Any) -> None:
    StaffMember.objects.filter(staff_no="S-doctor").update(is_active=False)
    with django_assert_num_queries(1):
        found = selectors.staff_by_no(["S-doctor", "S-clinician", "S-9", ""])
    assert {number: person.is_active for number, person in found.items()} == {
        "S-doctor": False,
        "S-clinician": True,
    }
    assert found["S-clinician"].institution_name == "问安镇卫生院"
