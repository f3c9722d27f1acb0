"""Who may what and where: roles say what, grants say where, and neither counts without the other."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from access.actor import SYSTEM, Actor, build_actor, describe_account
from access.functions import Function
from access.models import RoleAssignment
from access.roles import ROLES, Place, Tier
from access.services import assign_role, grant_place, revoke_place
from accounts.models import StaffAccount
from accounts.services import create_account, reload_account
from kernel.errors import InvalidInput, NotAllowed
from kernel.tenancy import bind_schema
from organization.models import Department, Institution, Ward
from tests.cast import CAST, PASSWORD, actor_named
from trail.models import TrailRow

pytestmark = pytest.mark.req("C16")

PATIENT_MODULES = ("records.", "worklist.", "routing.", "review.")


@pytest.fixture
def account(in_alpha: Any) -> Any:
    return create_account(username="new", name="新来的", password=PASSWORD)


def actor_of(account: Any) -> Actor:
    return build_actor(reload_account(account.pk))


def trail_of(action: str) -> list[tuple[Any, ...]]:
    rows = TrailRow.objects.filter(action=action).order_by("pk")
    return list(rows.values_list("actor_id", "actor_name", "object_type", "object_id", "detail"))


# --- the catalogue --------------------------------------------------------------------------------


def test_every_role_is_known_by_its_code_and_no_function_is_invented() -> None:
    assert all(code == role.code for code, role in ROLES.items())
    assert len({role.name for role in ROLES.values()}) == len(ROLES)
    for role in ROLES.values():
        assert role.functions <= set(Function), role.code
        assert role.functions, role.code
    assert {f for role in ROLES.values() for f in role.functions} == set(Function), "a function nobody has"


def test_no_role_is_of_the_bureau_and_of_a_tenant() -> None:
    public = {f for role in ROLES.values() if role.public for f in role.functions}
    tenant = {f for role in ROLES.values() if not role.public for f in role.functions}
    assert public == {
        Function.COUNTY_VIEW, Function.TENANT_VIEW, Function.COUNTY_DIVISIONS_IMPORT, Function.AGREEMENT_APPROVE,
        Function.MONTH_FREEZE, Function.INDICATOR_EXPORT,
    }  # fmt: skip
    assert public & tenant == set()
    assert [code for code, role in ROLES.items() if role.public] == ["bureau_admin"]


def test_each_tier_has_its_kind_of_place() -> None:
    places = {Tier.NONE: None, Tier.CLINICIAN: Place.FOLLOW_UP, Tier.WARD_SUPERVISOR: Place.SUPERVISE,
              Tier.OPERATIONS_CENTRE: Place.AUDIT}  # fmt: skip
    assert {code: role.place for code, role in ROLES.items()} == {
        code: places[role.tier] for code, role in ROLES.items()
    }
    assert {role.tier for role in ROLES.values()} == set(Tier)


def test_only_tier_one_works_and_nobody_who_works_reviews() -> None:
    for code, role in ROLES.items():
        work = {Function.TASK_WORK, Function.ESCALATION_HANDLE, Function.PATIENT_UNMASK} & role.functions
        review = {Function.REVIEW_DRAW, Function.REVIEW_SCORE, Function.REVIEW_VIEW} & role.functions
        assert bool(work) is (role.tier == Tier.CLINICIAN), code
        assert bool(review) is (role.tier >= Tier.WARD_SUPERVISOR), code


@pytest.mark.parametrize("code", ["tenant_admin", "hospital_it", "bureau_admin"])
def test_administrators_have_no_patient_function(code: str) -> None:
    role = ROLES[code]
    assert (role.tier, role.place) == (Tier.NONE, None)
    assert [f for f in role.functions if f.startswith(PATIENT_MODULES)] == []


def test_a_place_is_a_permission_of_one_kind_of_container(in_alpha: Any) -> None:
    """Grants are read by codename alone: the same word on two tables would mix their ids."""
    rows = Permission.objects.filter(codename__in=list(Place)).order_by("codename")
    assert list(rows.values_list("codename", "content_type__model")) == [
        ("audit", "institution"), ("follow_up", "ward"), ("supervise", "department"),
    ]  # fmt: skip


# --- the actor ------------------------------------------------------------------------------------


def test_the_cast_has_what_its_roles_say(in_alpha: Any) -> None:
    for who, (role, name) in CAST.items():
        actor = actor_named(who)
        assert (actor.name, [r.code for r in actor.roles]) == (name, [role])
        assert actor.functions == {str(f) for f in ROLES[role].functions}
        held = {
            Place.FOLLOW_UP: actor.wards,
            Place.SUPERVISE: actor.departments,
            Place.AUDIT: actor.institutions,
        }
        assert {place for place, ids in held.items() if ids} == {ROLES[role].place} - {None}, who


def test_a_grant_without_a_role_that_uses_it_counts_nothing(account: Any) -> None:
    ward, department, institution = (
        Ward.objects.all()[0],
        Department.objects.all()[0],
        Institution.objects.all()[0],
    )
    for place, container in (
        (Place.FOLLOW_UP, ward), (Place.SUPERVISE, department), (Place.AUDIT, institution),
    ):  # fmt: skip
        grant_place(actor=SYSTEM, account=account, place=place, container=container)
    nobody = actor_of(account)
    assert (nobody.wards, nobody.departments, nobody.institutions) == (frozenset(),) * 3
    assert (nobody.tier, nobody.functions, nobody.roles) == (Tier.NONE, frozenset(), ())
    assign_role(actor=SYSTEM, account=account, role="tenant_admin")
    assert actor_of(account).wards == frozenset()
    assign_role(actor=SYSTEM, account=account, role="ward_supervisor")
    supervisor = actor_of(account)
    assert (supervisor.wards, supervisor.departments, supervisor.institutions) == (
        frozenset(), {department.pk}, frozenset(),
    )  # fmt: skip
    assert supervisor.tier == Tier.WARD_SUPERVISOR


def test_a_role_without_a_grant_holds_nowhere(account: Any) -> None:
    assign_role(actor=SYSTEM, account=account, role="attending_doctor")
    actor = actor_of(account)
    assert actor.can(Function.TASK_WORK)
    assert (actor.wards, actor.departments, actor.institutions) == (frozenset(),) * 3


def test_a_role_of_no_catalogue_grants_nothing(account: Any) -> None:
    RoleAssignment.objects.create(account=account, role="superuser", assigned_at=account.created_at)
    actor = actor_of(account)
    assert (actor.roles, actor.functions, actor.tier) == ((), frozenset(), Tier.NONE)
    assert describe_account(reload_account(account.pk)) == {"roles": [], "role_names": [], "functions": []}
    with pytest.raises(NotAllowed):
        actor.require(Function.TASK_VIEW)


def test_two_roles_add_up_and_the_higher_tier_counts(account: Any) -> None:
    ward, department = Ward.objects.all()[0], Department.objects.all()[0]
    assign_role(actor=SYSTEM, account=account, role="responsible_nurse")
    assign_role(actor=SYSTEM, account=account, role="ward_supervisor")
    grant_place(actor=SYSTEM, account=account, place=Place.FOLLOW_UP, container=ward)
    grant_place(actor=SYSTEM, account=account, place=Place.SUPERVISE, container=department)
    actor = actor_of(account)
    assert (actor.wards, actor.departments) == ({ward.pk}, {department.pk})
    assert actor.tier == Tier.WARD_SUPERVISOR
    assert actor.has_role("responsible_nurse")
    assert not actor.has_role("hospital_it")
    assert actor.functions == {
        str(f) for code in ("responsible_nurse", "ward_supervisor") for f in ROLES[code].functions
    }


def test_a_disabled_account_is_nobody(account: Any) -> None:
    StaffAccount.objects.filter(pk=account.pk).update(is_active=False)
    assert reload_account(account.pk) is None


def test_rights_are_loaded_by_one_query(account: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        actor_of(account)


def test_grants_of_one_tenant_are_nothing_in_another(in_alpha: Any, beta: Any) -> None:
    ward = Ward.objects.all()[0]
    alpha_account = StaffAccount.objects.get(username="clinician")
    grant_place(actor=SYSTEM, account=alpha_account, place=Place.FOLLOW_UP, container=ward)
    granted = actor_named("clinician").wards
    with bind_schema(beta.schema_name):
        before = actor_named("clinician").wards
    assert len(granted) == 2
    assert len(before) == 1


# --- changing them --------------------------------------------------------------------------------


def test_each_change_leaves_one_row_and_a_repeat_none(account: Any) -> None:
    admin = actor_named("admin")
    ward = Ward.objects.all()[0]
    for _ in range(2):
        assign_role(actor=admin, account=account, role="attending_doctor")
        grant_place(actor=admin, account=account, place=Place.FOLLOW_UP, container=ward)
    assert trail_of("access.role.assigned")[-1:] == [
        (admin.id, "管理员", "account", str(account.pk), {"role": "attending_doctor"})
    ]
    grants = [row for row in trail_of("access.place.granted") if row[4]["account"] == account.pk]
    assert grants == [
        (admin.id, "管理员", "ward", str(ward.pk), {"account": account.pk, "place": "follow_up"})
    ]
    assert RoleAssignment.objects.filter(account=account).values_list("role", "assigned_by_id").get() == (
        "attending_doctor", admin.id,
    )  # fmt: skip
    for _ in range(2):
        revoke_place(actor=admin, account=account, place=Place.FOLLOW_UP, container=ward)
    assert trail_of("access.place.revoked") == [
        (admin.id, "管理员", "ward", str(ward.pk), {"account": account.pk, "place": "follow_up"})
    ]
    assert actor_of(account).wards == frozenset()


@pytest.mark.parametrize("role", ["superuser", "", "bureau_admin"])
def test_a_tenant_cannot_give_an_unknown_role_or_the_bureaus(account: Any, role: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        assign_role(actor=SYSTEM, account=account, role=role)
    assert refused.value.errors[0].pointer == "/role"
    assert not RoleAssignment.objects.filter(account=account).exists()


def test_the_bureau_cannot_give_a_tenants_role(db: None) -> None:
    with bind_schema("public"):
        account = create_account(username="new", name="新来的", password=PASSWORD)
        with pytest.raises(InvalidInput):
            assign_role(actor=SYSTEM, account=account, role="attending_doctor")
        assign_role(actor=SYSTEM, account=account, role="bureau_admin")


def test_a_place_on_the_wrong_kind_of_container_is_refused(account: Any) -> None:
    with pytest.raises(Permission.DoesNotExist):
        grant_place(
            actor=SYSTEM, account=account, place=Place.FOLLOW_UP, container=Department.objects.all()[0]
        )
    assert [row for row in trail_of("access.place.granted") if row[4]["account"] == account.pk] == []
