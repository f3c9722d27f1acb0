"""The screening benchmark at its smallest, as CI runs it: outputs checked, gated on counters, never on time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.req("S12")
def test_the_benchmark_agrees_with_itself_and_its_counters_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.screening", "--scale", "tiny"],
        cwd=Path(__file__).resolve().parents[2],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    line = json.loads(done.stdout.strip().splitlines()[-1])
    assert (line["bench"], line["scale"]) == ("screening", "tiny")
    counters = line["counters"]
    assert "0 missing, 0 extra" in done.stdout
    assert counters["first_run"]["rows"] == counters["first_run_floor"]["rows"] > 200
    assert counters["first_run"]["wal_bytes"] < 1.25 * counters["first_run_floor"]["wal_bytes"]
    assert counters["nothing_new"]["rows"] == 0
    assert counters["nothing_new"]["wal_bytes"] < 50_000
    # However many programmes and encounters there are.
    assert {counters[name]["queries"] for name in ("first_run", "nothing_new", "day")} == {13}
