"""House rules that a linter of imports cannot see. Each opens with the risk that made it."""

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.operations.special import RunPython

from kernel.checks import iterate_api_views
from tenants.provisioning.scripts import plan_tenant_migrations

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ["config", "integrations", "followup", "community", "tenants", "platform"]


def iterate_sources(*, tests: bool = False) -> Iterator[Path]:
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if "migrations" in parts or "library" in parts or (not tests and "tests" in parts):
                continue
            yield path


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "platform" else ".".join(parts[:2])


def imported_modules(path: Path) -> Iterator[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in typing_only:
            yield node.module, node.lineno
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)


def test_platform_is_a_shelf() -> None:
    """A platform/__init__.py would shadow the standard library: even `import uuid` would fail."""
    assert list((ROOT / "platform").glob("*.py")) == []
    for app in (ROOT / "platform").iterdir():
        if app.is_dir() and app.name != "__pycache__":
            assert app.name not in sys.stdlib_module_names
            spec = importlib.util.find_spec(app.name)
            assert spec is not None
            assert str(spec.origin).startswith(str(ROOT)), f"{app.name} is hidden by an installed package"


def test_every_tests_folder_is_a_package() -> None:
    """pytest's prepend mode would otherwise import two test modules of one name as one."""
    for floor in [*FLOORS, "infra", "tests"]:
        for folder in (ROOT / floor).rglob("tests"):
            if "node_modules" not in folder.parts and any(folder.glob("test_*.py")):
                assert (folder / "__init__.py").exists(), folder


def test_rooms_do_not_read_each_others_models() -> None:
    """A room whose tables others write cannot keep its promises."""
    wrong = []
    for path in iterate_sources():
        room = room_of(path)
        if path.relative_to(ROOT).parts[0] == "config":
            continue
        for module, line in imported_modules(path):
            if module.endswith(".models") and not module.startswith(("django", room, "kernel.models")):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    # tenants/provisioning makes the registry's rows: they are one story in two rooms.
    allowed = ("tenants/provisioning/", "tenants/registry/")
    assert [w for w in wrong if not w.startswith(allowed)] == []


def test_doors_do_not_query() -> None:
    """A query in a door passes by visible_to."""
    for path in iterate_sources():
        if room_of(path) != "kernel" and (path.name in {"api.py", "jobs.py"} or "management" in path.parts):
            assert ".objects" not in path.read_text(encoding="utf-8"), path


def test_nobody_binds_a_tenant_by_hand() -> None:
    """`with tenant:` shares a list between threads; set_tenant in a room would outlive an exception."""
    for path in iterate_sources():
        if room_of(path) in {"kernel", "tenants.registry", "tenants.provisioning"}:
            continue
        text = path.read_text(encoding="utf-8")
        assert "set_tenant(" not in text, path
        assert "schema_context(" not in text, path


def test_jobs_are_enqueued_through_the_kernel() -> None:
    """A Celery message that PostgreSQL does not know of is lost with Redis."""
    for path in iterate_sources():
        if path.relative_to(ROOT).as_posix() != "config/celery.py":
            text = path.read_text(encoding="utf-8")
            assert ".delay(" not in text, path
            assert ".apply_async(" not in text, path


def test_time_is_asked_of_the_kernel_only() -> None:
    """A rule that asks the machine for the time cannot be tested at midnight."""
    for path in iterate_sources():
        if room_of(path) == "kernel" or "synthetic" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for forbidden in ("timezone.now(", "datetime.now(", "date.today(", "datetime.utcnow("):
            assert forbidden not in text, f"{path} uses {forbidden}"


def test_files_stay_short() -> None:
    for path in iterate_sources():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 450, f"{path.relative_to(ROOT)} has {lines} lines: split it by noun"


def test_rooms_of_both_lists_are_these() -> None:
    """A tenant table that is missing falls through to public's: the list is short and known."""
    both = set(settings.SHARED_APPS) & set(settings.TENANT_APPS)
    assert both == {
        "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "guardian",
        "kernel", "trail", "accounts", "access",
    }  # fmt: skip


def test_tenant_migrations_can_be_collected_as_sql() -> None:
    """A tenant is made from collected DDL; a data migration of ours would silently be left out."""
    ours = {
        config.label
        for config in apps.get_app_configs()
        if not config.name.startswith(("django.", "guardian"))
    }
    for (label, name), migration in plan_tenant_migrations():
        if label in ours:
            assert not any(isinstance(op, RunPython) for op in migration.operations), f"{label}.{name}"


@pytest.mark.parametrize("urlconf", [settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF])
def test_every_action_names_its_function_and_parameters(urlconf: str) -> None:
    for path, view, actions in iterate_api_views(urlconf):
        for action in actions.values():
            assert action in view.functions, f"{view.__name__}.{action} ({path})"
        assert set(view.parameters) <= set(actions.values()) | set(view.functions)
