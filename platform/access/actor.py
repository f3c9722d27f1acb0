"""The actor: who acts, what they may do and where. Explicit in every service; never read from thread state."""

from dataclasses import dataclass
from typing import Any

from access.functions import Function
from access.roles import ROLES, Place, Role, Tier
from kernel.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Actor:
    id: int
    name: str
    roles: tuple[Role, ...]
    functions: frozenset[str]
    wards: frozenset[int]  # follow_up: tier 1
    departments: frozenset[int]  # supervise: tier 2
    institutions: frozenset[int]  # audit: tier 3

    def can(self, function: Function | str) -> bool:
        return str(function) in self.functions

    def require(self, function: Function | str) -> None:
        """Raises NotAllowed."""
        if not self.can(function):
            raise NotAllowed()

    @property
    def tier(self) -> Tier:
        return max((role.tier for role in self.roles), default=Tier.NONE)

    def has_role(self, code: str) -> bool:
        return any(role.code == code for role in self.roles)


def build_actor(account: Any) -> Actor:
    """From an account as accounts.backends loads it. A grant counts only with a role that uses that kind of place."""
    roles = tuple(ROLES[code] for code in account.role_codes if code in ROLES)
    places = {role.place for role in roles}

    def granted(place: Place) -> frozenset[int]:
        return account.grants.get(place.value, frozenset()) if place in places else frozenset()

    return Actor(
        id=account.pk,
        name=account.name,
        roles=roles,
        functions=frozenset(str(f) for role in roles for f in role.functions),
        wards=granted(Place.FOLLOW_UP),
        departments=granted(Place.SUPERVISE),
        institutions=granted(Place.AUDIT),
    )


def actor_of(request: Any) -> Actor:
    """The actor of a request; built once."""
    actor = getattr(request.user, "_actor", None)
    if actor is None:
        actor = request.user._actor = build_actor(request.user)
    return actor


# Intake, screening and schedules act without a person.
SYSTEM = Actor(0, "系统", (), frozenset(), frozenset(), frozenset(), frozenset())


def describe_account(account: Any) -> dict[str, list[str]]:
    """Role codes, their Chinese names and the functions, for the head of the web app."""
    actor = build_actor(account)
    return {
        "roles": [role.code for role in actor.roles],
        "role_names": [role.name for role in actor.roles],
        "functions": sorted(actor.functions),
    }
