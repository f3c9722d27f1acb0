"""Carrying a tenant's counts into the county's table. Read in the tenant, written in public, in one transaction."""

from dataclasses import asdict, fields
from datetime import date

import orjson
from django.db import connection, transaction

from community.supervision.contracts import TownshipCounts
from community.supervision.ports import IndicatorSource, indicator_source
from community.supervision.rules import latest_months, parse_month
from kernel import clock
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema, bound_schema, is_tenant_bound
from tenants.registry.selectors import tenant_of_schema

# Late work still changes the month it was due in.
_MONTHS_KEPT_FRESH = 3

_NAMES = [field.name for field in fields(TownshipCounts)]
_TEXTS = {"institution_code", "institution_name", "township_code", "township_name"}
_SHAPE = ", ".join(f"{name} {'text' if name in _TEXTS else 'int'}" for name in _NAMES)
_VALUES = ", ".join(_NAMES)
_KEY = ("tenant_code", "institution_code", "township_code", "month")
_CHANGED = ", ".join(
    f"{name} = excluded.{name}"
    for name in ("tenant_name", "county_code", *_NAMES, "computed_at")
    if name not in _KEY
)
_REPLACE_SQL = f"""
WITH incoming AS (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS x({_SHAPE})),
     removed AS (
    DELETE FROM supervision_townshipindicator old
     WHERE old.tenant_code = %(tenant_code)s AND old.month = %(month)s
       AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.institution_code = old.institution_code
                          AND i.township_code = old.township_code))
INSERT INTO supervision_townshipindicator (tenant_code, tenant_name, county_code, month, computed_at, {_VALUES})
SELECT %(tenant_code)s, %(tenant_name)s, %(county_code)s, %(month)s, %(computed_at)s, {_VALUES}
  FROM incoming ORDER BY institution_code, township_code
    ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET {_CHANGED}
"""  # noqa: S608


def refresh_indicators(
    *, tenant_code: str, tenant_name: str, county_code: str, month: date, source: IndicatorSource
) -> int:
    """Bring the county's table to what the bound tenant counts for the month; returns the number of rows.

    Safe to repeat: rows are replaced by their key, and those the source does not name any more are taken out.
    Raises RuntimeError when no tenant is bound.
    """
    if not is_tenant_bound():
        raise RuntimeError("indicators are computed while their tenant is bound")
    month = month.replace(day=1)
    with transaction.atomic():
        rows = source(month)
        with bind_schema(PUBLIC), connection.cursor() as cursor:
            cursor.execute(
                _REPLACE_SQL,
                {
                    "rows": orjson.dumps([asdict(row) for row in rows]).decode(),
                    "tenant_code": tenant_code,
                    "tenant_name": tenant_name,
                    "county_code": county_code,
                    "month": month,
                    "computed_at": clock.now(),
                },
            )
    return len(rows)


def refresh_all(*, months: list[str] | None = None) -> int:
    """Job `supervision.refresh` of the bound tenant: these months ("YYYY-MM"), else this one and the two before.

    Returns the number of rows written. Raises RuntimeError when no tenant is bound.
    """
    if not is_tenant_bound():
        raise RuntimeError("indicators are computed while their tenant is bound")
    tenant = tenant_of_schema(bound_schema())
    if tenant is None:
        raise RuntimeError(f"schema {bound_schema()!r} belongs to no tenant")
    wanted = (
        [parse_month(text) for text in months] if months else latest_months(clock.today(), _MONTHS_KEPT_FRESH)
    )
    source = indicator_source()
    return sum(
        refresh_indicators(
            tenant_code=tenant.code,
            tenant_name=tenant.name,
            county_code=tenant.division_code,
            month=month,
            source=source,
        )
        for month in wanted
    )
