from typing import Any

from django.db import transaction
from guardian.shortcuts import assign_perm, get_user_perms, remove_perm

from access.actor import Actor
from access.models import RoleAssignment
from access.roles import ROLES, Place
from kernel import clock
from kernel.errors import InvalidInput
from kernel.tenancy import is_tenant_bound
from trail.services import record


@transaction.atomic
def assign_role(*, actor: Actor, account: Any, role: str) -> None:
    """Raises InvalidInput for a code that is not in the catalogue, or not for this kind of host."""
    if role not in ROLES or ROLES[role].public == is_tenant_bound():
        raise InvalidInput.at("/role", "unknown_role", f"没有角色 {role}")
    _, created = RoleAssignment.objects.get_or_create(
        account=account, role=role, defaults={"assigned_at": clock.now(), "assigned_by_id": actor.id or None}
    )
    if created:
        record(
            actor_id=actor.id, actor_name=actor.name, action="access.role.assigned",
            object_type="account", object_id=account.pk, role=role,
        )  # fmt: skip


@transaction.atomic
def grant_place(*, actor: Actor, account: Any, place: Place, container: Any) -> None:
    """Object permission on an institution, department or ward: where the account's roles hold."""
    if place.value in get_user_perms(account, container):
        return
    assign_perm(place.value, account, container)
    record(
        actor_id=actor.id, actor_name=actor.name, action="access.place.granted",
        object_type=container._meta.model_name, object_id=container.pk, account=account.pk, place=place.value,
    )  # fmt: skip


@transaction.atomic
def revoke_place(*, actor: Actor, account: Any, place: Place, container: Any) -> None:
    if place.value not in get_user_perms(account, container):
        return
    remove_perm(place.value, account, container)
    record(
        actor_id=actor.id, actor_name=actor.name, action="access.place.revoked",
        object_type=container._meta.model_name, object_id=container.pk, account=account.pk, place=place.value,
    )  # fmt: skip
