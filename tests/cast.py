"""The tenants and people of every test. Small, fixed, and made by the product's own services."""

import json
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

PASSWORD = "Ceshi-2026"
COUNTY = "420583"

# role of the cast → (role code of the catalogue, name)
CAST = {
    "clinician": ("township_clinician", "李医生"),  # 问安镇
    "other_clinician": ("township_clinician", "赵医生"),  # 百里洲镇
    "doctor": ("attending_doctor", "孙主任"),  # hospital ward
    "centre": ("follow_up_centre", "周护士"),
    "supervisor": ("ward_supervisor", "陈监督"),
    "other_supervisor": ("ward_supervisor", "郑监督"),
    "operations": ("operations_centre", "吴经理"),
    "it": ("hospital_it", "冯工"),
    "admin": ("tenant_admin", "管理员"),
}


def provision_cast() -> None:
    from divisions.services import import_seed
    from tenants.provisioning import upgrades

    upgrades.migrate_public()
    import_seed("hubei")
    for code, name in (("alpha", "枝江市医共体（测试）"), ("beta", "宜昌三级医院（测试）")):
        provision_one(code, name)
    make_bureau()


def provision_one(code: str, name: str) -> Any:
    from kernel.tenancy import bind_schema
    from tenants.provisioning.services import provision_tenant

    tenant = provision_tenant(
        code=code,
        name=name,
        kind="tertiary_hospital" if code == "beta" else "community",
        hosts=[f"{code}.test"],
        division_code="420583000000",
        sending_facilities=[f"HIS-{code.upper()}"],
    )
    with bind_schema(tenant.schema_name):
        make_people(code)
    return tenant


def get_tenant(code: str) -> Any:
    from tenants.registry.selectors import get_tenant_by_code

    tenant = get_tenant_by_code(code)
    assert tenant is not None
    return tenant


def make_people(code: str) -> None:
    """Lead hospital (骨科 › 一病区, 随访中心), two township clinics with a care team each, one login per role."""
    from access.actor import SYSTEM
    from access.roles import Place
    from access.services import assign_role, grant_place
    from accounts.services import create_account
    from organization import services as organization

    hospital = organization.save_institution(
        code="H1", name="人民医院", kind="hospital", division_code="420583001000", is_lead=True
    )
    ortho = organization.save_department(institution=hospital, code="0401", name="骨科")
    cardio = organization.save_department(institution=hospital, code="0301", name="心血管内科")
    desk = organization.save_department(
        institution=hospital, code="9001", name="随访中心", kind="follow_up_centre"
    )
    ortho_ward = organization.save_ward(department=ortho, code="W41", name="骨科一病区")
    organization.save_ward(department=cardio, code="W31", name="心内一病区")
    desk_ward = organization.save_ward(department=desk, code="D1", name="随访中心坐席", kind="call_desk")
    clinics = {}
    for clinic_code, clinic_name, division in (
        ("T1", "问安镇卫生院", "420583106000"), ("T2", "百里洲镇卫生院", "420583108000"),
    ):  # fmt: skip
        clinic = organization.save_institution(
            code=clinic_code,
            name=clinic_name,
            kind="township_clinic",
            division_code=division,
            parent=hospital,
        )
        health = organization.save_department(
            institution=clinic, code="PH", name="公共卫生科", kind="public_health"
        )
        team = organization.save_ward(
            department=health, code="TEAM", name=f"{clinic_name}家医团队", kind="care_team"
        )
        clinics[clinic_code] = (clinic, health, team)
    places: dict[str, tuple[Any, Any, Any]] = {
        "clinician": clinics["T1"],
        "other_clinician": clinics["T2"],
        "doctor": (hospital, ortho, ortho_ward),
        "centre": (hospital, desk, desk_ward),
        "supervisor": (hospital, ortho, None),
        "other_supervisor": (hospital, cardio, None),
        "operations": (hospital, None, None),
        "it": (hospital, None, None),
        "admin": (hospital, None, None),
    }
    for who, (role, person) in CAST.items():
        institution, department, ward = places[who]
        account = create_account(username=who, name=person, password=PASSWORD)
        organization.save_staff(
            staff_no=f"S-{who}", name=person, institution=institution, department=department, ward=ward,
            account=account,
        )  # fmt: skip
        assign_role(actor=SYSTEM, account=account, role=role)
        container, place = {
            "ward_supervisor": (department, Place.SUPERVISE),
            "operations_centre": (institution, Place.AUDIT),
        }.get(role, (ward, Place.FOLLOW_UP))
        if container is not None:
            grant_place(actor=SYSTEM, account=account, place=place, container=container)


def make_bureau() -> None:
    from access.actor import SYSTEM
    from access.services import assign_role
    from accounts.services import create_account
    from kernel.tenancy import bind_schema
    from tenants.registry.models import BureauMembership, HealthBureau, Tenant

    with bind_schema("public"):
        bureau = HealthBureau.objects.create(
            code="zhijiang", name="枝江市卫生健康局", division_code="420583000000"
        )
        Tenant.objects.filter(code__in=["alpha", "beta"]).update(bureau=bureau)
        account = create_account(username="bureau", name="卫健局管理员", password=PASSWORD)
        BureauMembership.objects.create(account=account, bureau=bureau)
        assign_role(actor=SYSTEM, account=account, role="bureau_admin")


def actor_named(who: str) -> Any:
    """The Actor of a member of the cast, in the bound tenant."""
    from access.actor import build_actor
    from accounts.backends import StaffBackend
    from accounts.models import StaffAccount

    account = StaffBackend().get_user(StaffAccount.objects.values_list("pk", flat=True).get(username=who))
    return build_actor(account)


class ApiClient:
    """HTTP against the whole stack of middleware, on a tenant's host (or "public"), as one of the cast."""

    def __init__(self, tenant: str, who: str | None = None) -> None:
        from importlib import import_module

        from django.conf import settings

        from accounts.models import StaffAccount
        from kernel.tenancy import bind_schema

        self.host = "localhost" if tenant == "public" else f"{tenant}.test"
        self.client = Client(headers={"host": self.host}, raise_request_exception=False)
        if who is not None:
            schema = "public" if tenant == "public" else f"t_{tenant}"
            with bind_schema(schema):
                account = StaffAccount.objects.get(username=who)
                session = import_module(settings.SESSION_ENGINE).SessionStore()
                session[SESSION_KEY] = str(account.pk)
                session[BACKEND_SESSION_KEY] = "accounts.backends.StaffBackend"
                session[HASH_SESSION_KEY] = account.get_session_auth_hash()
                session.save()
            self.client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(f"/api/v1{path}", params)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method.upper(), f"/api/v1{path}", json.dumps(body) if body is not None else "",
            content_type="application/json", headers=headers,
        )  # fmt: skip

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def upload(self, path: str, **files: Any) -> Any:
        return self.client.post(f"/api/v1{path}", files)
