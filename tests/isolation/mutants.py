"""The scope filters and guards of the rooms, found in their source, and switched off one at a time.

A mutant does not touch files: the guard is replaced by a wrapper that lets everything through when it is called from
the chosen lines, and does its work for every other caller.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings

from access.actor import Actor

ROOT = Path(settings.BASE_DIR)
# Guards by name: what a call of it gives when the guard is off.
_FILTERS = {"visible_to"}  # visible_to(actor, queryset) → queryset
_CHECKS = {"require_visible", "require_review", "require_work"}  # → None
_METHODS = {"require"}  # actor.require(function) → None


@dataclass(frozen=True, slots=True)
class Site:
    """One call of a guard. `name` names it without line numbers, so that lists of it keep."""

    path: str
    first: int
    last: int
    guard: str
    within: str

    @property
    def name(self) -> str:
        return f"{Path(self.path).relative_to(ROOT)}::{self.within}::{self.guard}"

    def is_caller(self, frame: Any) -> bool:
        return frame.f_code.co_filename == self.path and self.first <= frame.f_lineno <= self.last


def room_paths() -> Iterator[Path]:
    for config in apps.get_app_configs():
        path = Path(config.path)
        if ROOT in path.parents and ".venv" not in path.parts:
            yield path


def find_sites() -> list[Site]:
    """Every call of a guard in the rooms' code."""
    found: list[Site] = []
    for room in room_paths():
        for path in sorted(room.rglob("*.py")):
            if not {"tests", "migrations"} & set(path.relative_to(room).parts):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found += _sites_in(str(path), tree, "")
    return found


def _sites_in(path: str, node: ast.AST, within: str) -> Iterator[Site]:
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef) else within
        if isinstance(child, ast.Call):
            guard = _guard_of(child)
            if guard:
                yield Site(path, child.lineno, child.end_lineno or child.lineno, guard, within)
        yield from _sites_in(path, child, inside)


def _guard_of(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Name) and function.id in _FILTERS | _CHECKS:
        return function.id
    if isinstance(function, ast.Attribute):
        owner = function.value
        if function.attr in _FILTERS | _CHECKS:
            return function.attr
        if function.attr in _METHODS and isinstance(owner, ast.Name) and owner.id == "actor":
            return function.attr
    return ""


def policies() -> dict[str, Any]:
    """Room → its policy module, where it has a visible_to."""
    found = {}
    for config in apps.get_app_configs():
        if (Path(config.path) / "policy.py").is_file() and ROOT in Path(config.path).parents:
            module = import_module(f"{config.name}.policy")
            if hasattr(module, "visible_to"):
                found[config.name] = module
    return found


def _bindings(function: Any) -> Iterator[tuple[Any, str]]:
    """Every module attribute that is this function: `from … import visible_to` binds it anew."""
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()) if hasattr(module, "__dict__") else []:
            if value is function:
                yield module, name


@contextmanager
def replaced(function: Any, wrapper: Callable[..., Any]) -> Iterator[None]:
    """The function is `wrapper` wherever it is known by name."""
    places = list(_bindings(function))
    for module, name in places:
        setattr(module, name, wrapper)
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, function)


def _guards() -> list[tuple[str, Any]]:
    """(name, function) of every guard that is a function; each room has its own visible_to."""
    found: dict[int, tuple[str, Any]] = {}
    for module in list(sys.modules.values()):
        for name in _FILTERS | _CHECKS:
            function = vars(module).get(name) if hasattr(module, "__dict__") else None
            file = getattr(getattr(function, "__code__", None), "co_filename", "")
            if file.startswith(str(ROOT)) and ".venv" not in file and "/tests/" not in file:
                found[id(function)] = (name, function)
    return list(found.values())


@contextmanager
def watched(decide: Callable[[Any], bool]) -> Iterator[None]:
    """`decide(frame of the caller)` says of each call of a guard whether it is let through unguarded."""
    with _watch_all(_guards(), decide):
        original = Actor.require

        def require(self: Actor, function: Any) -> None:
            if not decide(sys._getframe(1)):
                original(self, function)

        Actor.require = require  # type: ignore[method-assign]
        try:
            yield
        finally:
            Actor.require = original  # type: ignore[method-assign]


@contextmanager
def _watch_all(guards: list[tuple[str, Any]], decide: Callable[[Any], bool]) -> Iterator[None]:
    if not guards:
        yield
        return
    (name, function), *rest = guards

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not decide(sys._getframe(1)):
            return function(*args, **kwargs)
        return args[1] if name in _FILTERS else None

    with replaced(function, wrapper), _watch_all(rest, decide):
        yield
