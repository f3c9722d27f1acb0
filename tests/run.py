"""Everything CI runs, in one command, ending with pytest's own closing line: `make test`."""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
WEB = ROOT / "frontend" / "web"
ENGINE = ROOT / "frontend" / "packages" / "questionnaire"


@dataclass(frozen=True)
class Gate:
    name: str
    command: list[str]
    cwd: Path = ROOT


def _python_gates() -> list[Gate]:
    python = sys.executable
    return [
        Gate("format", [str(BIN / "ruff"), "format", "--check", "-q", "."]),
        Gate("lint", [str(BIN / "ruff"), "check", "-q", "."]),
        Gate("types", [str(BIN / "mypy"), "."]),
        Gate("imports", [str(BIN / "lint-imports"), "--no-cache"]),
        Gate("start-up checks", [python, "manage.py", "check", "--fail-level", "WARNING"]),
        Gate("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Gate("api schema", [python, "-m", "tests.schema"]),
    ]


def _web_gates() -> list[Gate]:
    return [
        Gate("web types", ["npm", "run", "-s", "typecheck"], WEB),
        Gate("web lint", ["npm", "run", "-s", "lint"], WEB),
        Gate("web unit tests", ["npm", "test", "-s"], WEB),
        Gate("questionnaire engine", ["npx", "--no-install", "vitest", "run"], ENGINE),
    ]


def _run(gate: Gate) -> tuple[Gate, int, str, float]:
    started = time.monotonic()
    # Where the machine has no Node, infra/dev.py put one beside the virtual environment's commands.
    path = os.pathsep.join([os.environ.get("PATH", ""), str(BIN.parent / "node"), str(BIN)])
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PATH": path}
    done = subprocess.run(gate.command, cwd=gate.cwd, capture_output=True, text=True, env=env, check=False)
    return gate, done.returncode, done.stdout + done.stderr, time.monotonic() - started


def run_gates() -> bool:
    """Run the gates two at a time; print what failed. True when all passed."""
    passed = True
    with ThreadPoolExecutor(max_workers=2) as pool:
        for gate, code, output, seconds in pool.map(_run, [*_python_gates(), *_web_gates()]):
            print(f"{'ok  ' if code == 0 else 'FAIL'} {gate.name} ({seconds:.0f} s)", flush=True)
            if code != 0:
                passed = False
                print(output.rstrip()[-6000:], flush=True)
    return passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gates-only", action="store_true")
    options, rest = parser.parse_known_args()
    passed = run_gates()
    if options.gates_only:
        return 0 if passed else 1
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", *rest]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    return code if passed else (code or 1)


if __name__ == "__main__":
    sys.exit(main())
