"""The database backend that binds schema *and* role of a tenant to every statement.

django-tenants binds the search path only, so a wrong path would return another tenant's rows. Here the tenant's
own role goes with it: a wrong path raises *permission denied* (docs/adr/0002-role-per-tenant.md).
"""

from typing import Any

import psycopg
from django.db.utils import DatabaseError
from django_tenants.postgresql_backend import base
from psycopg.pq import TransactionStatus

PUBLIC = "public"
OWNER_ALIAS = "owner"


def tenant_role(database: str, schema: str) -> str:
    """Roles belong to the whole server, so the database is part of the name. Raises ValueError past 63 bytes."""
    name = f"{database}__{schema}"
    if len(name.encode()) > 63:
        raise ValueError(f"role name {name!r} is longer than PostgreSQL's 63 bytes")
    return name


class DatabaseWrapper(base.DatabaseWrapper):
    """Sets role and search path in one round trip, once per check-out and again after any roll-back."""

    search_path_set_schemas: list[str] | None
    _setting_search_path: bool

    def _bound_role(self) -> str:
        if self.alias == OWNER_ALIAS or self.schema_name == PUBLIC:
            return "none"
        return tenant_role(self.settings_dict["NAME"], self.schema_name)

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path or self.search_path_set_schemas:
            return
        if (
            self.connection is not None
            and self.connection.info.transaction_status == TransactionStatus.INERROR
        ):
            return  # only a roll-back can follow, and it forgets the binding anyway
        paths = self._get_cursor_search_paths()
        quoted = ",".join(psycopg.sql.Identifier(path).as_string() for path in paths)
        self._setting_search_path = True
        try:
            # Never through the caller's cursor: a failure here must raise, not leave the last tenant bound.
            with self.connection.cursor() as own:
                own.execute(
                    "SELECT set_config('role', %s, false), set_config('search_path', %s, false)",
                    (self._bound_role(), quoted),
                )
            self.search_path_set_schemas = paths
        except DatabaseError:
            self.search_path_set_schemas = None
            raise
        finally:
            self._setting_search_path = False

    def _close(self) -> None:
        # A pooled connection goes back with whatever was set; the next check-out binds it anew.
        self.search_path_set_schemas = None
        super()._close()
