"""A tenant's list as a file: CSV with a header, in English or Chinese, UTF-8 or GB18030."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from types import MappingProxyType

from divisions.codes import pad_code, parent_of
from divisions.rules.rows import DivisionRow, Problem, problem_at

MAX_BYTES = 1024 * 1024
# The largest counties have some 2,000 villages; a list of a whole prefecture is not one county's.
MAX_ROWS = 6000
MAX_CELL = 400
_MAX_FAULTS = 200

COLUMNS = ("code", "name", "parent", "type", "valid_from", "valid_to", "replaced_by")
_HEADERS = MappingProxyType(
    {name: name for name in COLUMNS}
    | {
        "代码": "code", "区划代码": "code", "行政区划代码": "code", "统计用区划代码": "code", "编码": "code",
        "名称": "name", "区划名称": "name", "行政区划名称": "name",
        "上级": "parent", "上级代码": "parent", "父级代码": "parent", "上级区划代码": "parent",
        "类型": "type", "类别": "type", "区划类型": "type",
        "启用日期": "valid_from", "生效日期": "valid_from", "开始日期": "valid_from",
        "停用日期": "valid_to", "失效日期": "valid_to", "结束日期": "valid_to", "撤销日期": "valid_to",
        "替代代码": "replaced_by", "并入代码": "replaced_by", "新代码": "replaced_by",
    }
)  # fmt: skip
_CODE = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")
_DATE = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?")
_BETWEEN_CODES = re.compile(r"[;；、|，,\s]+")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# 0-9 and what separates them, as a Chinese keyboard types them.
_NARROW = {0xFF10 + at: str(at) for at in range(10)} | {0xFF0D: "-", 0xFF0F: "/", 0x3000: " "}


def read_list(raw: bytes, *, max_rows: int = MAX_ROWS) -> tuple[list[DivisionRow], list[Problem]]:
    """The rows of a file and what could not be read of it. Never raises; the caller limits the bytes."""
    text, problem = _decode(raw)
    if problem is not None:
        return [], [problem]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[DivisionRow] = []
    problems: list[Problem] = []
    try:
        header = next(reader, [])
        columns, faults = _read_header(header)
        if faults:
            return [], faults
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) + len(problems) >= max_rows:
                problems.append(
                    problem_at(
                        reader.line_num, "", "too_many_rows",
                        f"清单超过 {max_rows} 行；一次只导入一个县的清单",
                    )
                )  # fmt: skip
                break
            row, faults = _read_row(cells, columns, reader.line_num)
            problems.extend(faults)
            if row is not None:
                rows.append(row)
            if len(problems) >= _MAX_FAULTS:
                break
    except csv.Error:
        problems.append(
            problem_at(reader.line_num, "", "bad_csv", "这一行的引号没有配对或格式有误；请另存为 CSV 再导入")
        )
    return rows, problems[:_MAX_FAULTS]


def _decode(raw: bytes) -> tuple[str, Problem | None]:
    if raw.startswith(_UTF16):
        return "", _bad_encoding(1, "文件是 UTF-16 编码")
    try:
        return raw.decode("utf-8-sig"), None if b"\0" not in raw else _bad_encoding(1, "文件不是文本")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    if b"\0" in raw:
        return "", _bad_encoding(line, "文件不是文本")
    # Broken UTF-8 is mostly well-formed and decodes as GB18030 into nonsense: it is told, not stored.
    high = sum(byte >= 0x80 for byte in raw)
    lost = raw.decode("utf-8", errors="replace").count("\ufffd")
    if raw.startswith(codecs.BOM_UTF8) or lost * 10 < high:
        return "", _bad_encoding(line, f"第 {line} 行不是完整的 UTF-8 文字")
    try:
        return raw.decode("gb18030"), None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return "", _bad_encoding(line, f"第 {line} 行既不是 UTF-8 也不是 GB18030 文字")


def _bad_encoding(line: int, fact: str) -> Problem:
    return problem_at(line, "", "encoding", f"{fact}；请在表格软件中另存为“CSV UTF-8”再导入")


def _read_header(cells: Sequence[str]) -> tuple[dict[str, int], list[Problem]]:
    columns: dict[str, int] = {}
    problems: list[Problem] = []
    for at, cell in enumerate(cells):
        word = cell.strip().lower()
        name = _HEADERS.get(word)
        if name is None:
            if word:
                shown = word[:20]
                problems.append(
                    problem_at(
                        1, "", "unknown_column", f"不认识的列“{shown}”；可用的列：{'、'.join(COLUMNS)}"
                    )
                )
        elif name in columns:
            problems.append(problem_at(1, name, "duplicate_column", f"列 {name} 出现两次；请只保留一列"))
        else:
            columns[name] = at
    for name in ("code", "name"):
        if name not in columns:
            problems.append(
                problem_at(1, name, "missing_column", f"缺少列 {name}；第一行应为表头，至少有 code 和 name")
            )
    return columns, problems[:_MAX_FAULTS]


def _read_row(
    cells: Sequence[str], columns: dict[str, int], line: int
) -> tuple[DivisionRow | None, list[Problem]]:
    if any(len(cell) > MAX_CELL for cell in cells):
        return None, [
            problem_at(line, "", "cell_too_long", f"有一格超过 {MAX_CELL} 个字；请检查引号和分隔符")
        ]
    if len(cells) > max(columns.values()) + 1 and any(
        cell.strip() for cell in cells[max(columns.values()) + 1 :]
    ):
        return None, [problem_at(line, "", "too_many_cells", "这一行的格数多于表头；请检查多余的逗号")]
    cell = {name: (cells[at].strip() if at < len(cells) else "") for name, at in columns.items()}
    reader = _RowReader(cell, line)
    code = reader.code("code")
    if code is None and not cell["code"]:
        reader.problems.append(problem_at(line, "code", "no_code", "没有代码；请补上 6、9 或 12 位代码"))
    parent = reader.code("parent") or (parent_of(code) if code else None)
    successors = tuple(dict.fromkeys(reader.codes("replaced_by")))
    valid_from, valid_to = reader.day("valid_from"), reader.day("valid_to")
    if reader.problems or code is None:
        return None, reader.problems
    alone = successors[0] if len(successors) == 1 else None
    return DivisionRow(
        code, cell["name"], parent, valid_from, valid_to, alone, () if alone else successors,
        cell.get("type", ""), line,
    ), []  # fmt: skip


class _RowReader:
    def __init__(self, cell: dict[str, str], line: int) -> None:
        self.cell, self.line = cell, line
        self.problems: list[Problem] = []

    def code(self, column: str) -> str | None:
        text = self.cell.get(column, "").translate(_NARROW).strip()
        if not text:
            return None
        return self._pad(text, column)

    def codes(self, column: str) -> Iterator[str]:
        for text in _BETWEEN_CODES.split(self.cell.get(column, "").translate(_NARROW)):
            if text and (code := self._pad(text, column)) is not None:
                yield code

    def day(self, column: str) -> date | None:
        text = self.cell.get(column, "").translate(_NARROW).strip()
        if not text:
            return None
        match = _DATE.fullmatch(text)
        try:
            return date(*(int(part) for part in match.groups())) if match else date.fromisoformat(text)
        except ValueError:
            self._complain(column, "bad_date", f"“{text[:20]}”不是日期；请写成 2024-01-31")
            return None

    def _pad(self, text: str, column: str) -> str | None:
        if _CODE.fullmatch(text):
            return pad_code(text)
        cure = "表格软件会把长数字改成 4.2E+11，请把该列设为文本" if "e" in text.lower() else "请核对位数"
        self._complain(column, "bad_code", f"“{text[:20]}”不是 2、4、6、9 或 12 位数字的代码；{cure}")
        return None

    def _complain(self, column: str, code: str, message: str) -> None:
        self.problems.append(problem_at(self.line, column, code, message))
