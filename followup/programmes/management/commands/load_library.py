from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.actor import SYSTEM
from followup.programmes.services import load_library
from kernel.errors import DomainError
from kernel.tenancy import bind_schema
from tenants.registry.selectors import get_tenant_by_code


class Command(BaseCommand):
    help = (
        "Bring the shipped forms, cards and programmes into a tenant, as drafts for its clinicians to sign."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the tenant's code")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = get_tenant_by_code(options["tenant"])
        if tenant is None:
            raise CommandError(f"no tenant {options['tenant']!r}")
        try:
            with bind_schema(tenant.schema_name):
                loaded = load_library(actor=SYSTEM)
        except DomainError as error:
            faults = [f"  {fault.pointer}: {fault.message}" for fault in error.errors]
            raise CommandError("\n".join([error.detail, *faults])) from error
        self.stdout.write(f"{tenant.code}: {len(loaded)} programmes")
