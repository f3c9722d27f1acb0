"""`python -m tests.benchmarks --name screening|lists|…|all --scale …`: each in a process of its own."""

import argparse
import subprocess
import sys

from tests.benchmarks.harness import ROOT, SCALES

NAMES = ("screening", "preview", "lists", "growth", "engine", "routing", "routing_day")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--name", choices=("all", *NAMES), default="all")
    parser.add_argument("--scale", choices=SCALES, default="small")
    options = parser.parse_args()
    names = NAMES if options.name == "all" else (options.name,)
    failed = 0
    for name in names:
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", "--scale", options.scale]
        print(f"== {name} ({options.scale})", flush=True)
        failed += subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
