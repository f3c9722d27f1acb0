"""What PostgreSQL says a schema is: tables, columns, constraints, indexes, sequences, rights."""

from typing import Any

from django.db import connections

from kernel.postgres.base import OWNER_ALIAS, tenant_role

_COLUMNS = """
SELECT c.relname, a.attname,
       CASE WHEN a.attidentity <> '' THEN 'identity' ELSE format_type(a.atttypid, a.atttypmod) END,
       a.attnotnull, a.attidentity::text, pg_get_expr(d.adbin, d.adrelid), co.collname
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_collation co ON co.oid = a.attcollation
 WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0
   AND NOT a.attisdropped
"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid), condeferrable, condeferred,
       convalidated
  FROM pg_constraint WHERE connamespace = %s::regnamespace AND contype <> 'n'
"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s"
_OTHERS = """
SELECT relkind::text, relname FROM pg_class
 WHERE relnamespace = %s::regnamespace AND relkind NOT IN ('i', 't') AND relname <> ''
UNION ALL SELECT 'function', proname FROM pg_proc WHERE pronamespace = %s::regnamespace
"""


def fetch(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connections[OWNER_ALIAS].cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall())


def describe(schema: str) -> dict[str, set[tuple[Any, ...]]]:
    """The same for two schemas that are the same, whatever their names and the order of their columns."""

    def without_schema(rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
        return {tuple(v.replace(f"{schema}.", "") if isinstance(v, str) else v for v in row) for row in rows}

    return {
        "columns": without_schema(fetch(_COLUMNS, schema)),
        "constraints": without_schema(fetch(_CONSTRAINTS, schema)),
        "indexes": without_schema(fetch(_INDEXES, schema)),
        "others": without_schema(fetch(_OTHERS, schema, schema)),
    }


def ledger_of(schema: str) -> set[tuple[Any, ...]]:
    return set(fetch(f'SELECT app, name FROM "{schema}".django_migrations'))


def database() -> str:
    return str(connections[OWNER_ALIAS].settings_dict["NAME"])


def role_exists(schema: str) -> bool:
    return bool(fetch("SELECT 1 FROM pg_roles WHERE rolname = %s", tenant_role(database(), schema)))


def count_tables(schema: str) -> int | None:
    """None: there is no such schema."""
    if not fetch("SELECT 1 FROM pg_namespace WHERE nspname = %s", schema):
        return None
    return int(
        fetch(
            "SELECT count(*) FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'", schema
        )[0][0]
    )
