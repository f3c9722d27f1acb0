"""Institutions, wards, staff, log-ins and catchments of a demonstration tenant. Every step may be repeated."""

from typing import Any

import community.catchments.services as catchments
from access.actor import SYSTEM
from access.roles import ROLES, Place
from access.services import assign_role, grant_place
from accounts.models import StaffAccount
from accounts.services import create_account
from config.demo import plan
from divisions import selectors as divisions
from organization import services as organization
from tenants.registry.models import BureauMembership, HealthBureau


def make_bureau() -> HealthBureau:
    code, name, division = plan.BUREAU
    bureau, _ = HealthBureau.objects.get_or_create(
        code=code, defaults={"name": name, "division_code": division}
    )
    account = ensure_account(plan.BUREAU_LOGIN)
    BureauMembership.objects.get_or_create(account=account, defaults={"bureau": bureau})
    return bureau


def ensure_account(login: plan.Login) -> Any:
    account = StaffAccount.objects.filter(username=login.username).first()
    if account is None:
        account = create_account(
            username=login.username, name=login.name, password=plan.PASSWORD, title=login.title
        )
    assign_role(actor=SYSTEM, account=account, role=login.role)
    return account


def make_people(tenant: plan.TenantPlan) -> None:
    """The bound tenant's institutions and people."""
    hospital = _make_hospital(tenant)
    centre = organization.save_department(
        institution=hospital, code="9001", name="随访中心", kind="follow_up_centre"
    )
    desk = organization.save_ward(department=centre, code="D1", name="随访中心坐席", kind="call_desk")
    teams = _make_clinics(tenant, hospital)
    _make_logins(tenant, hospital, desk, teams)


def _make_hospital(tenant: plan.TenantPlan) -> Any:
    hospital = organization.save_institution(
        code=tenant.hospital_code, name=tenant.hospital_name, kind=tenant.hospital_kind,
        division_code=tenant.hospital_division, is_lead=True,
    )  # fmt: skip
    for given in tenant.hospital.departments:
        department = organization.save_department(institution=hospital, code=given.code, name=given.name)
        for ward in given.wards:
            organization.save_ward(department=department, code=ward.code, name=ward.name)
        for doctor in given.doctors:
            organization.save_staff(
                staff_no=doctor.staff_no, name=doctor.name, title="主治医师", institution=hospital,
                department=department,
            )  # fmt: skip
    return hospital


def _make_clinics(tenant: plan.TenantPlan, hospital: Any) -> dict[str, tuple[Any, Any, Any]]:
    """township code → (institution, department, care team); with catchments, named clinicians, village clinics."""
    teams: dict[str, tuple[Any, Any, Any]] = {}
    if not tenant.townships:
        return teams
    seat_department = organization.save_department(
        institution=hospital, code="8001", name="全科医学科", kind="public_health"
    )
    seat_team = organization.save_ward(
        department=seat_department, code="TEAM", name="马家店街道家庭医生团队", kind="care_team"
    )
    teams[plan.COUNTY_SEAT] = (hospital, seat_department, seat_team)
    for code in tenant.townships:
        division = divisions.get_division(code)
        if division is None:
            raise LookupError(f"township {code} is not among the imported divisions")
        name = division.name
        clinic = organization.save_institution(
            code=f"WSY{code[6:9]}",
            name=f"{name}卫生院",
            kind="township_clinic",
            division_code=code,
            parent=hospital,
        )
        department = organization.save_department(
            institution=clinic, code="PH", name="公共卫生科", kind="public_health"
        )
        team = organization.save_ward(
            department=department, code="TEAM", name=f"{name}家庭医生团队", kind="care_team"
        )
        teams[code] = (clinic, department, team)
    for position, (code, (clinic, department, team)) in enumerate(teams.items()):
        catchments.save_catchment(actor=SYSTEM, institution_id=clinic.pk, division_code=code)
        clinician = organization.save_staff(
            staff_no=f"G{code[6:9]}01", name=plan.CLINICIAN_NAMES[position % len(plan.CLINICIAN_NAMES)],
            title="全科医师", institution=clinic, department=department, ward=team,
        )  # fmt: skip
        catchments.save_clinician_area(
            actor=SYSTEM, staff_id=clinician.pk, ward_id=team.pk, division_code=code
        )
        _make_village_clinics(code, clinic, department, team, position)
    return teams


def _make_village_clinics(township: str, clinic: Any, department: Any, team: Any, position: int) -> None:
    """The first villages of each township have a village clinic and a named village doctor."""
    for number, village in enumerate(divisions.children_of(township)[:3]):
        organization.save_institution(
            code=f"CWS{village.code[6:12]}", name=f"{village.name}卫生室", kind="village_clinic",
            division_code=village.code, parent=clinic,
        )  # fmt: skip
        names = plan.VILLAGE_DOCTOR_NAMES
        doctor = organization.save_staff(
            staff_no=f"V{village.code[6:12]}", name=names[(position * 3 + number) % len(names)], title="乡村医生",
            institution=clinic, department=department, ward=team,
        )  # fmt: skip
        catchments.save_clinician_area(
            actor=SYSTEM, staff_id=doctor.pk, ward_id=team.pk, division_code=village.code
        )


def _make_logins(
    tenant: plan.TenantPlan, hospital: Any, desk: Any, teams: dict[str, tuple[Any, Any, Any]]
) -> None:
    # The busiest ward of the first orthopaedic department, where joint replacements leave from.
    ortho = next(d for d in hospital.departments.order_by("code") if d.name == "骨科")
    ward = ortho.wards.order_by("code").first()
    for login in plan.LOGINS:
        if login.role == "township_clinician" and not teams:
            continue
        account = ensure_account(login)
        institution, department, own = hospital, None, None
        containers: list[tuple[Place, Any]] = []
        if login.role == "township_clinician":
            institution, department, own = teams[plan.HOME_TOWNSHIP]
            containers = [(Place.FOLLOW_UP, own)]
        elif login.role in {"attending_doctor", "responsible_nurse", "head_nurse"}:
            department, own = ortho, ward
            containers = [(Place.FOLLOW_UP, each) for each in ortho.wards.all()]
        elif login.role == "follow_up_centre":
            department, own = desk.department, desk
            containers = [(Place.FOLLOW_UP, desk)]
        elif login.role == "ward_supervisor":
            department = ortho
            containers = [(Place.SUPERVISE, ortho)]
        elif login.role == "operations_centre":
            containers = [(Place.AUDIT, each) for each in (hospital, *(team[0] for team in teams.values()))]
        staff_no = _staff_no(login, teams)
        organization.save_staff(
            staff_no=staff_no, name=login.name, title=login.title, institution=institution,
            department=department, ward=own, account=account,
        )  # fmt: skip
        for place, container in dict.fromkeys(containers):
            grant_place(actor=SYSTEM, account=account, place=place, container=container)


def _staff_no(login: plan.Login, teams: dict[str, tuple[Any, Any, Any]]) -> str:
    """The log-ins of named clinicians are those people themselves, not doubles of them."""
    if login.role == "township_clinician" and teams:
        return f"G{plan.HOME_TOWNSHIP[6:9]}01"
    if login.role == "attending_doctor":
        return "D4101" if teams else "Y4101"
    return f"L-{login.username}"


def describe_logins(tenant: plan.TenantPlan) -> list[dict[str, str]]:
    return [
        {
            "role": login.role,
            "role_name": ROLES[login.role].name,
            "username": login.username,
            "password": plan.PASSWORD,
        }
        for login in plan.LOGINS
        if tenant.townships or login.role != "township_clinician"
    ]
