"""A lazy HL7 v2 reader: bytes are decoded and cut into segments once, everything below on demand.

Written here because the popular libraries build the whole tree first and are 50 to 1,500 times slower than
the split that an intake server needs before it can acknowledge (benchmark 2).
"""

import re
from functools import lru_cache
from typing import NamedTuple

from integrations.hl7v2.charsets import Decoded, decode_message
from integrations.hl7v2.errors import HL7Error, reject
from integrations.hl7v2.separators import STANDARD, Separators

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
_BATCH_HEADERS = ("FHS", "BHS")
_SEGMENT_LIKE = re.compile(r"[A-Z][A-Z0-9]{2}[^A-Za-z0-9\s]")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_PATH = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?-(\d+)(?:\[(\d+)\])?(?:\.(\d+))?(?:\.(\d+))?")


class Path(NamedTuple):
    """A place such as `PID-3[2].4.1`; all numbers count from 1."""

    segment: str
    occurrence: int
    field: int
    repetition: int
    component: int
    subcomponent: int


@lru_cache(maxsize=1024)
def parse_path(text: str) -> Path:
    """Read `SEG[n]-field[repetition].component.subcomponent`; whatever is left out is 1."""
    match = _PATH.fullmatch(text)
    if not match:
        raise ValueError(f"not an HL7 path: {text!r}")
    return Path(match[1], *(int(number or 1) for number in match.groups()[1:]))


class Repetition:
    """One repetition of a field."""

    __slots__ = ("_message", "_parts", "raw")

    def __init__(self, raw: str, message: "Message") -> None:
        self.raw = raw
        self._message = message
        self._parts: list[str] | None = None

    def component(self, number: int, subcomponent: int = 1) -> str:
        """Return one unescaped sub-component, "" when it is absent or the HL7 null `\"\"`."""
        if not self.raw:
            return ""
        separators = self._message.separators
        if self._parts is None:
            self._parts = self.raw.split(separators.component)
        if not 0 < number <= len(self._parts):
            return ""
        text = self._parts[number - 1]
        if separators.subcomponent in text:
            subs = text.split(separators.subcomponent)
            text = subs[subcomponent - 1] if 0 < subcomponent <= len(subs) else ""
        elif subcomponent != 1:
            return ""
        return "" if text == '""' else self._message.unescape(text)

    def components(self) -> tuple[str, ...]:
        """Return the first sub-component of every component."""
        count = self.raw.count(self._message.separators.component) + 1
        return tuple(self.component(number) for number in range(1, count + 1))

    @property
    def value(self) -> str:
        """The first component."""
        return self.component(1)

    @property
    def text(self) -> str:
        """The whole repetition unescaped, for free text whose sender forgot to escape a `^`."""
        return self._message.unescape(self.raw)

    def __bool__(self) -> bool:
        return bool(self.raw) and self.raw != '""'


class Field:
    """One field, split into repetitions on demand."""

    __slots__ = ("_message", "number", "raw", "segment")

    def __init__(self, raw: str, number: int, segment: "Segment", message: "Message") -> None:
        self.raw = raw
        self.number = number
        self.segment = segment
        self._message = message

    @property
    def is_null(self) -> bool:
        """Whether the sender asks to delete the value (`\"\"`), which is not the same as not sending it."""
        return self.raw == '""'

    @property
    def value(self) -> str:
        """The first component of the first repetition."""
        return self.repetition(1).component(1)

    def repetition(self, number: int) -> Repetition:
        """Return one repetition, an empty one where there is none."""
        if number == 1 and self._message.separators.repetition not in self.raw:
            return Repetition(self.raw, self._message)
        parts = self.raw.split(self._message.separators.repetition)
        return Repetition(parts[number - 1] if 0 < number <= len(parts) else "", self._message)

    def repetitions(self) -> tuple[Repetition, ...]:
        """Return the repetitions that hold something."""
        parts = self.raw.split(self._message.separators.repetition)
        return tuple(Repetition(part, self._message) for part in parts if part and part != '""')

    def component(self, number: int, subcomponent: int = 1) -> str:
        """Return a component of the first repetition."""
        return self.repetition(1).component(number, subcomponent)

    def error(self, code: str, message_zh: str, condition: int = 102) -> HL7Error:
        """Return an error that points at this field."""
        return HL7Error(
            code,
            message_zh,
            segment=self.segment.name,
            segment_no=self.segment.number,
            field_no=self.number,
            condition=condition,
        )

    def __bool__(self) -> bool:
        return bool(self.raw) and self.raw != '""'


