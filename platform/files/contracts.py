"""What other rooms get of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignedLink:
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FilePart:
    """Plain bytes `start` to `end` (both included) of a file of `size` bytes."""

    content_type: str
    size: int
    start: int
    end: int
    body: Iterator[bytes]

    @property
    def length(self) -> int:
        return self.end - self.start + 1
