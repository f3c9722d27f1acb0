from typing import Any

from django.db import transaction

from organization.models import Department, Institution, StaffMember, Ward


@transaction.atomic
def save_institution(
    *,
    code: str,
    name: str,
    kind: str,
    division_code: str = "",
    parent: Institution | None = None,
    is_lead: bool = False,
) -> Institution:
    """Create the institution or bring it to these values; `code` decides which."""
    values = {
        "name": name,
        "kind": kind,
        "division_code": division_code,
        "parent": parent,
        "is_lead": is_lead,
    }
    institution, _ = Institution.objects.update_or_create(code=code, defaults=values)
    return institution


@transaction.atomic
def save_department(*, institution: Institution, code: str, name: str, kind: str = "clinical") -> Department:
    department, _ = Department.objects.update_or_create(
        institution=institution, code=code, defaults={"name": name, "kind": kind}
    )
    return department


@transaction.atomic
def save_ward(*, department: Department, code: str, name: str, kind: str = "inpatient") -> Ward:
    ward, _ = Ward.objects.update_or_create(
        department=department, code=code, defaults={"name": name, "kind": kind}
    )
    return ward


@transaction.atomic
def save_staff(
    *,
    staff_no: str,
    name: str,
    institution: Institution,
    department: Department | None = None,
    ward: Ward | None = None,
    title: str = "",
    account: Any = None,
) -> StaffMember:
    values = {
        "name": name, "institution": institution, "department": department, "ward": ward, "title": title,
        "account": account,
    }  # fmt: skip
    staff, _ = StaffMember.objects.update_or_create(staff_no=staff_no, defaults=values)
    return staff
