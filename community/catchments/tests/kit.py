"""What the tests of this room say again and again."""

from typing import Any

from access.actor import SYSTEM
from community.catchments.models import Catchment
from community.catchments.services import save_catchment, save_clinician_area
from organization.models import Institution, StaffMember, Ward

T1_TOWNSHIP, T1_VILLAGE, T1_OTHER = "420583106000", "420583106201", "420583106202"
T2_TOWNSHIP = "420583108000"


def clinic(code: str = "T1") -> Institution:
    return Institution.objects.get(code=code)


def team(code: str = "T1") -> Ward:
    return Ward.objects.get(code="TEAM", department__institution__code=code)


def staff(who: str) -> StaffMember:
    return StaffMember.objects.get(staff_no=f"S-{who}")


def hire(who: str, name: str, code: str = "T1") -> StaffMember:
    ward = team(code)
    return StaffMember.objects.create(
        staff_no=f"S-{who}", name=name, institution=clinic(code), department=ward.department, ward=ward
    )


def enter(code: str = "T1", division: str = T1_TOWNSHIP, **values: Any) -> Catchment:
    return save_catchment(actor=SYSTEM, institution_id=clinic(code).pk, division_code=division, **values)


def name_clinician(who: str = "clinician", division: str = T1_TOWNSHIP, **values: Any) -> Any:
    person = staff(who)
    return save_clinician_area(
        actor=SYSTEM, staff_id=person.pk, ward_id=person.ward_id or 0, division_code=division, **values
    )


def fields(answer: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
