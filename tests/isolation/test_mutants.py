"""The walls carry weight: take one away, and the matrix or the wall checker must say so."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
from tests.isolation.matrix import Caller
from tests.isolation.operations import TENANT_OPERATIONS, Operation
from tests.isolation.walls import find_wall_faults

pytestmark = pytest.mark.req("D1", "D4", "C16")

Mutant = Callable[[], AbstractContextManager[None]]
# Taking these away changes nothing that any caller could see; each with the reason why.
EQUIVALENT = {
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


def test_every_rooms_scope_filter_carries_weight(caller: Caller) -> None:
    """visible_to lets everything through: the matrix finds it by the room's own operations."""
    missed = []
    for room, policy in mutants.policies().items():
        operations = [op for op in TENANT_OPERATIONS if op.room == room]
        mutant = partial(mutants.replaced, policy.visible_to, lambda actor, queryset: queryset)
        if not operations:
            with mutant():
                caught = find_bureau_faults() != []
        else:
            caught = _is_noticed(mutant, operations, caller)
        if not caught:
            missed.append(room)
    print(f"\nrooms without their scope filter: {len(mutants.policies()) - len(missed)}"
          f" of {len(mutants.policies())} noticed")  # fmt: skip
    assert missed == []


@pytest.fixture(scope="module")
def reached(caller: Caller) -> dict[mutants.Site, list[Operation]]:
    """Which operations come by which guard: a mutant is judged by those only."""
    sites = mutants.find_sites()
    by_file: dict[str, list[mutants.Site]] = defaultdict(list)
    for site in sites:
        by_file[site.path].append(site)
    found: dict[mutants.Site, list[Operation]] = {site: [] for site in sites}
    for operation in TENANT_OPERATIONS:
        seen: set[mutants.Site] = set()

        def note(frame: Any, seen: set[mutants.Site] = seen) -> bool:
            seen.update(site for site in by_file[frame.f_code.co_filename] if site.is_caller(frame))
            return False

        with mutants.watched(note):
            for _ in matrix.check(operation, caller, ["alpha"]):
                pass
        for site in seen:
            found[site].append(operation)
    return found


def test_every_single_guard_carries_weight(
    caller: Caller, reached: dict[mutants.Site, list[Operation]]
) -> None:
    """Each call of visible_to, require_visible, require_work, … switched off by itself."""
    caught, missed, asleep = [], [], []
    for site, operations in reached.items():
        if not operations:
            asleep.append(site.name)
            continue
        is_caught = _is_noticed(partial(mutants.watched, site.is_caller), operations, caller)
        (caught if is_caught else missed).append(site.name)
    unexplained = sorted(set(missed) - set(EQUIVALENT))
    explained = len(missed) - len([name for name in missed if name in unexplained])
    score = len(caught) / (len(caught) + len(unexplained))
    print(f"\nguards switched off one at a time: {len(caught)} of {len(caught) + len(missed)} noticed,"
          f" {explained} without effect, {len(asleep)} behind no operation; score {score:.1%}")  # fmt: skip
    for name in asleep:
        print(f"  behind no operation: {name}")
    assert unexplained == []
    assert score >= 0.99
    assert set(EQUIVALENT) <= set(missed), "a guard listed as without effect has one, or is gone"


def test_every_declared_function_carries_weight(caller: Caller) -> None:
    """An action that any log-in may call is noticed, whichever it is."""
    missed = []
    total = 0
    for operation in TENANT_OPERATIONS:
        if operation.function in {ANYONE, SIGNED_IN}:
            continue
        total += 1
        with _open_doors([operation]):
            is_caught = _finds_a_deviation([operation], caller)
            if not is_caught:  # a guard behind the door holds alone: then it must be that guard
                with mutants.watched(lambda frame: True):
                    is_caught = _finds_a_deviation([operation], caller)
        if not is_caught:
            missed.append(operation.key)
    print(f"\ndeclared functions taken away: {total - len(missed)} of {total} noticed")
    assert missed == []


def test_an_open_host_is_noticed(caller: Caller, monkeypatch: Any) -> None:
    """Nobody asks who is logged in: every operation but the open ones is noticed."""
    monkeypatch.setattr(DeclaredFunction, "has_permission", lambda self, request, view: True)
    monkeypatch.setattr(logging.getLogger("kernel.problems"), "disabled", True)
    closed = [op for op in TENANT_OPERATIONS if op.function != ANYONE]
    assert [op.key for op in closed if not _finds_a_deviation([op], caller)] == []


def _finds_a_deviation(operations: Iterable[Operation], caller: Caller) -> bool:
    return any(True for op in operations for _ in matrix.check(op, caller, ["alpha"]))


def _is_noticed(
    mutant: Callable[[], AbstractContextManager[None]], operations: list[Operation], caller: Caller
) -> bool:
    """At once; or, where the door asks for the same function, then once the door is open too: either wall has to
    hold without the other, and deviations must be more than the open door alone makes."""
    with mutant():
        if _finds_a_deviation(operations, caller):
            return True
    with _open_doors(operations):
        before = _all_deviations(operations, caller)
        with mutant():
            return not _all_deviations(operations, caller) <= before


def _all_deviations(operations: Iterable[Operation], caller: Caller) -> set[str]:
    return {str(found) for op in operations for found in matrix.check(op, caller, ["alpha"])}


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