class Segment:
    """One segment; `number` is its place in the message, from 1."""

    __slots__ = ("_fields", "_message", "name", "number", "raw")

    def __init__(self, raw: str, number: int, message: "Message") -> None:
        self.raw = raw
        self.name = raw[:3]
        self.number = number
        self._message = message
        self._fields: list[str] | None = None

    def field(self, number: int) -> Field:
        """Return a field by its HL7 number, an empty one where there is none."""
        return Field(self._raw_field(number), number, self, self._message)

    def value(self, number: int, component: int = 1, subcomponent: int = 1) -> str:
        """Return one value of the first repetition, with surrounding blanks removed."""
        raw = self._raw_field(number)
        if not raw:
            return ""
        separators = self._message.separators
        if separators.repetition in raw:
            raw = raw.split(separators.repetition, 1)[0]
        return Repetition(raw, self._message).component(component, subcomponent).strip()

    def __len__(self) -> int:
        return len(self._split()) - 1 + (self.name == "MSH")

    def _raw_field(self, number: int) -> str:
        fields = self._split()
        if self.name == "MSH":
            # MSH-1 is the separator itself, so every later field stands one place further left.
            if number == 1:
                return self._message.separators.field
            number -= 1
        return fields[number] if 0 < number < len(fields) else ""

    def _split(self) -> list[str]:
        if self._fields is None:
            self._fields = self.raw.split(self._message.separators.field)
        return self._fields


class Message:
    """A parsed message: `raw` is what arrived, `charset` what it was decoded with."""

    __slots__ = (
        "_by_name",
        "_lines",
        "_segments",
        "charset",
        "declared_charset",
        "has_charset_mismatch",
        "raw",
        "separators",
    )

    def __init__(self, raw: bytes, lines: list[str], separators: Separators, decoded: Decoded) -> None:
        self.raw = raw
        self.separators = separators
        self.charset = decoded.charset
        self.declared_charset = decoded.declared
        self.has_charset_mismatch = decoded.mismatch
        self._lines = lines
        self._segments: tuple[Segment, ...] | None = None
        self._by_name: dict[str, list[Segment]] | None = None

    def __getitem__(self, name: str) -> Segment:
        found = self.get(name)
        if found is None:
            raise HL7Error("missing_segment", f"缺少必需的{name}段", segment=name, condition=100)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._index()

    def get(self, name: str) -> Segment | None:
        """Return the first segment of a name, or None."""
        found = self._index().get(name)
        return found[0] if found else None

    def segments(self, name: str = "") -> tuple[Segment, ...]:
        """Return all segments in their order (Z-segments included), or those of one name."""
        if name:
            return tuple(self._index().get(name, ()))
        return self._all()

    def value(self, path: str) -> str:
        """Return the value at `SEG[n]-field[repetition].component.subcomponent`, "" where there is none."""
        place = parse_path(path)
        found = self._index().get(place.segment, ())
        if len(found) < place.occurrence or place.occurrence < 1:
            return ""
        field = found[place.occurrence - 1].field(place.field)
        if place.segment == "MSH" and place.field <= 2:
            # The separators do not separate themselves.
            return field.raw
        repetition = field.repetition(place.repetition)
        return repetition.component(place.component, place.subcomponent).strip()

    def unescape(self, text: str) -> str:
        """Undo the escapes of this message's separators."""
        return self.separators.unescape_text(text, self.charset) if self.separators.escape in text else text

    @property
    def header(self) -> Segment:
        """The MSH segment, without an index of the others."""
        return self._segments[0] if self._segments else Segment(self._lines[0], 1, self)

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.header.value(10)

    @property
    def type(self) -> str:
        """`ADT^A03`; a trigger that MSH-9 leaves out is taken from EVN-1."""
        header = self.header
        trigger = header.value(9, 2)
        if not trigger and (evn := self.get("EVN")):
            trigger = evn.value(1)
        name = header.value(9)
        return f"{name}^{trigger}" if trigger else name

    @property
    def version(self) -> str:
        """MSH-12.1."""
        return self.header.value(12)

    def _all(self) -> tuple[Segment, ...]:
        if self._segments is None:
            self._segments = tuple(
                Segment(line, number, self)
                for number, line in enumerate(_join_broken_lines(self._lines, self.separators.field), start=1)
            )
        return self._segments

    def _index(self) -> dict[str, list[Segment]]:
        if self._by_name is None:
            self._by_name = {}
            for segment in self._all():
                self._by_name.setdefault(segment.name, []).append(segment)
        return self._by_name


