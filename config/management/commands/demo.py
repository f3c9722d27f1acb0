import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.demo.run import run_demo


class Command(BaseCommand):
    help = "Make the demonstration tenants and let a month of synthetic discharges travel; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", help="write where things are to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        report = run_demo(say=lambda text: self.stdout.write(text))
        if options["output"]:
            Path(options["output"]).write_text(
                json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8"
            )
