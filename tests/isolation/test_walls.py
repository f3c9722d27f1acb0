"""What the catalogue of the database says of the walls, for every tenant that is provisioned."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from psycopg import sql

from kernel.postgres.base import PUBLIC, tenant_role
from tenants.provisioning.grants import APPEND_ONLY, PUBLIC_READABLE
from tests.isolation.caller import Caller
from tests.isolation.operations import TENANT_OPERATIONS
from tests.isolation.walls import find_wall_faults

pytestmark = pytest.mark.req("D1", "C16")

_WORKING = {"SELECT", "INSERT", "UPDATE", "DELETE"}
# Grants to a role or to everybody (0) on tables, views and sequences, one row each.
_GRANTS = """
SELECT n.nspname, c.relname, a.privilege_type
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL aclexplode(c.relacl) a
 WHERE a.grantee = coalesce(%s::regrole::oid, 0) AND n.nspname !~ '^(pg_|information_schema)'
   AND (c.relkind = 'S') = %s
"""


def ask(statement: str | sql.Composed, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall()


def role_of(schema: str) -> str:
    return tenant_role(connection.settings_dict["NAME"], schema)


def granted(role: str | None, *, sequences: bool = False) -> dict[tuple[str, str], set[str]]:
    """(schema, table or sequence) → rights of the role; of everybody for None."""
    quoted = None if role is None else sql.Identifier(role).as_string()
    found: dict[tuple[str, str], set[str]] = {}
    for schema, name, right in ask(_GRANTS, quoted, sequences):
        found.setdefault((schema, name), set()).add(right)
    return found


def tables_of(schema: str) -> set[str]:
    return {
        name
        for (name,) in ask(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p')",
            schema,
        )
    }


def tables_of_rooms(rooms: Iterable[str]) -> set[str]:
    configs = [config for config in apps.get_app_configs() if config.name in set(rooms)]
    return {
        model._meta.db_table for config in configs for model in config.get_models(include_auto_created=True)
    }


@pytest.fixture
def schemas(db: None) -> list[str]:
    """Every tenant schema of this database, whoever made it; the connection stays bound to public."""
    found = [row[0] for row in ask(r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\_%%'")]
    assert {"t_alpha", "t_beta"} <= set(found)
    return found


def test_the_walls_stand(caller: Caller) -> None:
    assert list(find_wall_faults(caller.worlds)) == []


def test_no_foreign_key_leaves_its_tenant(schemas: list[str]) -> None:
    leaving = ask(
        "SELECT c.conname, s.nspname, t.nspname FROM pg_constraint c"
        " JOIN pg_class f ON f.oid = c.conrelid JOIN pg_namespace s ON s.oid = f.relnamespace"
        " JOIN pg_class r ON r.oid = c.confrelid JOIN pg_namespace t ON t.oid = r.relnamespace"
        " WHERE c.contype = 'f' AND s.oid <> t.oid"
    )
    assert leaving == []


def test_no_code_of_ours_runs_inside_the_database(schemas: list[str]) -> None:
    """Triggers (other than those of foreign keys), rules, functions and policies would act where nobody looks."""
    triggers = ask(
        "SELECT n.nspname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal"
    )
    rules = ask(
        "SELECT r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^(pg_|information_schema)'"
    )
    functions = ask(
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname !~ '^(pg_|information_schema)'"
    )
    events = ask("SELECT evtname FROM pg_event_trigger")
    assert (triggers, rules, functions, events) == ([], [], [], [])


def test_identities_are_bigint(schemas: list[str]) -> None:
    sequences = ask(
        "SELECT schemaname, sequencename, data_type::text, max_value FROM pg_sequences"
        " WHERE schemaname = ANY(%s)",
        schemas,
    )
    assert len(sequences) > 40 * len(schemas)
    assert [s for s in sequences if s[2:] != ("bigint", 2**63 - 1)] == []
    small = ask(
        "SELECT table_schema, table_name FROM information_schema.columns"
        " WHERE table_schema = ANY(%s) AND column_name = 'id' AND data_type NOT IN ('bigint')",
        schemas,
    )
    assert small == []


def test_a_tenant_has_the_tables_of_its_rooms_and_plain_tables_only(schemas: list[str]) -> None:
    expected = tables_of_rooms(settings.TENANT_APPS) | {"django_migrations"}
    for schema in schemas:
        assert tables_of(schema) == expected, schema
        kinds = ask("SELECT DISTINCT relkind FROM pg_class WHERE relnamespace = %s::regnamespace", schema)
        assert {kind for (kind,) in kinds} == {"r", "i", "S"}, schema


def test_no_table_of_tenants_only_is_in_public(schemas: list[str]) -> None:
    """A tenant table that is missing would silently be looked up in public."""
    shared = tables_of(PUBLIC)
    assert shared == tables_of_rooms(settings.SHARED_APPS) | {"django_migrations"}
    both = {"django_migrations", *tables_of_rooms([*settings.BOTH_ROOMS, *settings.FRAMEWORK_BOTH])}
    for schema in schemas:
        assert tables_of(schema) & shared == both, schema


def test_a_tenants_role_has_exactly_its_rights(schemas: list[str]) -> None:
    for schema in schemas:
        rights = granted(role_of(schema))
        expected: dict[tuple[str, str], set[str]] = {(schema, t): _WORKING for t in tables_of(schema)}
        for table in set(APPEND_ONLY) & tables_of(schema):
            expected[schema, table] = {"SELECT", "INSERT"}
        expected[schema, "django_migrations"] = {"SELECT"}
        expected |= {(PUBLIC, table): {"SELECT"} for table in PUBLIC_READABLE}
        assert rights == expected, schema
        sequences = granted(role_of(schema), sequences=True)
        assert {name for name, _ in sequences} == {schema}, schema
        assert all(found == {"SELECT", "USAGE"} for found in sequences.values()), schema


def test_a_tenants_role_enters_its_own_schema_and_creates_nothing(schemas: list[str]) -> None:
    for schema in schemas:
        for other in [*schemas, PUBLIC]:
            may = ask(
                "SELECT has_schema_privilege(%s, %s, 'USAGE'), has_schema_privilege(%s, %s, 'CREATE')",
                role_of(schema), other, role_of(schema), other,
            )  # fmt: skip
            assert may == [(other in {schema, PUBLIC}, False)], (schema, other)


def test_nothing_is_granted_by_column_to_everybody_or_by_default(schemas: list[str]) -> None:
    """Side doors: a column grant survives REVOKE on the table, PUBLIC is every role, defaults open what comes later."""
    columns = ask(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE a.attacl IS NOT NULL AND n.nspname !~ '^(pg_|information_schema)'"
    )
    assert columns == []
    assert granted(None) == {}
    assert granted(None, sequences=True) == {}
    assert ask("SELECT defaclobjtype FROM pg_default_acl") == []


def test_tenant_roles_are_only_roles(schemas: list[str]) -> None:
    for schema in schemas:
        attributes = ask(
            "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
            " FROM pg_roles WHERE rolname = %s",
            role_of(schema),
        )
        assert attributes == [(False,) * 6], schema
        memberships = ask(
            "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
            " JOIN pg_roles w ON w.oid = m.member WHERE w.rolname = %s",
            role_of(schema),
        )
        assert memberships == [], schema
        owned = ask(
            "SELECT count(*) FROM pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'o'",
            sql.Identifier(role_of(schema)).as_string(),
        )
        assert owned == [(0,)], schema


def test_the_applications_log_in_owns_nothing_and_is_nobody(schemas: list[str]) -> None:
    login = settings.DATABASES["default"]["USER"]
    quoted = sql.Identifier(login).as_string()
    attributes = ask(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit"
        " FROM pg_roles WHERE rolname = %s",
        login,
    )
    assert attributes == [(False,) * 6]
    assert ask("SELECT count(*) FROM pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'o'", quoted) == [
        (0,)
    ]
    assert {schema for schema, _ in granted(login)} == {PUBLIC}
    assert {schema for schema, _ in granted(login, sequences=True)} == {PUBLIC}
    rights = granted(login)
    for table in set(APPEND_ONLY) & tables_of(PUBLIC):
        assert rights[PUBLIC, table] == {"SELECT", "INSERT"}
    assert rights[PUBLIC, "django_migrations"] == {"SELECT"}
    for schema in schemas:
        assert ask("SELECT has_schema_privilege(%s, %s, 'USAGE')", login, schema) == [(False,)], schema


def test_the_log_in_reaches_a_tenant_by_set_role_only(schemas: list[str]) -> None:
    """Inherited, the rights of every tenant together would hold all the time."""
    login = settings.DATABASES["default"]["USER"]
    for schema in schemas:
        members = ask(
            "SELECT w.rolname, m.inherit_option, m.set_option, m.admin_option FROM pg_auth_members m"
            " JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles w ON w.oid = m.member WHERE r.rolname = %s",
            role_of(schema),
        )
        assert members == [(login, False, True, False)], schema


def test_the_trail_is_append_only_for_everybody_who_logs_in(schemas: list[str]) -> None:
    assert "trail_trailrow" in APPEND_ONLY
    login = settings.DATABASES["default"]["USER"]
    for schema, role in [(PUBLIC, login), *((s, role_of(s)) for s in schemas)]:
        # By oid: looking a name up would already need a right on the schema.
        loose = ask(
            "SELECT c.relname, r FROM pg_class c CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) r"
            " WHERE c.relname = ANY(%s) AND has_table_privilege(%s, c.oid, r)"
            " AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)",
            list(APPEND_ONLY), role, schema,
        )  # fmt: skip
        assert loose == [], schema


def test_every_schema_belongs_to_the_owner_who_is_not_the_application(schemas: list[str]) -> None:
    owner, login = settings.DATABASES["owner"]["USER"], settings.DATABASES["default"]["USER"]
    assert owner != login
    for schema in schemas:
        owners = ask(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = %s::regnamespace"
            " UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s",
            schema, schema,
        )  # fmt: skip
        assert owners == [(owner,)], schema


def test_the_log_in_may_not_become_its_owner(db: None) -> None:
    owner, login = settings.DATABASES["owner"]["USER"], settings.DATABASES["default"]["USER"]
    assert ask("SELECT pg_has_role(%s, %s, 'MEMBER')", login, owner) == [(False,)]
    roles = ask(
        "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
        " JOIN pg_roles w ON w.oid = m.member WHERE w.rolname = %s",
        login,
    )
    # Tenants' roles only, also those of other databases of this server.
    assert [role for (role,) in roles if not re.fullmatch(r".+__t_[a-z0-9_]+", role)] == []


def test_a_request_leaves_no_tenant_bound(caller: Caller) -> None:
    tree = next(op for op in TENANT_OPERATIONS if op.key == "GET organization/tree")
    assert caller.call(tree, "alpha", "clinician").status == 200
    login = settings.DATABASES["default"]["USER"]
    assert ask("SELECT current_user, current_setting('search_path')") == [(login, f'"{PUBLIC}"')]
