"""The 12 digits `PP CC DD TTT VVV` of an administrative division (GB/T 2260 and the bureau's town codes).

Pure string work: the parser and the importer share it. A code of 2, 4, 6, 9 or 12 digits is padded with zeros.
"""

_LENGTHS = (2, 4, 6, 9, 12)
_PREFIX_OF_LEVEL = {1: 2, 2: 4, 3: 6, 4: 9, 5: 12}


def pad_code(code: str) -> str:
    """The stored form of a code. Raises ValueError when it is not 2, 4, 6, 9 or 12 ASCII digits."""
    if len(code) not in _LENGTHS or not (code.isascii() and code.isdigit()):
        raise ValueError(f"not an administrative division code: {code!r}")
    return code.ljust(12, "0")


def level_of(code12: str) -> int:
    """1 province, 2 prefecture, 3 county, 4 township, 5 village."""
    if code12[9:] != "000":
        return 5
    if code12[6:9] != "000":
        return 4
    if code12[4:6] != "00":
        return 3
    return 2 if code12[2:4] != "00" else 1


def parent_of(code12: str) -> str | None:
    """The division one level up by the digits; None for a province."""
    level = level_of(code12)
    return code12[: _PREFIX_OF_LEVEL[level - 1]].ljust(12, "0") if level > 1 else None


def prefix_of(code12: str) -> str:
    """The digits shared by everything inside the division (420583000000 -> 420583)."""
    return code12[: _PREFIX_OF_LEVEL[level_of(code12)]]
