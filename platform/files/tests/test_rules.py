import struct
from datetime import UTC, date, datetime, timedelta

import pytest

from files import links
from files.audio import AudioFacts, sniff_audio
from files.errors import LinkExpired, LinkInvalid, NotAudio, RangeNotSatisfiable
from files.rules import object_key, parse_range
from files.tests.samples import make_wav

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


def test_an_object_key_begins_with_the_tenants_own_prefix() -> None:
    key = object_key(schema="t_alpha", purpose="recording", day=date(2026, 3, 9), random="abc")
    assert key == "t_alpha/recording/2026/03/abc"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-99", (0, 99)), ("bytes=10-", (10, 99)), ("bytes=-5", (95, 99)), ("bytes=-500", (0, 99)),
        ("bytes=90-500", (90, 99)),
        ("Bytes = 1 - 2", (1, 2)), ("", None), ("bytes=-", None), ("bytes=a-b", None),
        ("bytes=0-1,5-6", None), ("bytes=9-3", None), ("items=0-1", None),
    ],
)  # fmt: skip
def test_ranges(header: str, expected: tuple[int, int] | None) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_range_after_the_end_is_refused(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse_range(header, 100)


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"ID3\x04\x00\x00\x00\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80\x00", "audio/aac"),
        (b"\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"),
        (b"OggS\x00\x02\x00\x00", "audio/ogg"),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"#!AMR-WB\n\x3c", "audio/amr"),
        (b"\x1a\x45\xdf\xa3\x01", "audio/webm"),
    ],
)
def test_recordings_are_known_by_their_bytes(head: bytes, content_type: str) -> None:
    assert sniff_audio(head) == AudioFacts(content_type, None)


@pytest.mark.parametrize(
    "head",
    [b"", b"MZ\x90\x00", b"<html><script>", b"%PDF-1.7", b"RIFF\x00\x00\x00\x00AVI ",
     b"\xff\xff\xff\xff", b"\xff\xe8\x00\x00",
     b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"],
)  # fmt: skip
def test_anything_else_is_refused_with_what_is_supported(head: bytes) -> None:
    with pytest.raises(NotAudio) as caught:
        sniff_audio(head)
    assert caught.value.status == 422
    assert caught.value.errors[0].pointer == "/file"
    assert "WAV" in caught.value.detail


def test_the_duration_of_a_wav_is_read_from_its_header() -> None:
    wav = make_wav(seconds=7)
    assert sniff_audio(wav[:4096], size=len(wav)) == AudioFacts("audio/wav", 7)
    streamed = bytearray(wav)
    at = streamed.index(b"data") + 4
    streamed[at : at + 4] = struct.pack("<I", 0xFFFFFFFF)
    assert sniff_audio(bytes(streamed[:4096]), size=len(wav)).duration_seconds == 7
    assert sniff_audio(wav[:20], size=len(wav)).duration_seconds is None


@pytest.mark.req("S42")
def test_a_link_is_good_for_one_tenant_and_until_its_time() -> None:
    claim = links.Claim(7, 3, NOW + timedelta(minutes=5))
    token = links.sign("t_alpha", claim)
    assert links.verify("t_alpha", token, now=NOW) == claim
    with pytest.raises(LinkExpired):
        links.verify("t_alpha", token, now=NOW + timedelta(minutes=5))
    with pytest.raises(LinkInvalid):
        links.verify("t_beta", token, now=NOW)


@pytest.mark.parametrize("token", ["", "x", "!!!!", "a" * 75, "汉字", "=" * 8])
def test_a_forged_link_is_nothing(token: str) -> None:
    with pytest.raises(LinkInvalid):
        links.verify("t_alpha", token, now=NOW)


def test_no_single_character_of_a_token_can_be_changed() -> None:
    token = links.sign("t_alpha", links.Claim(7, 3, NOW + timedelta(minutes=5)))
    for at in range(len(token) - 1):  # the last one carries unused bits of base64
        other = "A" if token[at] != "A" else "B"
        with pytest.raises(LinkInvalid):
            links.verify("t_alpha", token[:at] + other + token[at + 1 :], now=NOW)
