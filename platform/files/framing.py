"""The encrypted form of an object: chunks of AES-256-GCM, so that any part can be read without the rest.

Chunk i holds `chunk_size` plain bytes (the last one fewer) and a 16-byte tag. Its nonce is the file's
7-byte prefix, the chunk number and a flag on the last chunk: chunks cannot be swapped, dropped or cut off
at the end unnoticed. Key and prefix are of one file only and travel wrapped by the tenant's key.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from files.errors import EmptyFile, FileDamaged, FileTooLarge

CHUNK_SIZE = 64 * 1024
TAG_SIZE = 16
_KEY_SIZE = 32
_PREFIX_SIZE = 7


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileKey:
    key: bytes
    prefix: bytes

    @classmethod
    def generate(cls) -> "FileKey":
        return cls(AESGCM.generate_key(_KEY_SIZE * 8), os.urandom(_PREFIX_SIZE))

    @classmethod
    def unpack(cls, packed: bytes) -> "FileKey":
        return cls(packed[:_KEY_SIZE], packed[_KEY_SIZE:])

    def pack(self) -> bytes:
        return self.key + self.prefix

    def nonce(self, number: int, *, last: bool) -> bytes:
        return self.prefix + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


class EncryptingReader:
    """Reads a plain stream and gives its encrypted form, never holding more than two chunks.

    After the last byte was read, `size` and `sha256` are those of the plain bytes. Raises FileTooLarge as
    soon as the stream goes over `limit`, EmptyFile when there is nothing in it.
    """

    def __init__(self, stream: Readable, key: FileKey, *, limit: int, chunk_size: int = CHUNK_SIZE) -> None:
        self._stream = stream
        self._key = key
        self._cipher = AESGCM(key.key)
        self._limit = limit
        self._chunk_size = chunk_size
        self._digest = hashlib.sha256()
        self._number = 0
        self._ahead: bytes | None = None
        self._finished = False
        self._buffer = bytearray()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        while not self._finished and (size < 0 or len(self._buffer) < size):
            self._buffer += self._seal_next()
        taken = bytes(self._buffer if size < 0 else self._buffer[:size])
        del self._buffer[: len(taken)]
        return taken

    def _take_plain(self) -> bytes:
        parts = bytearray()
        while len(parts) < self._chunk_size:
            part = self._stream.read(self._chunk_size - len(parts))
            if not part:
                break
            parts += part
        self.size += len(parts)
        if self.size > self._limit:
            raise FileTooLarge.over(self._limit)
        self._digest.update(parts)
        return bytes(parts)

    def _seal_next(self) -> bytes:
        plain = self._take_plain() if self._ahead is None else self._ahead
        if not plain:
            raise EmptyFile()
        # One chunk ahead: only who has seen the end knows which chunk is the last.
        self._ahead = self._take_plain() if len(plain) == self._chunk_size else b""
        self._finished = not self._ahead
        sealed = self._cipher.encrypt(self._key.nonce(self._number, last=self._finished), plain, None)
        self._number += 1
        return sealed


@dataclass(frozen=True, slots=True)
class Span:
    """What must be read from the store for plain bytes `start` to `end` (both included) of a file."""

    first_chunk: int
    last_chunk: int
    sealed_start: int
    sealed_end: int
    skip: int
    length: int
    final_chunk: int


def plan_span(*, size: int, chunk_size: int, start: int, end: int) -> Span:
    """`0 <= start <= end < size`."""
    sealed_chunk = chunk_size + TAG_SIZE
    first, last, final = start // chunk_size, end // chunk_size, (size - 1) // chunk_size
    total = size + (final + 1) * TAG_SIZE
    return Span(
        first_chunk=first,
        last_chunk=last,
        sealed_start=first * sealed_chunk,
        sealed_end=min((last + 1) * sealed_chunk, total) - 1,
        skip=start - first * chunk_size,
        length=end - start + 1,
        final_chunk=final,
    )


def open_span(parts: Iterable[bytes], key: FileKey, span: Span, *, chunk_size: int) -> Iterator[bytes]:
    """Decrypt the sealed bytes of `span` into exactly its plain bytes. Raises FileDamaged."""
    cipher = AESGCM(key.key)
    sealed_chunk = chunk_size + TAG_SIZE
    buffer = bytearray()
    number, skip, left = span.first_chunk, span.skip, span.length

    def unseal(sealed: bytes) -> bytes:
        try:
            return cipher.decrypt(key.nonce(number, last=number == span.final_chunk), sealed, None)
        except InvalidTag as error:
            raise FileDamaged() from error

    def cut(plain: bytes) -> bytes:
        nonlocal skip, left
        piece = plain[skip : skip + left]
        skip, left = 0, left - len(piece)
        return piece

    for part in parts:
        buffer += part
        while len(buffer) >= sealed_chunk and number < span.final_chunk and left:
            piece = cut(unseal(bytes(buffer[:sealed_chunk])))
            del buffer[:sealed_chunk]
            number += 1
            yield piece
    if left and buffer:
        yield cut(unseal(bytes(buffer)))
    if left:
        raise FileDamaged()
