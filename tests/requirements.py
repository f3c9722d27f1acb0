"""Prints every row of docs/requirements.md with the tests that cite it: `make requirements`."""

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "requirements.md"
_ROW = re.compile(r"^\| ([A-Za-z0-9★ ]+?) \| (.+) \|$")
_SKIPPED = {".venv", "node_modules", "var"}


def read_rows() -> list[tuple[tuple[str, ...], str]]:
    """(ids, text) of each row; several ids may share one."""
    rows = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        match = _ROW.match(line)
        if match and re.match(r"[SCDX]\d", match.group(1)):
            ids: list[str] = []
            for part in match.group(1).replace("★", "").split():
                ids.append(part)
            rows.append((tuple(ids), match.group(2)))
    return rows


def _marks(node: ast.AST) -> list[str]:
    found = []
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "req":
            found += [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return found


def find_evidence() -> dict[str, list[str]]:
    """Row id → "path::test" of every test that cites it, directly, by its class or by its module."""
    evidence: dict[str, list[str]] = defaultdict(list)
    for path in sorted(ROOT.rglob("test_*.py")):
        if _SKIPPED & set(path.relative_to(ROOT).parts):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = [m for node in tree.body if isinstance(node, ast.Assign) for m in _marks(node)]
        for node in tree.body:
            tests = node.body if isinstance(node, ast.ClassDef) else [node]
            outer = [m for d in getattr(node, "decorator_list", []) for m in _marks(d)]
            for test in tests:
                if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                    own = [m for d in test.decorator_list for m in _marks(d)]
                    for row in dict.fromkeys([*module, *outer, *own]):
                        evidence[row].append(f"{path.relative_to(ROOT)}::{test.name}")
    return evidence


def main() -> int:
    evidence = find_evidence()
    rows = read_rows()
    known = {row for ids, _ in rows for row in ids}
    for ids, text in rows:
        tests = [test for row in ids for test in evidence.get(row, [])]
        print(f"{' '.join(ids):12} {len(tests):4} tests  {text}")
        for test in tests[:6]:
            print(f"{'':24}{test}")
        if len(tests) > 6:
            print(f"{'':24}… and {len(tests) - 6} more")
    without = sum(1 for ids, _ in rows if not any(evidence.get(row) for row in ids))
    print(f"\n{len(rows)} rows, {len(rows) - without} with tests, {without} without")
    strange = sorted(set(evidence) - known)
    if strange:
        print(f"cited but not in the table: {', '.join(strange)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
