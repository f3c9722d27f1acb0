"""The walls carry weight: take one away, and the matrix or the wall checker must say so."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from access.permissions import DeclaredFunction
from kernel.doors import ANYONE, SIGNED_IN
from kernel.postgres.base import PUBLIC, DatabaseWrapper, tenant_role
from kernel.tenancy import backend
from tests.isolation import matrix, mutants
from tests.isolation.bureau import find_bureau_faults
from tests.isolation.caller import Caller
from tests.isolation.operations import TENANT_OPERATIONS, Operation
from tests.isolation.walls import find_wall_faults

pytestmark = pytest.mark.req("D1", "D4", "C16")

Mutant = Callable[[], AbstractContextManager[None]]
# Taking these away changes nothing that any caller could see; each with the reason why.
EQUIVALENT = {
    "platform/records/selectors/people.py::require_own::require": (
        "every role that follows up on wards has these functions, and tier-1 sight is asked for next"
    ),
    "followup/questionnaires/selectors/versions.py::latest_versions::usable": (
        "asked for the two forms of the review only, and neither is a protected scale"
    ),
    "followup/questionnaires/services/checking.py::lock_version::usable": (
        "the questionnaire is locked next, through openable, which asks for the same licence"
    ),
    "followup/worklist/policy.py::require_work::require": (
        "every role that follows up on wards has the function, and the ward is asked for next"
    ),
    "followup/worklist/selectors/escalations.py::get_escalation::visible_to": (
        "shows only what acknowledge and close have found through visible_to in the same request"
    ),
}


# --- The database's walls -------------------------------------------------------------------------------------


def _stays_as_it_was(self: DatabaseWrapper, cursor: Any = None) -> None:
    return None


def _bound_late(self: DatabaseWrapper, tenant: Any, include_public: bool = True) -> None:
    before = self.search_path_set_schemas
    _SET_TENANT(self, tenant, include_public)
    self.search_path_set_schemas = before  # the connection still believes that it is bound


_SET_TENANT = DatabaseWrapper.set_tenant
WALL_MUTANTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "no role": ("_bound_role", lambda self: "none"),
    "the other tenant's role": (
        "_bound_role",
        lambda self: _role_of_the_other(self),
    ),
    "no search path": ("_get_cursor_search_paths", lambda self: ["public"]),
    "the other tenant's search path": (
        "_get_cursor_search_paths",
        lambda self: [_other_of(self.schema_name), "public"],
    ),
    "public first": ("_get_cursor_search_paths", lambda self: ["public", self.schema_name]),
    "never bound": ("_handle_search_path", _stays_as_it_was),
    "bound to the tenant before": ("set_tenant", _bound_late),
}


def _role_of_the_other(self: DatabaseWrapper) -> str:
    other = _other_of(self.schema_name)
    return "none" if other == PUBLIC else tenant_role(self.settings_dict["NAME"], other)


def _other_of(schema: str) -> str:
    return {"t_alpha": "t_beta", "t_beta": "t_alpha"}.get(schema, schema)


@pytest.mark.parametrize("name", WALL_MUTANTS)
def test_a_wall_that_is_gone_is_noticed(name: str, caller: Caller, monkeypatch: Any) -> None:
    attribute, mutant = WALL_MUTANTS[name]
    with transaction.atomic():
        with monkeypatch.context() as patch:
            patch.setattr(DatabaseWrapper, attribute, mutant)
            backend().search_path_set_schemas = None
            faults = list(find_wall_faults(caller.worlds))
        transaction.set_rollback(True)
    assert faults, name
    assert list(find_wall_faults(caller.worlds)) == []


# --- The rooms' scope filters ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Judge:
    """Runs operations against the oracle; what deviates without any mutant is `known` and proves nothing."""

    caller: Caller
    known: set[str] = field(default_factory=set)
    by_site: dict[mutants.Site, list[Operation]] = field(default_factory=dict)
    ajar: dict[Operation, set[str]] = field(default_factory=dict)  # what an open door alone makes

    def finds(self, operations: Iterable[Operation]) -> bool:
        return any(str(found) not in self.known for op in operations for found in self.check(op))

    def check(self, operation: Operation) -> Iterator[matrix.Deviation]:
        """A guard that is off lets somebody at rows of their own tenant: ids of the other are absent in any case."""
        return matrix.check(operation, self.caller, ["alpha"], situations=matrix.Situations.OWN)

    def notices(self, mutant: Mutant, operations: list[Operation]) -> bool:
        """At once; or, where the door asks for the same function, then once the door is open too: either wall has
        to hold without the other, and there must be deviations that the open door alone does not make."""
        with mutant():
            if self.finds(operations):
                return True
        with _open_doors(operations):
            for operation in operations:
                if operation not in self.ajar:
                    self.ajar[operation] = {str(found) for found in self.check(operation)}
                with mutant():
                    if any(str(found) not in self.ajar[operation] for found in self.check(operation)):
                        return True
        return False


@pytest.fixture(scope="module")
def judge(caller: Caller) -> Judge:
    """Knows which operations come by which guard: a mutant is judged by those only."""
    sites = mutants.find_sites()
    by_file: dict[str, list[mutants.Site]] = defaultdict(list)
    for site in sites:
        by_file[site.path].append(site)
    judge = Judge(caller, by_site={site: [] for site in sites})
    seen: set[mutants.Site] = set()

    def note(frame: Any) -> bool:
        seen.update(site for site in by_file[frame.f_code.co_filename] if site.is_caller(frame))
        return False

    with mutants.watched(note):
        for operation in TENANT_OPERATIONS:
            seen.clear()
            judge.known |= {str(found) for found in judge.check(operation)}
            for site in seen:
                judge.by_site[site].append(operation)
    return judge


def test_every_rooms_scope_filter_carries_weight(judge: Judge) -> None:
    """visible_to lets everything through: the matrix finds it by the room's own operations."""
    missed = []
    for room, policy in mutants.policies().items():
        operations = [op for op in TENANT_OPERATIONS if op.room == room]
        mutant = partial(mutants.replaced, (policy.visible_to, lambda actor, queryset: queryset))
        if operations:
            is_caught = judge.notices(mutant, operations)
        else:  # the bureau's rooms are served on the public host
            before = set(find_bureau_faults())
            with mutant():
                is_caught = not set(find_bureau_faults()) <= before
        if not is_caught:
            missed.append(room)
    total = len(mutants.policies())
    print(f"\nrooms without their scope filter: {total - len(missed)} of {total} noticed")
    assert missed == []


