"""Which tables a migration may touch where."""

from django.apps import apps
from django.conf import settings
from django.db import connections

from kernel.postgres.base import OWNER_ALIAS, PUBLIC


class SchemaRouter:
    """Only the owner's log-in migrates: shared rooms in public, tenant rooms in a tenant's schema."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        if db != OWNER_ALIAS:
            return False
        connection = connections[db]
        schema = getattr(connection, "schema_name", PUBLIC)
        rooms = settings.SHARED_APPS if schema == PUBLIC else settings.TENANT_APPS
        return apps.get_app_config(app_label).name in rooms
