"""The encrypted form: every part readable alone, and no way to cut, swap or change it unnoticed."""

import hashlib
import io
import random

import pytest

from files import framing
from files.errors import EmptyFile, FileDamaged, FileTooLarge

CHUNK = 64


def seal(plain: bytes, key: framing.FileKey, step: int = -1) -> bytes:
    reader = framing.EncryptingReader(io.BytesIO(plain), key, limit=10**6, chunk_size=CHUNK)
    parts = []
    while part := reader.read(step):
        parts.append(part)
    assert reader.size == len(plain)
    assert reader.sha256 == hashlib.sha256(plain).hexdigest()
    return b"".join(parts)


def read(sealed: bytes, key: framing.FileKey, size: int, start: int, end: int) -> bytes:
    span = framing.plan_span(size=size, chunk_size=CHUNK, start=start, end=end)
    piece = sealed[span.sealed_start : span.sealed_end + 1]
    parts = [piece[at : at + 50] for at in range(0, len(piece), 50)]
    return b"".join(framing.open_span(parts, key, span, chunk_size=CHUNK))


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
def test_every_range_of_every_length_is_what_was_written(size: int) -> None:
    plain = random.Random(size).randbytes(size)
    key = framing.FileKey.generate()
    sealed = seal(plain, key, step=37)
    assert len(sealed) == size + 16 * -(-size // CHUNK)
    for start in range(0, size, 13):
        for end in range(start, size, 7):
            assert read(sealed, key, size, start, end) == plain[start : end + 1]
    assert read(sealed, key, size, 0, size - 1) == plain


@pytest.mark.req("S42")
@pytest.mark.parametrize("harm", ["flip", "cut", "swap", "drop_last"])
def test_a_changed_object_is_never_read_as_if_nothing_had_happened(harm: str) -> None:
    plain, key = bytes(range(256)), framing.FileKey.generate()
    sealed, step = seal(plain, key), CHUNK + 16
    harmed = {
        "flip": sealed[:5] + bytes([sealed[5] ^ 1]) + sealed[6:],
        "cut": sealed[:-3],
        "swap": sealed[step : 2 * step] + sealed[:step] + sealed[2 * step :],
        "drop_last": sealed[:-step],
    }[harm]
    with pytest.raises(FileDamaged):
        read(harmed, key, len(plain), 0, len(plain) - 1)


def test_a_file_cut_at_a_chunk_and_a_row_that_agrees_is_still_found_out() -> None:
    plain, key = bytes(4 * CHUNK), framing.FileKey.generate()
    sealed = seal(plain, key)[: 3 * (CHUNK + 16)]
    with pytest.raises(FileDamaged):
        read(sealed, key, 3 * CHUNK, 0, 3 * CHUNK - 1)


def test_another_files_key_opens_nothing() -> None:
    sealed = seal(b"x" * 100, framing.FileKey.generate())
    with pytest.raises(FileDamaged):
        read(sealed, framing.FileKey.generate(), 100, 0, 99)


def test_limits_are_kept_while_reading() -> None:
    with pytest.raises(FileTooLarge):
        framing.EncryptingReader(io.BytesIO(b"x" * 101), framing.FileKey.generate(), limit=100).read()
    with pytest.raises(EmptyFile):
        framing.EncryptingReader(io.BytesIO(b""), framing.FileKey.generate(), limit=100).read()