def test_every_single_guard_carries_weight(judge: Judge) -> None:
    """Each call of visible_to, require_visible, require_work, … switched off by itself."""
    caught, missed, elsewhere = [], [], []
    for site, operations in judge.by_site.items():
        if not operations:
            elsewhere.append(site.name)
            continue
        is_caught = judge.notices(partial(mutants.watched, site.is_caller), operations)
        (caught if is_caught else missed).append(site.name)
    unexplained = sorted(name for name in missed if name not in EQUIVALENT)
    score = len(caught) / (len(caught) + len(unexplained))
    print(
        f"\nguards switched off one at a time: {len(caught)} of {len(caught) + len(missed)} noticed,"
        f" {len(missed) - len(unexplained)} without effect; score {score:.1%};"
        f" unnoticed: {', '.join(unexplained) or 'none'};"
        f" not behind a tenant's operation: {', '.join(elsewhere) or 'none'}"
    )
    assert unexplained == []
    assert set(EQUIVALENT) <= set(missed), "a guard listed as without effect has one, or is gone"
    # Its room's mutant above is judged on the public host.
    assert elsewhere == ["community/supervision/selectors.py::overview::visible_to"]


def test_every_declared_function_carries_weight(judge: Judge) -> None:
    """An action that any log-in may call is noticed; where a guard behind it still holds, with that guard off."""
    inner = [site for site in judge.by_site if site.guard in mutants.ASKED_OF_ACTORS]
    total, missed, held = 0, [], []
    for operation in TENANT_OPERATIONS:
        if operation.function in {ANYONE, SIGNED_IN}:
            continue
        total += 1
        with _open_doors([operation]):
            if judge.finds([operation]):
                continue
            with mutants.watched(lambda frame: any(site.is_caller(frame) for site in inner)):
                (held if judge.finds([operation]) else missed).append(operation.key)
    print(
        f"\ndeclared functions taken away: {total - len(missed)} of {total} noticed,"
        f" {len(held)} of them only with the guard behind it off: {', '.join(held)}"
    )
    assert missed == []


def test_an_open_host_is_noticed(caller: Caller, monkeypatch: Any) -> None:
    """Nobody asks who is logged in: every operation but the open ones is noticed."""
    monkeypatch.setattr(DeclaredFunction, "has_permission", lambda self, request, view: True)
    monkeypatch.setattr(logging.getLogger("kernel.problems"), "disabled", True)
    closed = [op for op in TENANT_OPERATIONS if op.function != ANYONE]
    assert [op.key for op in closed if not any(matrix.check(op, caller, ["alpha"]))] == []


@contextmanager
def _open_doors(operations: Iterable[Operation]) -> Iterator[None]:
    """Any log-in may call them: what their actions declare is not asked for."""
    original = DeclaredFunction.has_permission
    opened = [(op.view, op.action) for op in operations]

    def has_permission(self: DeclaredFunction, request: Any, view: Any) -> bool:
        here = any(isinstance(view, kind) and view.action == action for kind, action in opened)
        if here and request.user is not None and request.user.is_authenticated:
            return True
        return original(self, request, view)

    DeclaredFunction.has_permission = has_permission  # type: ignore[method-assign]
    try:
        yield
    finally:
        DeclaredFunction.has_permission = original  # type: ignore[method-assign]
