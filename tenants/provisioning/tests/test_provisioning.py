"""Making a tenant: the same twice, whole or not at all, and exactly what the migrations would have made."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from kernel.models import Schedule
from kernel.postgres.base import OWNER_ALIAS, tenant_role
from kernel.tenancy import backend, bind_schema
from tenants.provisioning import scripts, services
from tenants.provisioning.errors import FacilityTaken, HostTaken, InvalidTenantCode
from tenants.provisioning.models import ProvisioningRun, SchemaTemplate
from tenants.provisioning.tests.catalogue import count_tables, describe, fetch, ledger_of, role_exists
from tenants.registry.models import Domain, HealthBureau, Tenant

pytestmark = pytest.mark.req("D1", "C11b")

SEED_STEPS = ("schedules", "handover_key")
SCHEDULES = [
    "catchments.roster_day", "handover.sweep", "routing.recheck", "routing.route_waiting", "screening.daily",
    "screening.flag_frequent_visits", "supervision.refresh",
]  # fmt: skip


def provision(code: str, **changes: Any) -> Tenant:
    fields: dict[str, Any] = {
        "name": "某医院", "kind": "hospital", "hosts": [f"{code}.test", f"www.{code}.test"],
        "division_code": "420583000000", "sending_facilities": [f"HIS-{code}"],
    }  # fmt: skip
    return services.provision_tenant(code=code, **{**fields, **changes})


def state_of(code: str) -> tuple[Any, ...]:
    """Everything that provisioning leaves, but for times."""
    schema = f"t_{code}"
    with bind_schema("public"):
        tenant = Tenant.objects.filter(code=code).values("name", "kind", "status", "division_code", "bureau_id",
                                                         "sending_facilities", "schema_name").first()  # fmt: skip
        domains = sorted(Domain.objects.filter(tenant__code=code).values_list("domain", "is_primary"))
        run = ProvisioningRun.objects.filter(tenant__code=code).first()
    tables = count_tables(schema)
    schedules: list[Any] = []
    if tables:
        with bind_schema(schema):
            schedules = sorted(Schedule.objects.values_list("name", flat=True))
    return (
        tenant, domains, run and (run.steps_done, run.finished_at is not None), tables, role_exists(schema), schedules,
    )  # fmt: skip


def test_twice_is_once(remove_tenants: list[str]) -> None:
    remove_tenants.append("twice")
    steps: list[str] = []
    first = provision("twice", progress=steps.append)
    state, ledger = state_of("twice"), ledger_of("t_twice")
    again = provision("twice")
    assert (first.pk, first.status) == (again.pk, "active")
    assert (state_of("twice"), ledger_of("t_twice")) == (state, ledger)
    assert steps == ["schema", *SEED_STEPS]
    tenant, domains, run, tables, role, schedules = state
    assert tenant["status"] == "active"
    assert domains == [("twice.test", True), ("www.twice.test", False)]
    assert run == (list(SEED_STEPS), True)
    assert (tables, role) == (count_tables("t_alpha"), True)
    assert schedules == SCHEDULES


def test_a_repeat_corrects_what_it_says_and_keeps_what_it_does_not(remove_tenants: list[str]) -> None:
    remove_tenants.append("mended")
    bureau = HealthBureau.objects.get(code="zhijiang")
    provision("mended", bureau=bureau)
    Tenant.objects.filter(code="mended").update(status="suspended")
    again = provision("mended", name="改名医院")
    stored = Tenant.objects.get(code="mended")
    assert (stored.name, stored.bureau_id, stored.status) == ("改名医院", bureau.pk, "suspended")
    assert (again.name, again.status) == ("改名医院", "suspended")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "a",
        "A1",
        "1a",
        "_a",
        "a-b",
        "a b",
        "a.b",
        "a\n",
        "ab\n",
        "县",
        "a" * 31,
        'a"; DROP SCHEMA t_alpha',
        "a'b",
    ],
)
def test_a_bad_code_leaves_nothing(committing: None, code: str) -> None:
    before = Tenant.objects.count()
    with pytest.raises(InvalidTenantCode):
        provision(code, hosts=["bad.test"])
    assert (Tenant.objects.count(), Domain.objects.filter(domain="bad.test").count()) == (before, 0)


def test_a_taken_host_or_sender_leaves_nothing(committing: None) -> None:
    before = state_of("alpha")
    for error, changes in (
        (HostTaken, {"hosts": ["free.test", "alpha.test"]}),
        (FacilityTaken, {"sending_facilities": ["FREE", "HIS-ALPHA"]}),
    ):
        with pytest.raises(error):
            provision("thief", **changes)
        assert state_of("thief") == (None, [], None, None, False, [])
        assert not Domain.objects.filter(domain="free.test").exists()
    assert state_of("alpha") == before


# --- crashes --------------------------------------------------------------------------------------


class Crash(BaseException):
    """The process is gone."""


@contextmanager
def crashing(at: int, *, after: bool) -> Iterator[list[str]]:
    """Raises before (or after) the statement number `at`, counted over both connections."""
    seen: list[str] = []

    def run(execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: Any) -> Any:
        seen.append(str(statement))
        if len(seen) - 1 == at and not after:
            raise Crash
        result = execute(statement, params, many, context)
        if len(seen) - 1 == at and after:
            raise Crash
        return result

    with ExitStack() as stack:
        for alias in ("default", OWNER_ALIAS):
            stack.enter_context(connections[alias].execute_wrapper(run))
        yield seen


def crash(code: str, at: int, *, after: bool) -> bool:
    try:
        with crashing(at, after=after):
            provision(code)
    except Crash:
        return True
    return False


def forget(code: str) -> None:
    """Back to the beginning, but for the schema."""
    Tenant.objects.filter(code=code).delete()
    if count_tables(f"t_{code}"):
        with bind_schema(f"t_{code}"):
            Schedule.objects.all().delete()


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_statement_leaves_no_half_tenant(remove_tenants: list[str], after: bool) -> None:
    """Each crash leaves one of the states below exactly; the next call goes on to the very same end."""
    code = f"crash{int(after)}"
    remove_tenants.append(code)
    full = count_tables("t_alpha")
    nothing = (None, [], None, None, False, [])
    at, met = 0, []
    # Until the schema stands.
    while True:
        assert crash(code, at, after=after)
        tenant, _, run, tables, role, schedules = state = state_of(code)
        if tables is not None:
            break
        if tenant is not None:
            assert (tenant["status"], run, tables, role, schedules) == (
                "provisioning",
                ([], False),
                None,
                False,
                [],
            )
            assert len(state[1]) == 2
        else:
            assert state == nothing
        met.append(tenant is not None)
        forget(code)
        at += 1
    assert met == sorted(met), "registered, and then not"
    assert sum(met) >= 17, "fewer statements than create_schema has: the wrapper saw nothing"
    # From here on the schema is there and is kept.
    provision(code)
    done = state_of(code)
    assert done[0]["status"] == "active"
    assert done[3:] == (full, True, SCHEDULES)
    at, late = 0, set()
    while True:
        forget(code)
        if not crash(code, at, after=after):
            break
        tenant, _, run, tables, role, schedules = state_of(code)
        assert (tables, role) == (full, True)
        if tenant is not None:
            late.add((tenant["status"], tuple(run[0]), run[1], len(schedules)))
        provision(code)
        assert state_of(code) == done
        at += 1
    number = len(SCHEDULES)
    assert late <= {
        ("provisioning", (), False, 0), ("provisioning", (), False, number),
        *(("provisioning", SEED_STEPS[:done], False, number) for done in range(1, len(SEED_STEPS) + 1)),
        ("active", SEED_STEPS, True, number),
    }  # fmt: skip
    assert len(late) >= 3 - after
    assert state_of(code) == done


def test_dropping_leaves_nothing(committing: None) -> None:
    provision("gone")
    services.drop_tenant_schema("t_gone")
    assert (count_tables("t_gone"), role_exists("t_gone")) == (None, False)
    role = f"%{'t_gone'}%"
    assert fetch("SELECT 1 FROM pg_class WHERE relacl::text LIKE %s", role) == []
    assert fetch("SELECT 1 FROM pg_namespace WHERE nspacl::text LIKE %s", role) == []
    services.drop_tenant_schema("t_gone")
    Tenant.objects.filter(code="gone").delete()


# --- the script -----------------------------------------------------------------------------------


def test_the_script_makes_what_the_migrations_make(committing: None) -> None:
    owner = backend(OWNER_ALIAS)
    try:
        with owner.cursor() as cursor:
            cursor.execute("CREATE SCHEMA t_real")
        owner.set_schema("t_real")
        executor = MigrationExecutor(owner)
        executor.migrate(executor.loader.graph.leaf_nodes())
        owner.set_schema_to_public()
        real, ours = describe("t_real"), describe("t_alpha")
        for part in ("others", "columns", "constraints", "indexes"):
            assert ours[part] - real[part] == set(), part
            assert real[part] - ours[part] == set(), part
            assert len(ours[part]) > 50, part
        labels = set(scripts.tenant_labels())
        assert ledger_of("t_alpha") == {key for key in ledger_of("t_real") if key[0] in labels}
    finally:
        owner.set_schema_to_public()
        with owner.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS t_real CASCADE")


def test_every_identity_is_bigint(committing: None) -> None:
    rows = fetch("SELECT sequencename, data_type::text FROM pg_sequences WHERE schemaname = 't_alpha'")
    assert len(rows) > 40
    assert {kind for _, kind in rows} == {"bigint"}


def test_content_types_and_permissions_are_those_of_the_code(committing: None) -> None:
    from django.apps import apps

    models = [m for label in scripts.tenant_labels() for m in apps.get_app_config(label).get_models()]
    assert set(fetch("SELECT app_label, model FROM t_alpha.django_content_type")) == {
        (m._meta.app_label, m._meta.model_name) for m in models
    }
    assert set(
        fetch(
            "SELECT c.app_label, c.model, p.codename FROM t_alpha.auth_permission p"
            " JOIN t_alpha.django_content_type c ON c.id = p.content_type_id"
        )
    ) == {
        (m._meta.app_label, m._meta.model_name, code)
        for m in models
        for code in [
            *[f"{action}_{m._meta.model_name}" for action in m._meta.default_permissions],
            *[code for code, _ in m._meta.permissions],
        ]
    }


@pytest.fixture
def edit_access(tmp_path: Path, settings: Any, monkeypatch: Any) -> Iterator[Callable[[str, str], None]]:
    """`edit_access(file, text)` puts a copy of access's migrations in force, with the text added to the file."""
    import access.migrations

    names: list[str] = []

    def edit(file: str, text: str) -> None:
        package = f"edited_access_{len(names)}"
        names.append(package)
        copy = tmp_path / package
        shutil.copytree(Path(str(access.migrations.__file__)).parent, copy)
        with (copy / file).open("a", encoding="utf-8") as out:
            out.write(text)
        settings.MIGRATION_MODULES = {"access": package}

    monkeypatch.syspath_prepend(str(tmp_path))
    yield edit
    for module in [m for m in sys.modules if m.startswith("edited_access_")]:
        del sys.modules[module]


