"""From what a registration desk wrote to the characters that are matched. Every step is linear in the text."""

import re
import unicodedata
from typing import NamedTuple

MAX_TEXT = 200  # characters; a longer "address" is a note, and its end is not read

_LABELS = (
    "家庭详细住址", "家庭住址", "家庭地址", "现住址", "居住地址", "联系地址", "通讯地址", "通信地址",
    "详细地址", "户籍所在地", "户口所在地", "户籍地址", "户口地址", "户籍地", "户籍", "户口", "籍贯",
    "原籍", "住址", "地址", "家住在", "家住", "住在", "住于", "中华人民共和国", "中国", "住",
)  # fmt: skip
_CURRENT = (
    "现住址", "现住在", "现住于", "现住地", "现住", "现居住地址", "现居住地", "现居住于", "现居住在",
    "现居住", "现居于", "现居", "实际居住地", "实际居住", "居住地址", "居住地", "居住于", "居住在", "居住",
    "暂住地", "暂住于", "暂住在", "暂住", "常住地", "常住", "租住于", "租住在", "租住",
)  # fmt: skip
_REGISTERED = ("户籍", "户口", "原籍", "籍贯", "老家", "原住址", "原住", "原居", "身份证")

_CURRENT_RE = re.compile("(" + "|".join(sorted(_CURRENT, key=len, reverse=True)) + ")(?![证区人])")
_REGISTERED_RE = re.compile("|".join(sorted(_REGISTERED, key=len, reverse=True)))
# Telephone and identity numbers: no evidence of residence, and they must not survive in `detail`.
_LONG_NUMBER_RE = re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)|\d{7,}+[Xx]?")
_WHOLE_CODE_RE = re.compile(r"\d{6}|\d{9}|\d{12}")
_CODE_RE = re.compile(r"(?<![0-9A-Za-z])(\d{12}|\d{9})(?![0-9A-Za-z])")
_TAG_RE = re.compile(r"<[^<>]{0,40}>")
_LONE_DASH_RE = re.compile(r"(?<![0-9A-Za-z])-+|-+(?![0-9A-Za-z])")


class _PunctuationTable(dict[int, str | None]):
    """For str.translate: drops punctuation, symbols, spaces and controls; keeps `-` and `#` of house numbers."""

    def __missing__(self, key: int) -> str | None:
        char = chr(key)
        kept = char in "-#" or unicodedata.category(char)[0] in "LN"
        self[key] = char if kept else None
        return self[key]


_PUNCTUATION = _PunctuationTable()
_DASHES = str.maketrans(dict.fromkeys("—–―‐‑−﹣－", "-"))


class Residence(NamedTuple):
    """The part that says where someone lives now, the other part, and why they were told apart."""

    text: str
    other: str
    evidence: tuple[str, ...]


def fold_width(text: str) -> tuple[str, bool]:
    """NFKC, bounded to MAX_TEXT characters; True when something was cut off."""
    folded = unicodedata.normalize("NFKC", text[: MAX_TEXT + 1])
    return folded[:MAX_TEXT], len(folded) > MAX_TEXT


def find_code(folded: str) -> str | None:
    """A 9- or 12-digit run standing alone, or six digits when nothing else was written (else: a postal code)."""
    bare = folded.strip()
    if _WHOLE_CODE_RE.fullmatch(bare) and bare.isascii():
        return bare
    found = _CODE_RE.search(folded)
    return found.group(1) if found and found.group(1).isascii() else None


def split_residence(folded: str) -> Residence:
    """Tells a current address from a registered one on the same line (现住, 现居, 居住, 暂住)."""
    markers = list(_CURRENT_RE.finditer(folded))
    if markers:
        marker = next((found for found in markers if found.group(1)[0] == "现"), markers[-1])
        before, after = folded[: marker.start()], folded[marker.end() :]
        registered = _REGISTERED_RE.search(after)
        if registered:
            before, after = before + " " + after[registered.start() :], after[: registered.start()]
        return Residence(after, before, ("residence:current",) if clean_text(before) else ())
    registered = _REGISTERED_RE.search(folded)
    if registered:
        before, after = folded[: registered.start()], folded[registered.start() :]
        if clean_text(before):
            return Residence(before, after, ())
        return Residence(after, "", ("residence:registered-only",))
    return Residence(folded, "", ())


def clean_text(text: str) -> str:
    """Characters to match: no tags, long numbers, punctuation, leading Latin junk or labels such as 家庭住址."""
    if "<" in text:
        text = _TAG_RE.sub("", text)
    text = _LONG_NUMBER_RE.sub("", text.translate(_DASHES))
    text = text.translate(_PUNCTUATION)
    if "-" in text:
        text = _LONE_DASH_RE.sub("", text)
    start = 0
    while start < len(text) and (text[start].isascii() or not text[start].isalpha()):
        start += 1
    changed = True
    while changed:
        changed = False
        for label in _LABELS:
            if text.startswith(label, start):
                start += len(label)
                changed = True
                break
    return text[start:]
