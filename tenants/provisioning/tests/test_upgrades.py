"""Upgrades: the canary first, every tenant or a report, the ledger true, nothing to do costs nothing."""

from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from kernel import clock
from kernel.postgres.base import OWNER_ALIAS
from tenants.provisioning import grants, scripts, services, upgrades
from tenants.provisioning.tests.catalogue import database, describe, fetch, ledger_of
from tenants.registry.models import Tenant

pytestmark = pytest.mark.req("D1", "C11b")

NEWEST = ("access", "0002_initial")
_older: list[str] = []


def run_as_owner(statement: str) -> None:
    with connections[OWNER_ALIAS].cursor() as cursor:
        cursor.execute(statement)


def make_behind(code: str) -> str:
    """A tenant of the release before `access.0002_initial`, which also knew no RoleAssignment."""
    schema = f"t_{code}"
    if not _older:
        keys = [key for key, _ in scripts.plan_tenant_migrations() if key != NEWEST]
        _older.append(
            "\n".join([scripts._LEDGER_TABLE, scripts.collect_sql(keys).sql, *scripts._catalogue_rows()])
        )
    with transaction.atomic(using=OWNER_ALIAS), connections[OWNER_ALIAS].cursor() as cursor:
        role = grants.ensure_role(cursor, database=database(), schema=schema, app_login=services.app_login())
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        cursor.execute(_older[0])
        cursor.execute("DELETE FROM auth_permission WHERE codename LIKE '%_roleassignment'")
        cursor.execute("DELETE FROM django_content_type WHERE model = 'roleassignment'")
        cursor.execute("SET LOCAL search_path TO public")
        grants.grant_tenant(cursor, schema=schema, role=role)
    Tenant.objects.create(
        code=code, schema_name=schema, name=code, kind="hospital", status="active", created_at=clock.now()
    )
    return schema


@pytest.fixture
def three_behind(remove_tenants: list[str]) -> list[str]:
    codes = ["old1", "old2", "old3"]
    remove_tenants.extend(codes)
    return [make_behind(code) for code in codes]


def test_nothing_to_do_reads_the_ledgers_by_one_query(committing: None) -> None:
    count = Tenant.objects.count()
    with (
        CaptureQueriesContext(connections[OWNER_ALIAS]) as owner,
        CaptureQueriesContext(connections["default"]) as own,
    ):
        report = upgrades.migrate_tenants()
    assert (report.up_to_date, report.upgraded, report.failed, report.unknown) == (count, [], {}, {})
    assert sum("django_migrations" in q["sql"] for q in owner.captured_queries) == 1
    assert len(owner.captured_queries) + len(own.captured_queries) <= 5
    assert upgrades.read_ledgers([]) == {}
    assert upgrades.migrate_public() == 0


