"""Which characters the bytes mean: BOM, MSH-18, strict UTF-8, then GB18030 (standards 5.1).

The text is decoded before it is split: the second byte of a GBK character can be `|`, `^`, `~` or a
backslash.
"""

import codecs
import re
from typing import NamedTuple

from integrations.hl7v2.errors import reject

# HL7 table 0211 and what Chinese systems write in its place. GB18030 reads all that GB2312 and GBK hold.
_DECLARED = {
    "ASCII": "ascii",
    "UTF8": "utf-8",
    "UNICODEUTF8": "utf-8",
    "UNICODE": "utf-8",
    "GB180302000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "CP936": "gb18030",
    "BIG5": "big5",
    "CNS116431992": "big5",
    "88591": "latin-1",
    "ISO88591": "latin-1",
}
_ABOVE_TWO_BYTES = re.compile("[\u0800-\U0010ffff]")
_NEVER_WRITTEN_HERE = re.compile("[\u0250-\u036f\u0400-\u07ff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Decoded(NamedTuple):
    """Text with the charset that produced it; `declared` is MSH-18 as sent."""

    text: str
    charset: str
    declared: str
    mismatch: bool


def decode_message(raw: bytes) -> Decoded:
    """Decode strictly: a byte that no charset explains is an error, never a replacement character."""
    for bom, charset in _BOMS:
        if raw.startswith(bom):
            return _decode_after_bom(raw[len(bom) :], charset)
    declared = read_declared_charset(raw)
    named = _DECLARED.get(_squeeze(declared), "")
    if raw.isascii():
        charset = named if named not in ("", "ascii") else "utf-8"
        return Decoded(raw.decode("ascii"), charset, declared, mismatch=False)
    tried = [named] if named else []
    tried += [charset for charset in ("utf-8", "gb18030") if charset != named]
    for charset in tried:
        try:
            text = raw.decode(charset)
        except UnicodeDecodeError as error:
            offset = error.start
            continue
        if charset == "utf-8" and not named and _is_gbk_in_disguise(text):
            continue
        return Decoded(text, charset, declared, mismatch=bool(named) and charset != named)
    raise reject(
        "undecodable",
        f"第{offset + 1}个字节起无法按UTF-8或GB18030解码，请检查发送端字符集与MSH-18",
        segment="MSH",
        field_no=18,
        condition=102,
    )


def read_declared_charset(raw: bytes) -> str:
    """Return the first repetition of MSH-18 from the undecoded header, "" if there is none."""
    end = min((at for at in (raw.find(b"\r"), raw.find(b"\n")) if at >= 0), default=len(raw))
    header = raw[:end]
    if header.count(header[3:4] or b"|") < 17:
        return ""
    # GB18030 with replacement keeps two-byte characters whole, so none of their bytes is taken for a
    # separator; UTF-8 read that way may lose a separator after an odd byte, hence UTF-8 first.
    try:
        text = header.decode("utf-8")
    except UnicodeDecodeError:
        text = header.decode("gb18030", "replace")
    fields = text.split(text[3])
    if len(fields) < 18:
        return ""
    repetition = fields[1][1:2]
    return (fields[17].split(repetition)[0] if repetition else fields[17]).strip()


def _is_gbk_in_disguise(text: str) -> bool:
    """Whether valid UTF-8 is GBK by accident: 医院 in GBK is UTF-8 for a Cyrillic and an Armenian letter.

    Chinese in UTF-8 lies above U+07FF. Text without any of that, but with letters that no hospital here
    writes, is GBK; μ, °, ± and the vowels of pinyin prove nothing and leave it UTF-8.
    """
    return not _ABOVE_TWO_BYTES.search(text) and bool(_NEVER_WRITTEN_HERE.search(text))


def _decode_after_bom(raw: bytes, charset: str) -> Decoded:
    try:
        text = raw.decode(charset)
    except UnicodeDecodeError as error:
        raise reject(
            "undecodable",
            f"文件带有{charset}标记，但第{error.start + 1}个字节不是合法的{charset}",
            condition=102,
        ) from None
    declared = read_declared_charset(raw) if charset == "utf-8" else ""
    named = _DECLARED.get(_squeeze(declared), "")
    return Decoded(text, charset, declared, mismatch=named not in ("", "ascii", charset))


def _squeeze(name: str) -> str:
    return "".join(character for character in name.upper() if character.isalnum())
