"""Against the real store and database."""

import io
import tracemalloc
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from access.actor import SYSTEM
from files import store
from files.errors import EmptyFile, FileDamaged, FileTooLarge, NotAudio
from files.models import StoredFile
from files.selectors import list_orphans, read_range
from files.services import make_link, store_audio, store_file, use_link
from files.tests.samples import make_wav
from kernel.crypto import CannotDecrypt
from kernel.tenancy import bind_schema
from trail.models import TrailRow

BUCKET = f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture(autouse=True)
def own_bucket(settings) -> None:
    """Runs beside this one share the store; what they leave must not be counted here."""
    settings.S3_BUCKET = BUCKET


def keep(data: bytes, **more: object) -> StoredFile:
    return store_file(
        actor=SYSTEM,
        purpose="test",
        stream=io.BytesIO(data),
        content_type="text/plain",
        max_bytes=10**7,
        **more,
    )  # type: ignore[arg-type]


def objects() -> set[str]:
    return {key for key, _ in store.list_objects("t_alpha/")}


@pytest.mark.req("S42")
def test_the_store_holds_no_plain_byte_and_gives_every_range(in_alpha) -> None:
    data = bytes(range(256)) * 1000
    file = keep(data)
    assert file.size == 256_000
    assert file.object_key.startswith("t_alpha/test/")
    sealed_size = 256_000 + 4 * 16
    raw = b"".join(store.get_range(file.object_key, 0, sealed_size - 1))
    assert len(raw) == sealed_size
    assert bytes(range(64)) not in raw
    assert b"".join(read_range(file).body) == data
    for start, end in ((0, 0), (65535, 65536), (100_000, 200_000), (255_999, 255_999)):
        part = read_range(file, start, end)
        assert (part.start, part.end, part.length) == (start, end, end - start + 1)
        assert b"".join(part.body) == data[start : end + 1]


def test_a_file_of_one_tenant_cannot_be_opened_in_another(in_alpha) -> None:
    file = keep(b"abc")
    with bind_schema("t_beta"), pytest.raises(CannotDecrypt):
        read_range(file)


def test_an_object_that_is_gone_or_cut_is_told(in_alpha) -> None:
    file = keep(b"x" * 100_000)
    sealed = b"".join(store.get_range(file.object_key, 0, 100_031))
    store.put_object(file.object_key, io.BytesIO(sealed[:-10]))
    with pytest.raises(FileDamaged):
        b"".join(read_range(file).body)
    store.delete_object(file.object_key)
    with pytest.raises(FileDamaged):
        read_range(file)


def test_nothing_is_left_when_the_row_cannot_be_written(in_alpha) -> None:
    before = objects()

    def fail(file: StoredFile) -> None:
        raise RuntimeError("attach failed")

    with pytest.raises(RuntimeError, match="attach failed"):
        keep(b"abc", attach=fail)
    assert objects() == before
    assert not StoredFile.objects.exists()


def test_a_stream_over_the_limit_leaves_nothing(in_alpha) -> None:
    before = objects()
    with pytest.raises(FileTooLarge):
        store_file(
            actor=SYSTEM, purpose="test", stream=io.BytesIO(b"x" * 20_000_000), content_type="text/plain",
            max_bytes=9_000_000,
        )  # fmt: skip
    with pytest.raises(EmptyFile):
        keep(b"")
    assert objects() == before


def test_orphans_are_found_only_when_they_are_old(in_alpha) -> None:
    file = keep(b"abc")
    store.put_object("t_alpha/test/2026/01/orphan", io.BytesIO(b"left by a crash"))
    assert "t_alpha/test/2026/01/orphan" not in list_orphans()
    found = list_orphans(older_than=timedelta(seconds=-60))
    assert "t_alpha/test/2026/01/orphan" in found
    assert file.object_key not in found
    store.delete_object("t_alpha/test/2026/01/orphan")


def test_a_recording_is_known_by_its_bytes(in_alpha, settings) -> None:
    wav = make_wav(3)
    file = store_audio(actor=SYSTEM, purpose="recording", stream=io.BytesIO(wav), size=len(wav))
    assert (file.content_type, file.duration_seconds, file.size) == ("audio/wav", 3, len(wav))
    assert b"".join(read_range(file).body) == wav
    with pytest.raises(NotAudio):
        store_audio(actor=SYSTEM, purpose="recording", stream=io.BytesIO(b"<html>"), size=6)
    settings.RECORDING_MAX_BYTES = 1000
    with pytest.raises(FileTooLarge):
        store_audio(actor=SYSTEM, purpose="recording", stream=io.BytesIO(wav), size=len(wav))
    with pytest.raises(FileTooLarge):
        store_audio(actor=SYSTEM, purpose="recording", stream=io.BytesIO(wav), size=None)


def test_memory_stays_flat_however_long_the_file(in_alpha) -> None:
    class Endless:
        left = 48 << 20

        def read(self, size: int = -1, /) -> bytes:
            taken = min(size, self.left)
            self.left -= taken
            return bytes(taken)

    keep(b"warm up")
    tracemalloc.start()
    try:
        file = store_file(
            actor=SYSTEM, purpose="test", stream=Endless(), content_type="text/plain", max_bytes=64 << 20
        )
        for _ in read_range(file).body:
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert file.size == 48 << 20
    assert peak < 30 << 20


def test_links_and_their_uses_are_in_the_trail(in_alpha, at) -> None:
    file = keep(b"0123456789")
    with at("2026-11-20 09:30"):
        link = make_link(actor=SYSTEM, file=file)
        assert link.expires_at.isoformat() == "2026-11-20T09:35:00+08:00"
        token = link.url.removeprefix("/api/v1/files/")
        part, partial = use_link(token=token, range_header="bytes=2-4")
        assert (b"".join(part.body), partial) == (b"234", True)
    actions = list(TrailRow.objects.order_by("id").values_list("action", "object_id", "detail"))
    assert [row[:2] for row in actions[-2:]] == [
        ("files.link.made", str(file.pk)), ("files.file.read", str(file.pk)),
    ]  # fmt: skip
    assert actions[-1][2] == {"first": 2, "last": 4}


def test_a_full_body_needs_no_binding_while_it_streams(in_alpha) -> None:
    file = keep(b"a" * 200_000)
    part = read_range(file)
    connection.set_schema_to_public()
    assert len(b"".join(part.body)) == 200_000
