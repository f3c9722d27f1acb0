"""The engine's benchmark at its smallest: the three judges agree on a form that has everything in it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.engine import PACKAGE, find_browser


@pytest.mark.browser
@pytest.mark.req("S15", "S17")
def test_engine_floor_and_peer_judge_alike_in_a_browser() -> None:
    if find_browser() is None or not (PACKAGE / "node_modules" / "json-logic-js").exists():
        pytest.skip("no Chromium, or run npm ci in frontend/packages/questionnaire")
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.engine", "--scale", "tiny"],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    line = json.loads(done.stdout.strip().splitlines()[-1])
    assert (line["bench"], line["scale"]) == ("engine", "tiny")
    counters = line["counters"]
    assert counters["form"] == {
        "questions": 100, "conditions": 55, "rules": 60, "levelled_options": 40, "scored": 30,
    }  # fmt: skip
    complete, half = counters["complete"], counters["half"]
    assert complete["forms"] == half["forms"] == complete["scored"] == 500
    assert complete["unknown"] == 0, "the peer has no word for unknown"
    # Nothing is compared that is not there.
    assert (
        min(complete["findings"], complete["errors"], half["findings"], half["unknown"], half["errors"]) > 30
    )
