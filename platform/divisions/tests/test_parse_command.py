"""`manage.py parse_addresses`: a bureau tries its own list. No database."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.req("D2", "C17")

KEYS = ["county", "township", "village", "confidence", "evidence", "candidates"]


def run(raw: bytes, home: str | None = "420583") -> list[dict[str, object]]:
    out = io.StringIO()
    with mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")):
        call_command("parse_addresses", home=home, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_one_object_a_line() -> None:
    first, second, third = run("枝江市董市镇曹店村3组\n不详\r\n枝江市双湖村".encode())
    assert list(first) == KEYS
    assert first["county"] == {"code": "420583000000", "name": "枝江市"}
    assert first["village"] == {"code": "420583104204", "name": "曹店村村民委员会"}
    assert (first["confidence"], first["candidates"]) == (0.9, [])
    assert (second["county"], second["confidence"]) == (None, 0.0)
    assert [each["code"][:9] for each in third["candidates"]] == ["420583104", "420583106"]  # type: ignore[union-attr,index,attr-defined]


def test_encodings_and_empty_lines() -> None:
    text = "枝江市董市镇曹店村"
    answers = run(b"\xef\xbb\xbf" + text.encode() + b"\n\n" + text.encode("gb18030") + b"\n\xff\xfe\n")
    assert [each["confidence"] for each in answers] == [0.9, 0.0, 0.9, 0.0]


def test_an_endless_line_is_one_answer() -> None:
    raw = "枝江市董市镇曹店村".encode() + b"x" * 3_000_000 + "\n枝江市董市镇\n".encode()
    first, second = run(raw)
    assert first["village"] == {"code": "420583104204", "name": "曹店村村民委员会"}
    assert second["confidence"] == 0.85


def test_unknown_home() -> None:
    with pytest.raises(CommandError, match="本县代码无效"):
        run(b"", "999999")


PIECES = st.sampled_from(
    [
        "枝江市",
        "董市镇",
        "曹店村",
        "３组",
        "😀",
        "\u202e",
        "<script>",
        "现住",
        "户籍",
        "420583",
        "１３８",
        "\0",
        " ",
        "A" * 300,
    ]
).map(str.encode)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.binary(max_size=60)
        | PIECES
        | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")),
        max_size=8,
    )
)
def test_no_line_makes_it_stop(parts: list[bytes]) -> None:
    line = b"".join(parts).replace(b"\n", b"")
    answers = run(line + b"\n" + "枝江市董市镇曹店村\n".encode(), None)
    assert [list(each) for each in answers] == [KEYS, KEYS]
    assert 0 <= answers[0]["confidence"] <= 1  # type: ignore[operator]
    assert answers[1]["confidence"] == 0.9


def test_it_answers_each_line_before_the_next_comes() -> None:
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "manage.py", "parse_addresses", "--home", "420583"], cwd=root, env={**os.environ},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for text, confidence in (("枝江市董市镇曹店村", 0.9), ("不详", 0.0)):
            process.stdin.write(text.encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["confidence"] == confidence
        process.stdin.close()
        assert process.wait(30) == 0