def parse(raw: bytes, *, max_bytes: int = MAX_MESSAGE_BYTES) -> Message:
    """Read one message, or raise `HL7Error`; only the header is looked at."""
    if len(raw) > max_bytes:
        raise reject("too_large", f"报文{len(raw)}字节，超过上限{max_bytes}字节，请拆分后发送")
    if not raw.strip():
        raise reject("empty", "报文为空")
    decoded = decode_message(raw.lstrip() if raw[0] in b" \t\r\n" else raw)
    text = decoded.text
    if not text.startswith("MSH"):
        raise _describe_not_hl7(text)
    separators = _read_separators(text)
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    return Message(raw, text.split("\r"), separators, decoded)


def _join_broken_lines(lines: list[str], field_separator: str) -> list[str]:
    """Put a line that starts no segment back where an unescaped line end in free text cut it off."""
    joined: list[str] = []
    for line in lines:
        if line[3:4] == field_separator and _NAME.fullmatch(line[:3]):
            joined.append(line)
            continue
        bare = line.strip()
        if not bare:
            continue
        if _NAME.fullmatch(bare[:3]) and bare[3:4] in ("", field_separator):
            joined.append(bare)
        else:
            joined[-1] = f"{joined[-1]}\n{line}"
    return joined


def _read_separators(text: str) -> Separators:
    if text.startswith("MSH|^~\\&|"):
        return STANDARD
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if len(header) < 8:
        raise reject("bad_separators", "MSH段过短，缺少分隔符定义", segment="MSH", field_no=1)
    field = header[3]
    encoding = header[4:].split(field, 1)[0]
    if len(encoding) not in (4, 5):
        raise reject(
            "bad_separators", "MSH-2应为4个编码字符（v2.7起可有5个），通常是^~\\&", segment="MSH", field_no=2
        )
    every = field + encoding
    if len(set(every)) != len(every) or any(not 32 < ord(mark) < 127 or mark.isalnum() for mark in every):
        raise reject(
            "bad_separators",
            "MSH-1与MSH-2的分隔符必须互不相同，且为可见的ASCII标点",
            segment="MSH",
            field_no=2,
        )
    return Separators(field, *encoding)


def _describe_not_hl7(text: str) -> HL7Error:
    if text[:3] in _BATCH_HEADERS:
        return reject("batch", f"收到批文件（{text[:3]}），请逐条发送报文", segment=text[:3])
    if re.search(r"[\r\n]MSH[^A-Za-z0-9\s]", text):
        return reject("msh_not_first", "MSH必须是第一段，它之前还有其他内容", segment="MSH")
    if _SEGMENT_LIKE.match(text):
        return reject("no_msh", "缺少MSH段，报文的第一段必须是MSH", segment="MSH")
    return reject("not_hl7", "不是HL7 v2报文（应以MSH开头）")
