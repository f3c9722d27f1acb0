"""Loads a list of administrative divisions: the packaged seed, or a tenant's own CSV."""

import csv
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from divisions.codes import pad_code, parent_of
from divisions.errors import DivisionImportRefused
from divisions.rules import DivisionRow
from divisions.services import SEEDS, ImportReport, import_divisions, import_seed


class Command(BaseCommand):
    help = "导入行政区划：--seed hubei 装入随软件附带的种子清单，或 --file 导入本地清单（CSV）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--seed", choices=sorted(SEEDS), default="hubei")
        what.add_argument("--file", type=Path, help="列：code,name[,parent,valid_from,valid_to,replaced_by]")
        parser.add_argument("--source", default="", help="清单来源（--file 时必填）")
        parser.add_argument("--as-of", type=date.fromisoformat, help="清单日期 YYYY-MM-DD（--file 时必填）")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._import(options)
        except DivisionImportRefused as refused:
            raise CommandError("\n".join(error.message for error in refused.errors)) from refused
        self.stdout.write(
            f"新增 {report.added}，改名 {report.renamed}，停用 {report.ended}，未变 {report.unchanged}，"
            f"保留较新 {report.kept}；写入 {report.written}"
        )

    def _import(self, options: dict[str, Any]) -> ImportReport:
        if options["file"] is None:
            return import_seed(options["seed"])
        if not options["source"] or options["as_of"] is None:
            raise CommandError("--file 需要同时给出 --source 与 --as-of")
        return import_divisions(
            rows=read_list(options["file"]), source=options["source"], as_of=options["as_of"]
        )


def read_list(path: Path) -> list[DivisionRow]:
    """Rows of a tenant's CSV (UTF-8, with or without BOM). Raises CommandError with the line that is wrong."""
    rows: list[DivisionRow] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            for line in reader:
                rows.append(_row_of(line, reader.line_num))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"无法读取 {path}：{error}") from error
    return rows


def _row_of(line: dict[str, str | None], number: int) -> DivisionRow:
    cell = {key: (value or "").strip() for key, value in line.items() if isinstance(key, str)}
    try:
        code = pad_code(cell["code"])
        return DivisionRow(
            code,
            cell["name"],
            pad_code(cell["parent"]) if cell.get("parent") else parent_of(code),
            date.fromisoformat(cell["valid_from"]) if cell.get("valid_from") else None,
            date.fromisoformat(cell["valid_to"]) if cell.get("valid_to") else None,
            pad_code(cell["replaced_by"]) if cell.get("replaced_by") else None,
        )
    except KeyError as missing:
        raise CommandError(f"缺少列 {missing}") from missing
    except ValueError as error:
        raise CommandError(f"第 {number} 行：{error}") from error
