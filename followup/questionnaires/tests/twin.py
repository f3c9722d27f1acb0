"""The TypeScript engine behind one long-lived Node process: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

import pytest

PACKAGE = Path(__file__).parents[3] / "frontend" / "packages" / "questionnaire"


class Twin:
    def __init__(self, folder: Path) -> None:
        node, esbuild = shutil.which("node"), PACKAGE / "node_modules" / ".bin" / "esbuild"
        if node is None or not esbuild.exists():
            pytest.skip(
                f"the TypeScript engine is not installed: run npm ci in {PACKAGE.relative_to(Path.cwd())}"
            )
        script = folder / "bridge.mjs"
        build = [str(esbuild), "bridge/bridge.ts", "--bundle", "--platform=node", "--format=esm"]
        subprocess.run([*build, f"--outfile={script}", "--log-level=error"], cwd=PACKAGE, check=True)
        self.process = subprocess.Popen(
            [node, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question, ensure_ascii=False, allow_nan=False) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()
