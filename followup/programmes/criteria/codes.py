"""ICD-10 and ICD-9-CM-3 codes in criteria, in the stem form that records stores.

A stem has at most four characters (I21.900 is I219, 81.5400x003 is 8154), so criteria cannot be more precise.
"""

import re

_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]?")
_OPERATION = re.compile(r"[0-9]{2,4}")
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # in byte order
STEM_LENGTH = 4
OPERATION_RANGE_LIMIT = 500


class CodeFault(ValueError):
    """A code or range that means nothing; the text is Chinese and says the cure."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def normalise(text: str) -> str:
    """Upper case, without dot, cut at the x fillers: I20.0 → I200, I10.x00x002 → I10."""
    bare = re.sub(r"[^0-9A-Z]", "", text.strip().upper())
    filler = bare.find("X", 3)
    return bare if filler < 0 else bare[:filler]


def read_prefix(text: object, *, is_operation: bool) -> str:
    """The normalised prefix. Raises CodeFault."""
    prefix = normalise(text) if isinstance(text, str) else ""
    if (_OPERATION if is_operation else _DIAGNOSIS).fullmatch(prefix):
        return prefix
    if len(prefix) > STEM_LENGTH and prefix.isascii():
        raise CodeFault(
            "too_precise", f"编码 {text!r} 过细：只能写到小数点后一位（手术两位），如 I21.9、81.54"
        )
    if is_operation:
        raise CodeFault("invalid_code", f"手术编码 {text!r} 不对：应为 ICD-9-CM-3 的两位以上数字，如 81.54")
    raise CodeFault("invalid_code", f"诊断编码 {text!r} 不对：应为 ICD-10 的三位以上编码，如 I21 或 I20.0")


def expand_range(low: object, high: object, *, is_operation: bool) -> tuple[str, ...]:
    """Every prefix from `low` to `high`, both included; written out, so that all readers agree on it exactly.

    Raises CodeFault.
    """
    first = read_prefix(low, is_operation=is_operation)
    last = read_prefix(high, is_operation=is_operation)
    if len(first) != len(last):
        raise CodeFault("uneven_range", f"范围两端应同样长：{low} 与 {high} 位数不同，请写成同一位数")
    if first > last:
        raise CodeFault("reversed_range", f"范围写反了：{low} 在 {high} 之后，请对调")
    if is_operation:
        numbers = range(int(first), int(last) + 1)
        if len(numbers) > OPERATION_RANGE_LIMIT:
            raise CodeFault(
                "range_too_wide",
                f"范围含 {len(numbers)} 个编码，最多 {OPERATION_RANGE_LIMIT} 个，请用更短的前缀",
            )
        return tuple(str(number).zfill(len(first)) for number in numbers)
    if len(first) == 3:
        return tuple(
            category
            for letter in _LETTERS[_LETTERS.index(first[0]) : _LETTERS.index(last[0]) + 1]
            for digit in "0123456789"
            for end in _LETTERS
            if first <= (category := letter + digit + end) <= last
        )
    if first[:-1] != last[:-1]:
        raise CodeFault(
            "invalid_range", f"细目范围只能在同一类目内，如 I80.1 至 I80.3；{low} 至 {high} 请逐个列出"
        )
    tails = _LETTERS[_LETTERS.index(first[-1]) : _LETTERS.index(last[-1]) + 1]
    return tuple(first[:-1] + tail for tail in tails)