_NEXT = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("access", "0002_initial")]
    operations = [{}]
"""


def test_the_digest_follows_the_text_of_the_migrations(edit_access: Callable[[str, str], None]) -> None:
    before = scripts.digest_migrations()
    assert scripts.digest_migrations() == before
    edit_access("0002_initial.py", "")
    assert scripts.digest_migrations() == before
    edit_access("0002_initial.py", "\n# edited in place\n")
    edited = scripts.digest_migrations()
    edit_access("0003_next.py", _NEXT.format(""))
    assert len({before, edited, scripts.digest_migrations()}) == 3


def test_the_template_is_rebuilt_only_when_migrations_change(committing: None) -> None:
    first = services.current_template()
    assert services.current_template().pk == first.pk
    SchemaTemplate.objects.filter(pk=first.pk).update(digest="of older code")
    newer = services.current_template()
    assert (newer.pk != first.pk, newer.script) == (True, first.script)
    assert services.current_template().pk == newer.pk
    SchemaTemplate.objects.filter(pk=first.pk).delete()


@pytest.mark.parametrize(
    "operation", ["migrations.RunPython(lambda apps, editor: None)", "migrations.SeparateDatabaseAndState()"]
)
def test_a_migration_in_python_is_refused_instead_of_left_out(
    committing: None, edit_access: Callable[[str, str], None], operation: str
) -> None:
    edit_access("0003_next.py", _NEXT.format(operation))
    if "RunPython" in operation:
        with pytest.raises(ValueError, match=r"access\.0003_next moves data in Python"):
            scripts.collect_sql([("access", "0003_next")])
    else:
        assert scripts.collect_sql([("access", "0003_next")]).migrations == (("access", "0003_next"),)


# --- rights ---------------------------------------------------------------------------------------


def rights_of(schema: str, table: str, role: str) -> set[str]:
    return {
        right
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
        if fetch("SELECT has_table_privilege(%s, %s, %s)", role, f"{schema}.{table}", right)[0][0]
    }


def test_the_tenants_role_has_its_rights_and_no_other(committing: None) -> None:
    role = tenant_role(str(connections[OWNER_ALIAS].settings_dict["NAME"]), "t_alpha")
    tables = [row[0] for row in fetch("SELECT tablename FROM pg_tables WHERE schemaname = 't_alpha'")]
    special = {
        "django_migrations": {"SELECT"},
        "trail_trailrow": {"SELECT", "INSERT"},
        "routing_routingdecision": {"SELECT", "INSERT"},
        "routing_ownerchange": {"SELECT", "INSERT"},
        "handover_handoverevent": {"SELECT", "INSERT"},
    }
    for table in tables:
        expected = special.get(table, {"SELECT", "INSERT", "UPDATE", "DELETE"})
        assert rights_of("t_alpha", table, role) == expected, table
        assert rights_of("t_beta", table, role) == set(), table
    public = [row[0] for row in fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert {t for t in public if rights_of("public", t, role)} == {"divisions_admindivision"}
    assert rights_of("public", "divisions_admindivision", role) == {"SELECT"}
    for schema, expected in (
        ("t_alpha", (True, False)),
        ("t_beta", (False, False)),
        ("public", (True, False)),
    ):
        assert (
            fetch("SELECT has_schema_privilege(%s, %s, 'USAGE'), has_schema_privilege(%s, %s, 'CREATE')",
                  role, schema, role, schema)[0]
            == expected
        ), schema  # fmt: skip


def test_the_role_is_nobodys_log_in_and_the_application_does_not_inherit_it(committing: None) -> None:
    role = tenant_role(str(connections[OWNER_ALIAS].settings_dict["NAME"]), "t_alpha")
    assert fetch(
        "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = %s",
        role,
    ) == [(False,) * 5]
    rows = fetch(
        "SELECT inherit_option, set_option, admin_option FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
        " JOIN pg_roles g ON g.oid = m.member WHERE r.rolname = %s AND g.rolname = %s",
        role, services.app_login(),
    )  # fmt: skip
    assert rows == [(False, True, False)]
    for table in ("organization_institution", "records_patient", "kernel_job"):
        assert rights_of("t_alpha", table, services.app_login()) == set()


def test_a_new_table_of_the_schema_is_the_owners(committing: None) -> None:
    owners = fetch("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 't_alpha'")
    assert owners == [(connections[OWNER_ALIAS].settings_dict["USER"],)]
