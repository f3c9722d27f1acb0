"""What is wrong with a document, where, and the cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Beyond this nobody reads on, and a hostile document must not swell the answer.
FAULT_LIMIT: Final = 100
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class DocumentError:
    """`keepable`: an author's unfinished draft may be stored with it. Otherwise whoever reads the document next
    (editor, export, the check of used answers) could not rely on its shape.
    """

    pointer: str
    code: str
    message: str
    cure: str
    keepable: bool = True

    def to_dict(self) -> dict[str, str]:
        return {"pointer": self.pointer, "code": self.code, "message": self.message, "cure": self.cure}


class Faults:
    """In the order in which they were found."""

    def __init__(self) -> None:
        self.found: list[DocumentError] = []
        self._counts = {True: 0, False: 0}

    def fail(self, pointer: str, code: str, message: str, cure: str) -> None:
        """Unfinished."""
        self._add(DocumentError(pointer, code, message, cure))

    def refuse(self, pointer: str, code: str, message: str, cure: str) -> None:
        """Unreadable, or too large."""
        self._add(DocumentError(pointer, code, message, cure, keepable=False))

    def _add(self, fault: DocumentError) -> None:
        self._counts[fault.keepable] += 1
        if self._counts[fault.keepable] <= FAULT_LIMIT:
            self.found.append(fault)

    @property
    def is_readable(self) -> bool:
        return not self._counts[False]

    def has(self, code: str) -> bool:
        return any(fault.code == code for fault in self.found)


def shorten(name: object) -> str:
    """A name that the sender made up, fit to be shown: not endless, and nothing that no answer can carry."""
    text = str(name)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
