"""Writing files and signing links to them. Objects are stored before their rows: a row never points at
nothing.
"""

import io
import logging
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from access.actor import Actor
from files import framing, links, store
from files.audio import HEAD_SIZE, sniff_audio
from files.contracts import FilePart, SignedLink
from files.errors import FileTooLarge, LinkInvalid, RangeNotSatisfiable, StoreUnavailable
from files.framing import Readable
from files.models import StoredFile
from files.rules import object_key, parse_range
from files.selectors import get_file, list_orphans, read_range
from kernel import clock
from kernel.crypto import encrypt_bytes
from kernel.errors import NotFound
from kernel.tenancy import bound_schema
from trail.services import record

logger = logging.getLogger("files")
LINK_LIFETIME = timedelta(minutes=5)


class _Rejoined(io.RawIOBase):
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._rest.read(size)
        taken = self._head if size < 0 else self._head[:size]
        self._head = self._head[len(taken) :]
        return taken + self._rest.read() if size < 0 else taken


def store_file(
    *,
    actor: Actor,
    purpose: str,
    stream: Readable,
    content_type: str,
    max_bytes: int,
    size: int | None = None,
    duration_seconds: int | None = None,
    attach: Callable[[StoredFile], object] | None = None,
) -> StoredFile:
    """Encrypt and store the stream in constant memory, then write its row; `attach` runs in the row's
    transaction.

    The object is uploaded before the transaction begins, and deleted again when the transaction fails (best
    effort; what a crash leaves is found by selectors.list_orphans). Raises FileTooLarge, EmptyFile,
    StoreUnavailable, and whatever `attach` raises.
    """
    if size is not None and size > max_bytes:
        raise FileTooLarge.over(max_bytes)
    key = framing.FileKey.generate()
    name = object_key(
        schema=bound_schema(), purpose=purpose, day=clock.today(), random=secrets.token_urlsafe(24)
    )
    reader = framing.EncryptingReader(stream, key, limit=max_bytes)
    store.put_object(name, reader)
    try:
        with transaction.atomic():
            file = StoredFile.objects.create(
                purpose=purpose,
                object_key=name,
                content_type=content_type,
                size=reader.size,
                sha256=reader.sha256,
                wrapped_key=encrypt_bytes(key.pack()),
                chunk_size=framing.CHUNK_SIZE,
                duration_seconds=duration_seconds,
                created_by_id=actor.id or None,
                created_by_name=actor.name,
                created_at=clock.now(),
            )
            record(
                actor_id=actor.id, actor_name=actor.name, action="files.file.stored", object_type="file",
                object_id=file.pk, purpose=purpose, size=file.size, sha256=file.sha256,
            )  # fmt: skip
            if attach is not None:
                attach(file)
    except BaseException:
        _discard(name)
        raise
    return file


def store_audio(
    *,
    actor: Actor,
    purpose: str,
    stream: Readable,
    size: int | None = None,
    attach: Callable[[StoredFile], object] | None = None,
) -> StoredFile:
    """As store_file, for a recording: its type and duration are read from its bytes.

    Raises NotAudio, FileTooLarge (settings.RECORDING_MAX_BYTES), EmptyFile, StoreUnavailable.
    """
    limit = int(settings.RECORDING_MAX_BYTES)
    if size is not None and size > limit:
        raise FileTooLarge.over(limit)
    head = stream.read(HEAD_SIZE)
    facts = sniff_audio(head, size=size)
    return store_file(
        actor=actor,
        purpose=purpose,
        stream=_Rejoined(head, stream),
        content_type=facts.content_type,
        max_bytes=limit,
        size=size,
        duration_seconds=facts.duration_seconds,
        attach=attach,
    )


def _discard(key: str) -> None:
    try:
        store.delete_object(key)
    except StoreUnavailable:
        logger.warning("object %s is left without a row", key)


@transaction.atomic
def make_link(*, actor: Actor, file: StoredFile) -> SignedLink:
    """A link that reads this file for five minutes without a cookie. The caller has checked the actor's
    sight.
    """
    expires_at = (clock.now() + LINK_LIFETIME).replace(microsecond=0)
    token = links.sign(bound_schema(), links.Claim(file.pk, actor.id, expires_at))
    record(
        actor_id=actor.id, actor_name=actor.name, action="files.link.made", object_type="file",
        object_id=file.pk, expires_at=expires_at.isoformat(),
    )  # fmt: skip
    return SignedLink(f"/api/v1/files/{token}", expires_at)


def use_link(*, token: str, range_header: str = "") -> tuple[FilePart, bool]:
    """The bytes that a signed link asks for, and whether they are a part; every use is in the trail.

    Raises LinkInvalid, LinkExpired, RangeNotSatisfiable (with the file's `size`), FileDamaged,
    StoreUnavailable.
    """
    claim = links.verify(bound_schema(), token, now=clock.now())
    try:
        file = get_file(claim.file_id)
    except NotFound as error:
        raise LinkInvalid() from error
    try:
        wanted = parse_range(range_header, file.size)
    except RangeNotSatisfiable as error:
        raise RangeNotSatisfiable(size=file.size) from error
    part = read_range(file, *(wanted or ()))
    record(
        actor_id=claim.actor_id, actor_name="", action="files.file.read", object_type="file",
        object_id=file.pk, first=part.start, last=part.end,
    )  # fmt: skip
    return part, wanted is not None


def delete_orphans(*, actor: Actor) -> int:
    """Remove objects that no row knows and that are older than a day; returns how many."""
    keys = list_orphans()
    for key in keys:
        store.delete_object(key)
    if keys:
        record(
            actor_id=actor.id, actor_name=actor.name, action="files.orphans.deleted", count=len(keys)
        )  # fmt: skip
    return len(keys)
