"""The second wall: a wrong search path or a missing role raises instead of returning rows."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from kernel.tenancy import bind_schema

pytestmark = pytest.mark.req("D1")


def fetch(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def fail_after_reading() -> None:
    fetch("SELECT 1")
    raise ZeroDivisionError


def test_role_and_search_path_are_bound_together(in_alpha: Any) -> None:
    ((role, path),) = fetch("SELECT current_user, current_setting('search_path')")
    assert role == f"{connection.settings_dict['NAME']}__t_alpha"
    assert path == '"t_alpha","public"'


def test_another_tenants_table_is_refused_by_the_database(in_alpha: Any) -> None:
    with pytest.raises(DatabaseError, match="permission denied for schema t_beta"), transaction.atomic():
        fetch("SELECT count(*) FROM t_beta.organization_institution")


def test_a_wrong_search_path_is_refused_by_the_database(in_alpha: Any) -> None:
    with pytest.raises(DatabaseError, match="does not exist"), transaction.atomic():
        fetch("SET LOCAL search_path TO t_beta; SELECT count(*) FROM organization_institution")


def test_without_a_tenant_no_tenant_table_can_be_read(db: None) -> None:
    refused = pytest.raises(DatabaseError, match="permission denied for schema t_alpha")
    with bind_schema("public"), refused, transaction.atomic():
        fetch("SELECT count(*) FROM t_alpha.organization_institution")


def test_a_tenant_cannot_write_public_nor_read_its_accounts(in_alpha: Any) -> None:
    for statement in (
        "UPDATE public.divisions_admindivision SET name = 'x'",
        "SELECT * FROM public.accounts_staffaccount",
        "SELECT * FROM public.registry_tenant",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            fetch(statement)


def test_the_trail_can_only_grow(in_alpha: Any) -> None:
    for statement in ("DELETE FROM trail_trailrow", "UPDATE trail_trailrow SET action = 'x'"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            fetch(statement)


def test_the_binding_survives_a_rolled_back_savepoint(in_alpha: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic(), bind_schema("public"):
        fail_after_reading()
    ((role,),) = fetch("SELECT current_user")
    assert role.endswith("__t_alpha")
