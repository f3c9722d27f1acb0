"""Frames out of a byte stream, however it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7v2.mllp import (
    END,
    START,
    FrameDecoder,
    FrameTooLarge,
    MissingEnd,
    MllpError,
    TooMuchGarbage,
    frame,
)

pytestmark = pytest.mark.req("C19", "C20")
PAYLOADS = st.lists(
    st.binary(max_size=40).filter(lambda data: END not in data and START not in data), max_size=5
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


@given(PAYLOADS, st.lists(st.integers(0, 400), max_size=8))
def test_every_split_gives_the_same_frames(payloads: list[bytes], places: list[int]) -> None:
    stream = b"".join(frame(payload) for payload in payloads)
    decoder = FrameDecoder()
    found = [item for piece in cut(stream, places) for item in decoder.feed(piece)]
    assert found == payloads
    assert (decoder.garbage_bytes, decoder.pending_bytes, decoder.abandoned_frames) == (0, 0, 0)
    decoder.finish()


def drain(data: bytes, places: list[int]) -> tuple[list[bytes], str, int, int]:
    decoder = FrameDecoder(max_frame_bytes=12, max_garbage_bytes=9)
    found: list[bytes] = []
    try:
        for piece in cut(data, places):
            found += decoder.feed(piece)
        decoder.finish()
    except MllpError as error:
        found += error.frames
        return found, error.code, -1, decoder.abandoned_frames
    return found, "", decoder.garbage_bytes, decoder.abandoned_frames


@given(
    st.lists(st.sampled_from([START, END, b"\r", b"MSH|", b"a", b"bcd", b"\xef\xbb\xbf"]), max_size=24),
    st.lists(st.integers(0, 200), max_size=10),
)
def test_even_a_broken_stream_is_read_alike_in_every_split(parts: list[bytes], places: list[int]) -> None:
    data = b"".join(parts)
    assert drain(data, places) == drain(data, []) == drain(data, list(range(len(data))))


def test_a_bare_end_without_cr_is_enough() -> None:
    decoder = FrameDecoder()
    assert decoder.feed(b"\x0bone\x1c\x0btwo\x1c\r\x0bthree\x1c") == [b"one", b"two", b"three"]
    assert decoder.garbage_bytes == 0


def test_garbage_before_a_frame_is_skipped_and_counted_per_gap() -> None:
    decoder = FrameDecoder(max_garbage_bytes=4)
    for _ in range(10):
        assert decoder.feed(b"\n\n\n\x0bm\x1c\r") == [b"m"]
    assert decoder.garbage_bytes == 30
    with pytest.raises(TooMuchGarbage) as caught:
        decoder.feed(b"\x0blast\x1c\r12345")
    assert caught.value.frames == (b"last",)
    with pytest.raises(TooMuchGarbage):
        decoder.feed(b"\x0bm\x1c\r")


def test_a_frame_at_the_limit_passes_and_one_byte_more_fails_at_once() -> None:
    assert FrameDecoder(max_frame_bytes=5).feed(frame(b"12345")) == [b"12345"]
    decoder = FrameDecoder(max_frame_bytes=5)
    assert decoder.feed(b"\x0b12345") == []
    assert decoder.pending_bytes == 5
    with pytest.raises(FrameTooLarge):
        decoder.feed(b"6")
    assert decoder.pending_bytes == 0
    with pytest.raises(FrameTooLarge):
        decoder.feed(b"\x1c\r")


def test_a_missing_end_is_told_when_the_stream_ends() -> None:
    decoder = FrameDecoder()
    assert decoder.feed(b"\x0bMSH|...") == []
    with pytest.raises(MissingEnd):
        decoder.finish()


def test_a_cut_off_frame_gives_way_to_the_next_but_a_vertical_tab_in_text_stays() -> None:
    decoder = FrameDecoder()
    assert decoder.feed(b"\x0bMSH|1 cut off\x0bMSH|2\x1c\r") == [b"MSH|2"]
    assert decoder.abandoned_frames == 1
    assert decoder.feed(b"\x0bMSH|3 soft\x0bbreak\x1c\r") == [b"MSH|3 soft\x0bbreak"]
    assert decoder.abandoned_frames == 1


def test_a_payload_with_an_end_mark_cannot_be_framed() -> None:
    assert frame(b"x") == b"\x0bx\x1c\r"
    with pytest.raises(MllpError):
        frame(b"a\x1cb")