def test_the_canary_stops_the_rest_and_a_repeat_brings_all(three_behind: list[str]) -> None:
    others = Tenant.objects.count() - 3
    before = {schema: describe(schema) for schema in three_behind}
    said: list[str] = []

    run_as_owner("ALTER TABLE t_old1.access_roleassignment ADD COLUMN account_id integer")
    report = upgrades.migrate_tenants(progress=said.append)
    assert (report.up_to_date, report.upgraded) == (others, [])
    assert set(report.failed) == set(three_behind)
    assert 'column "account_id"' in report.failed["t_old1"]
    assert "already exists" in report.failed["t_old1"]
    assert {report.failed[s] for s in three_behind[1:]} == {"not tried: canary t_old1 failed"}
    assert said == [f"canary t_old1 failed: {report.failed['t_old1']}"]
    assert {schema: describe(schema) for schema in three_behind[1:]} == {
        s: before[s] for s in three_behind[1:]
    }
    run_as_owner("ALTER TABLE t_old1.access_roleassignment DROP COLUMN account_id")
    assert describe("t_old1") == before["t_old1"], "the failed upgrade left something"

    # One of the rest fails: it alone is reported, the others are done.
    run_as_owner("ALTER TABLE t_old2.access_roleassignment ADD COLUMN account_id integer")
    report = upgrades.migrate_tenants(progress=said.append)
    assert (report.up_to_date, sorted(report.upgraded), set(report.failed)) == (
        others, ["t_old1", "t_old3"], {"t_old2"},
    )  # fmt: skip
    assert said[-1] == "canary t_old1 upgraded (1 migrations)"
    run_as_owner("ALTER TABLE t_old2.access_roleassignment DROP COLUMN account_id")

    report = upgrades.migrate_tenants()
    assert (report.up_to_date, report.upgraded, report.failed) == (others + 2, ["t_old2"], {})
    report = upgrades.migrate_tenants()
    assert (report.up_to_date, report.upgraded) == (others + 3, [])

    wanted, ledger = describe("t_alpha"), ledger_of("t_alpha")
    for schema in three_behind:
        assert describe(schema) == wanted, schema
        assert ledger_of(schema) == ledger
        assert fetch(
            f"SELECT count(*) FROM {schema}.django_migrations WHERE (app, name) = (%s, %s)", *NEWEST
        ) == [(1,)]
        # What Django would have written after the migration: without it no permission of the new table exists.
        assert fetch(
            f"SELECT count(*) FROM {schema}.auth_permission p JOIN {schema}.django_content_type c"
            " ON c.id = p.content_type_id WHERE c.model = 'roleassignment'"
        ) == [(4,)]
        # What newer seed steps make, a tenant from before them has after the upgrade.
        assert fetch(f"SELECT count(*) FROM {schema}.kernel_schedule") == [(7,)]


def test_a_tenant_at_work_is_not_waited_for(
    remove_tenants: list[str], monkeypatch: Any, committing: None
) -> None:
    monkeypatch.setattr(upgrades, "_LOCK_TIMEOUT", "100ms")
    remove_tenants.append("busy")
    schema = make_behind("busy")
    parameters = {
        k: v for k, v in connections[OWNER_ALIAS].get_connection_params().items()
        if k in {"dbname", "user", "password", "host", "port"}
    }  # fmt: skip
    with psycopg.connect(**parameters) as busy:
        busy.execute(f"LOCK TABLE {schema}.access_roleassignment IN ACCESS SHARE MODE")
        report = upgrades.migrate_tenants()
    assert report.upgraded == []
    assert "lock timeout" in report.failed[schema]
    assert upgrades.migrate_tenants().upgraded == [schema]


def test_a_schema_from_the_future_is_reported_and_left_alone(remove_tenants: list[str]) -> None:
    remove_tenants.append("future")
    services.provision_tenant(code="future", name="x", kind="hospital", hosts=["future.test"])
    run_as_owner(
        "INSERT INTO t_future.django_migrations (app, name, applied) VALUES ('records', '0999_unknown', now())"
    )
    before = describe("t_future")
    report = upgrades.migrate_tenants()
    assert report.unknown == {"t_future": ["records.0999_unknown"]}
    assert (report.failed, report.upgraded, report.up_to_date) == ({}, [], Tenant.objects.count())
    assert describe("t_future") == before


def test_a_tenant_whose_schema_is_not_made_yet_is_passed_over(remove_tenants: list[str]) -> None:
    remove_tenants.append("unmade")
    Tenant.objects.create(
        code="unmade", schema_name="t_unmade", name="x", kind="hospital", created_at=clock.now()
    )
    report = upgrades.migrate_tenants()
    assert (report.failed, report.upgraded, report.up_to_date) == ({}, [], Tenant.objects.count() - 1)


def test_the_command_says_what_it_did_and_fails_when_a_tenant_did(remove_tenants: list[str]) -> None:
    out = StringIO()
    call_command("migrate_tenants", stdout=out, skip_checks=True)
    assert "public: 0 migrations applied" in out.getvalue()
    assert f"tenants: {Tenant.objects.count()} up to date, 0 upgraded, 0 failed" in out.getvalue()
    remove_tenants.append("old4")
    make_behind("old4")
    run_as_owner("ALTER TABLE t_old4.access_roleassignment ADD COLUMN account_id integer")
    with pytest.raises(CommandError, match=r"t_old4: .*already exists"):
        call_command("migrate_tenants", stdout=StringIO(), skip_checks=True)
