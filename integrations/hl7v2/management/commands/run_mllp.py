import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.hl7v2.listener import ListenerOptions, run
from tenants.registry.selectors import get_tenant_by_code


class Command(BaseCommand):
    help = "Listen for HL7 v2 messages over MLLP until SIGTERM; the sender's MSH-4 chooses the tenant."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=2575)
        parser.add_argument("--workers", type=int, default=4, help="messages worked off at a time")
        parser.add_argument("--default-tenant", help="code of the tenant for senders that nobody registered")

    def handle(self, *args: Any, **options: Any) -> None:
        schema = None
        if code := options["default_tenant"]:
            tenant = get_tenant_by_code(code)
            if tenant is None:
                raise CommandError(f"没有代码为 {code} 的租户，请核对 --default-tenant")
            schema = tenant.schema_name
        listening = ListenerOptions(
            host=options["host"], port=options["port"], workers=options["workers"], default_schema=schema
        )
        asyncio.run(run(listening, started=lambda port: self._say(f"MLLP {listening.host}:{port}")))
        self._say("MLLP 已停止")

    def _say(self, text: str) -> None:
        # Whoever started us reads this from a pipe to know when to begin.
        self.stdout.write(text)
        self.stdout.flush()
