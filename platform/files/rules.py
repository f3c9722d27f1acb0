"""Pure: object keys and byte ranges."""

import re
from datetime import date

from files.errors import RangeNotSatisfiable

_RANGE = re.compile(r"^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$", re.IGNORECASE | re.ASCII)


def object_key(*, schema: str, purpose: str, day: date, random: str) -> str:
    """The tenant's own prefix first: a right of the store on one prefix is a right on one tenant."""
    return f"{schema}/{purpose}/{day:%Y}/{day:%m}/{random}"


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte wanted; None means the whole file (no range, several ranges, or not understood:
    RFC 9110).

    Raises RangeNotSatisfiable for a range that begins after the end.
    """
    match = _RANGE.match(header)
    if match is None or not (match[1] or match[2]) or len(header) > 64:
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        if length == 0:
            raise RangeNotSatisfiable()
        return size - length, size - 1
    start = int(match[1])
    end = min(int(match[2]), size - 1) if match[2] else size - 1
    if start >= size:
        raise RangeNotSatisfiable()
    return None if end < start else (start, end)
