"""Who may touch what in the database: one NOLOGIN role per tenant, and the narrow list of public tables."""

from typing import Any

from psycopg import sql

from kernel.postgres.base import PUBLIC, tenant_role

# Public tables that every tenant may read; nothing in public may be written by a tenant.
PUBLIC_READABLE = ("divisions_admindivision",)
# Rows of these are only ever added (docs/architecture.md, Trail).
PUBLIC_APPEND_ONLY = ("trail_trailrow",)
APPEND_ONLY = (
    *PUBLIC_APPEND_ONLY, "routing_routingdecision", "routing_ownerchange", "handover_handoverevent",
)  # fmt: skip


def ensure_role(cursor: Any, *, database: str, schema: str, app_login: str) -> str:
    """Create the tenant's role if it is missing and let the application's log-in SET ROLE to it, not inherit it."""
    role = tenant_role(database, schema)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    cursor.execute("SHOW server_version_num")
    modern = int(cursor.fetchone()[0]) >= 160000
    options = sql.SQL(" WITH INHERIT FALSE, SET TRUE") if modern else sql.SQL("")
    cursor.execute("SELECT current_user")
    if cursor.fetchone()[0] != app_login:
        cursor.execute(
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(app_login)) + options
        )
    return role


def grant_tenant(cursor: Any, *, schema: str, role: str) -> None:
    """The role's rights on its own schema and its reading list in public. Safe to repeat."""
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
    for statement in (
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON {schema}.django_migrations FROM {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))
    for table in APPEND_ONLY:
        cursor.execute(
            sql.SQL("REVOKE UPDATE, DELETE ON {schema}.{table} FROM {role}").format(
                table=sql.Identifier(table), **names
            )
        )
    for table in PUBLIC_READABLE:
        cursor.execute(
            sql.SQL("GRANT SELECT ON public.{table} TO {role}").format(table=sql.Identifier(table), **names)
        )


def grant_public(cursor: Any, *, app_login: str) -> None:
    """What the application's log-in may do while no tenant is bound. Safe to repeat."""
    cursor.execute("SELECT current_user")
    if cursor.fetchone()[0] == app_login:
        return
    names = {"schema": sql.Identifier(PUBLIC), "role": sql.Identifier(app_login)}
    # A temporary table hides the real one of its name for as long as the pooled connection lives.
    cursor.execute("SELECT current_database()")
    database = sql.Identifier(cursor.fetchone()[0])
    cursor.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
    for statement in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM {role}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))
    for table in PUBLIC_APPEND_ONLY:
        cursor.execute(
            sql.SQL("REVOKE UPDATE, DELETE ON public.{table} FROM {role}").format(
                table=sql.Identifier(table), **names
            )
        )
