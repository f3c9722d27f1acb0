"""The benchmark of routing at its smallest: its subjects do the same job, and its line is kept whole."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.req("D2", "C17")


def test_product_floor_and_peer_read_the_same_addresses() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.routing", "--scale", "tiny"],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    line = json.loads(done.stdout.strip().splitlines()[-1])
    assert (line["bench"], line["scale"]) == ("routing", "tiny")
    product, floor = line["counters"]["product"], line["counters"]["floor"]
    assert product["township"] >= 0.99
    assert product["given"] >= 0.9 > floor["given"] > 0.3, "the floor reads only what is written out in full"
    assert floor["township"] >= 0.99
