"""The end of an address: 组, 队, 号, 栋, 单元."""

_NUMERALS = frozenset("0123456789一二三四五六七八九十百零〇两甲乙丙丁ABCDEFGHabcdefgh-#")
_UNITS = (
    "村民小组", "小组", "组", "生产队", "大队", "队", "单元", "号楼", "号院", "号", "栋", "幢", "座", "楼",
    "层", "室", "户", "排", "院", "米",
)  # fmt: skip
_UNIT_STARTS = frozenset(unit[0] for unit in _UNITS)


def is_tail(text: str, pos: int) -> bool:
    """Whether what stands at `pos` can only follow a complete place name: the end, a number, 组."""
    if pos >= len(text):
        return True
    char = text[pos]
    if char in "组队号" or char.isdigit() or char == "第" or text.startswith("村民", pos):
        return True
    end = _numeral_end(text, pos)
    return end > pos and (end == len(text) or text[end] in _UNIT_STARTS)


def find_tail(text: str, pos: int) -> int:
    """Where the first numbered part (3组, 12号, 2栋) begins at or after `pos`; len(text) when there is none."""
    at = pos
    while at < len(text):
        end = _numeral_end(text, at)
        if end > at:
            if end < len(text) and text[end] in _UNIT_STARTS and text[end:].startswith(_UNITS):
                return at - 1 if at > pos and text[at - 1] == "第" else at
            at = end
        else:
            at += 1
    return len(text)


def _numeral_end(text: str, pos: int) -> int:
    end = pos
    while end < len(text) and text[end] in _NUMERALS:
        end += 1
    return end
