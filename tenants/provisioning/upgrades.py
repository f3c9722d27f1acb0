"""Bringing public and every tenant to the code's migrations: the plan is made once, its SQL replayed per schema."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import psycopg
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from kernel.postgres.base import OWNER_ALIAS, tenant_role
from kernel.tenancy import backend
from tenants.provisioning import grants, scripts
from tenants.provisioning.services import app_login, current_template, repeat_seed_steps
from tenants.registry.models import Tenant

# A tenant at work must not wait behind an upgrade: give up, report, try again later.
_LOCK_TIMEOUT = "5s"


@dataclass(slots=True)
class UpgradeReport:
    up_to_date: int = 0
    upgraded: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(
        default_factory=dict
    )  # migrations that the code does not know: drift


def migrate_public() -> int:
    """Apply the shared rooms' migrations to public; returns how many were applied."""
    connection = backend(OWNER_ALIAS)
    connection.set_schema_to_public()
    executor = MigrationExecutor(connection)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    if plan:
        executor.migrate(targets, plan)
        emit_post_migrate_signal(verbosity=0, interactive=False, db=OWNER_ALIAS)
    with connection.cursor() as cursor:
        grants.grant_public(cursor, app_login=app_login())
    return len(plan)


def read_ledgers(schemas: list[str]) -> dict[str, set[scripts.MigrationKey]]:
    """The applied migrations of every schema, by one query."""
    if not schemas:
        return {}
    parts = [
        sql.SQL("SELECT {} AS schema, app, name FROM {}.django_migrations").format(
            sql.Literal(schema), sql.Identifier(schema)
        )
        for schema in schemas
    ]
    ledgers: dict[str, set[scripts.MigrationKey]] = {schema: set() for schema in schemas}
    with connections[OWNER_ALIAS].cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts))
        for schema, app, name in cursor.fetchall():
            ledgers[schema].add((app, name))
    return ledgers


def migrate_tenants(
    *, parallel: int = 2, progress: Callable[[str], None] = lambda line: None
) -> UpgradeReport:
    """Upgrade every tenant that is behind. The first one goes alone (canary); its failure stops the rest."""
    report = UpgradeReport()
    current_template()
    wanted = [key for key, _ in scripts.plan_tenant_migrations()]
    schemas = list(Tenant.objects.order_by("pk").values_list("schema_name", flat=True))
    with connections[OWNER_ALIAS].cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [schemas])
        present = {row[0] for row in cursor.fetchall()}
    ledgers = read_ledgers([schema for schema in schemas if schema in present])
    behind: dict[tuple[scripts.MigrationKey, ...], list[str]] = defaultdict(list)
    for schema, applied in ledgers.items():
        strange = sorted(applied - set(wanted))
        if strange:
            report.unknown[schema] = [f"{app}.{name}" for app, name in strange]
        pending = tuple(key for key in wanted if key not in applied)
        if pending:
            behind[pending].append(schema)
        else:
            report.up_to_date += 1
    for pending, group in behind.items():
        script = scripts.build_upgrade_script(pending)
        canary, *rest = group
        if not _upgrade(canary, script, report):
            progress(f"canary {canary} failed: {report.failed[canary]}")
            for schema in rest:
                report.failed[schema] = f"not tried: canary {canary} failed"
            continue
        progress(f"canary {canary} upgraded ({len(pending)} migrations)")
        with ThreadPoolExecutor(max_workers=parallel) as pool:
            list(pool.map(partial(_upgrade, script=script, report=report), rest))
    for tenant in Tenant.objects.filter(schema_name__in=report.upgraded).order_by("pk"):
        repeat_seed_steps(tenant)
    return report


def _upgrade(schema: str, script: scripts.Script, report: UpgradeReport) -> bool:
    parameters = connections[OWNER_ALIAS].get_connection_params()
    parameters = {k: v for k, v in parameters.items() if k in {"dbname", "user", "password", "host", "port"}}
    database = str(parameters["dbname"])
    try:
        with psycopg.connect(**parameters) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT)))
            cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
            cursor.execute(script.sql.encode())
            cursor.execute("SET LOCAL search_path TO public")
            grants.grant_tenant(cursor, schema=schema, role=tenant_role(database, schema))
    except psycopg.Error as error:
        report.failed[schema] = (str(error).strip() or type(error).__name__).splitlines()[0]
        return False
    report.upgraded.append(schema)
    return True
