import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.provisioning import upgrades


class Command(BaseCommand):
    help = "Bring public and every tenant's schema to the migrations of this code; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--parallel", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        applied = upgrades.migrate_public()
        self.stdout.write(f"public: {applied} migrations applied")
        report = upgrades.migrate_tenants(parallel=options["parallel"], progress=self.stdout.write)
        self.stdout.write(
            f"tenants: {report.up_to_date} up to date, {len(report.upgraded)} upgraded,"
            f" {len(report.failed)} failed, {time.monotonic() - started:.1f} s"
        )
        for schema, names in report.unknown.items():
            self.stdout.write(f"  drift: {schema} has {', '.join(names)}, unknown to this code")
        if report.failed:
            raise CommandError("; ".join(f"{schema}: {why}" for schema, why in report.failed.items()))
