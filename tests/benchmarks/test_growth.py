"""The growth benchmark at its smallest, gated on counters: what is asked does not grow with what there is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.req("C10", "S12")
def test_nothing_asks_more_of_a_larger_tenant() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.growth", "--scale", "tiny"],
        cwd=Path(__file__).resolve().parents[2],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    line = json.loads(done.stdout.strip().splitlines()[-1])
    assert (line["bench"], line["scale"]) == ("growth", "tiny")
    counters = line["counters"]
    for name in ("day", "event", "page", "close"):
        each = list(counters[name].values())
        assert len(each) == 3
        assert each[0]["rows"] > 0
        assert each[0] == each[1] == each[2], name
    assert counters["page"]["1,000"]["queries"] == 3
    assert counters["tenants"]["after_2_kb"] > counters["tenants"]["fresh_kb"]
