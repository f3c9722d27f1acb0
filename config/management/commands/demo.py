import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.demo.run import make_tenants, run_demo


class Command(BaseCommand):
    help = "Make the demonstration tenants, then let a month of synthetic discharges travel; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tenants", type=Path, help="make the tenants only; write the seconds of each step here"
        )
        parser.add_argument("--output", type=Path, help="write where things are to this file")
        parser.add_argument("--timings", type=Path, help="what --tenants wrote, to be told with the rest")

    def handle(self, *args: Any, **options: Any) -> None:
        def say(text: str) -> None:
            self.stdout.write(text)
            self.stdout.flush()

        if options["tenants"]:
            options["tenants"].write_text(json.dumps(make_tenants(say=say)), encoding="utf-8")
            return
        timings = json.loads(options["timings"].read_text(encoding="utf-8")) if options["timings"] else {}
        report = run_demo(say=say, timings=timings)
        if options["output"]:
            text = json.dumps(report, ensure_ascii=False, indent=1)
            options["output"].write_text(text + "\n", encoding="utf-8")
