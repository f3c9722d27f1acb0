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
_FILTERS = {"visible_to", "usable", "openable"}  # visible_to(actor, queryset), usable(queryset) → queryset
_NARROWINGS = {"visible_patients"}  # visible_patients(actor, **which) → patients of `which`
_CHECKS = {"require_visible", "require_review", "require_work", "require_enrolment"}  # → None
_METHODS = {"require": None}  # actor.require(function) → None
_QUESTIONS = {"can": True, "has_role": True}  # actor.can(function), where a branch hangs on it → True
ASKED_OF_ACTORS = frozenset({*_METHODS, *_QUESTIONS})
_FUNCTIONS = _FILTERS | _NARROWINGS | _CHECKS


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


def _sites_in(path: str, node: ast.AST, within: str, *, decides: bool = False) -> Iterator[Site]:
    """`decides`: the node is in the condition of a branch."""
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef) else within
        is_test = decides or (isinstance(node, ast.If | ast.IfExp) and child is node.test)
        if isinstance(child, ast.Call):
            guard = _guard_of(child)
            if guard and (is_test or guard not in _QUESTIONS):
                yield Site(path, child.lineno, child.end_lineno or child.lineno, guard, within)
        yield from _sites_in(path, child, inside, decides=is_test)


def _guard_of(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Name) and function.id in _FUNCTIONS:
        return function.id
    if isinstance(function, ast.Attribute):
        owner = function.value
        if function.attr in _FUNCTIONS:
            return function.attr
        if function.attr in ASKED_OF_ACTORS and isinstance(owner, ast.Name) and owner.id == "actor":
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


def _our_modules() -> list[Any]:
    return [
        module
        for module in list(sys.modules.values())
        if (file := getattr(module, "__file__", None)) and file.startswith(str(ROOT)) and ".venv" not in file
    ]


@contextmanager
def replaced(*pairs: tuple[Any, Callable[..., Any]]) -> Iterator[None]:
    """Each function is its wrapper wherever it is known by name: `from … import visible_to` binds it anew."""
    wrappers = {id(function): (function, wrapper) for function, wrapper in pairs}
    places = [
        (module, name, *wrappers[id(value)])
        for module in _our_modules()
        for name, value in list(vars(module).items())
        if id(value) in wrappers
    ]
    for module, name, _, wrapper in places:
        setattr(module, name, wrapper)
    try:
        yield
    finally:
        for module, name, function, _ in places:
            setattr(module, name, function)


def _guards() -> list[tuple[str, Any]]:
    """(name, function) of every guard that is a function; each room has its own visible_to."""
    found: dict[int, tuple[str, Any]] = {}
    for module in _our_modules():
        for name in _FUNCTIONS & vars(module).keys():
            function = vars(module)[name]
            file = getattr(getattr(function, "__code__", None), "co_filename", "")
            if file.startswith(str(ROOT)) and ".venv" not in file and "/tests/" not in file:
                found[id(function)] = (name, function)
    return list(found.values())


@contextmanager
def watched(decide: Callable[[Any], bool]) -> Iterator[None]:
    """`decide(frame of the caller)` says of each call of a guard whether it is let through unguarded."""
    originals = {name: getattr(Actor, name) for name in ASKED_OF_ACTORS}
    with replaced(*((function, _pass_by(name, function, decide)) for name, function in _guards())):
        for name, original in originals.items():
            setattr(Actor, name, _ask_first(original, decide, {**_METHODS, **_QUESTIONS}[name]))
        try:
            yield
        finally:
            for name, original in originals.items():
                setattr(Actor, name, original)


def _ask_first(original: Any, decide: Callable[[Any], bool], answer: bool | None) -> Callable[..., Any]:
    def method(self: Actor, what: Any) -> Any:
        return answer if decide(sys._getframe(1)) else original(self, what)

    return method


def _pass_by(name: str, function: Any, decide: Callable[[Any], bool]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not decide(sys._getframe(1)):
            return function(*args, **kwargs)
        if name in _NARROWINGS:
            return apps.get_model("records", "Patient").objects.filter(**kwargs)
        return args[-1] if name in _FILTERS else None

    return wrapper
