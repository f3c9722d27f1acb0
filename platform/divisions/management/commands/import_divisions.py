"""Loads a list of administrative divisions: the packaged seed, or a site's own CSV."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from divisions.enums import ChangeKind
from divisions.errors import DivisionImportRefused
from divisions.rules import DivisionRow, read_list
from divisions.services import SEEDS, ImportReport, import_divisions, import_seed

# A whole province from the command line; the web takes one county.
_MAX_ROWS = 100_000
_MAX_SHOWN = 20


class Command(BaseCommand):
    help = "导入行政区划：--seed hubei 装入随软件附带的种子清单，或 --file 导入本地清单（CSV）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--seed", choices=sorted(SEEDS), default="hubei")
        what.add_argument(
            "--file", type=Path, help="列：code,name[,parent,type,valid_from,valid_to,replaced_by]"
        )
        parser.add_argument("--source", default="", help="清单来源（--file 时必填）")
        parser.add_argument("--as-of", type=date.fromisoformat, help="清单日期 YYYY-MM-DD（--file 时必填）")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._import(options)
        except DivisionImportRefused as refused:
            raise CommandError("\n".join(error.message for error in refused.errors)) from refused
        counts = "，".join(f"{kind.label} {report.counts[kind]}" for kind in ChangeKind)
        self.stdout.write(f"{counts}；写入 {report.written}")

    def _import(self, options: dict[str, Any]) -> ImportReport:
        if options["file"] is None:
            return import_seed(options["seed"])
        if not options["source"] or options["as_of"] is None:
            raise CommandError("--file 需要同时给出 --source 与 --as-of")
        return import_divisions(
            rows=_read_file(options["file"]), source=options["source"], as_of=options["as_of"]
        )


def _read_file(path: Path) -> list[DivisionRow]:
    """Raises CommandError with the lines that are wrong."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CommandError(f"无法读取 {path}：{error}") from error
    rows, problems = read_list(raw, max_rows=_MAX_ROWS)
    if problems:
        raise CommandError("\n".join(f"第 {each.line} 行：{each.message}" for each in problems[:_MAX_SHOWN]))
    return rows
