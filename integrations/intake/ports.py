"""How raw bytes of a format are read again (replay); config/wiring.py names the readers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.intake.contracts import Reader

_readers: dict[str, "Reader"] = {}


def register_reader(format: str, reader: "Reader") -> None:
    """`reader` raises nothing: what it cannot read it says in `Incoming.problem`."""
    _readers[format] = reader


def reader_of(format: str) -> "Reader":
    """Raises LookupError for a format whose room is not wired."""
    try:
        return _readers[format]
    except KeyError:
        raise LookupError(f"no reader is wired for format {format!r} (config/wiring.py)") from None
