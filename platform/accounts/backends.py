"""Who is logged in, in one query: the account, its roles and its container grants together."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import connection
from django.http import HttpRequest

from accounts.models import StaffAccount

_SQL = """
SELECT a.*,
       (SELECT coalesce(array_agg(r.role ORDER BY r.role), '{}') FROM access_roleassignment r
         WHERE r.account_id = a.id) AS _roles,
       (SELECT coalesce(jsonb_object_agg(g.codename, g.places), '{}') FROM (
           SELECT p.codename, jsonb_agg(o.object_pk) AS places
             FROM guardian_userobjectpermission o JOIN auth_permission p ON p.id = o.permission_id
            WHERE o.user_id = a.id GROUP BY p.codename) g) AS _grants
  FROM accounts_staffaccount a WHERE a.id = %s AND a.is_active
"""


class StaffBackend(BaseBackend):
    def get_user(self, user_id: int) -> StaffAccount | None:
        with connection.cursor() as cursor:
            cursor.execute(_SQL, [user_id])
            row = cursor.fetchone()
            if row is None:
                return None
            columns: dict[str, Any] = dict(zip([c.name for c in cursor.description or ()], row, strict=True))
        roles, grants = columns.pop("_roles"), columns.pop("_grants")
        fields = [f.attname for f in StaffAccount._meta.concrete_fields]
        account = StaffAccount.from_db(connection.alias, fields, [columns[name] for name in fields])
        account.role_codes = tuple(roles)
        account.grants = {
            code: frozenset(int(pk) for pk in places) for code, places in _as_dict(grants).items()
        }
        return account

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        return None  # log-in goes through accounts.services.log_in, which counts failures


def _as_dict(value: Any) -> dict[str, list[str]]:
    if isinstance(value, str):
        import json

        return dict(json.loads(value))
    return dict(value)
