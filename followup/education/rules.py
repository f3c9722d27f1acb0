"""What a card may say. Pure: nothing here knows of the database."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_PARAGRAPHS = 20
MAX_PARAGRAPH = 200
MAX_TITLE = 80
_MAX_SOURCES = 20
# Of what an author may leave lying in a draft until it is split into paragraphs.
_MAX_UNFINISHED = 2000
_FIELDS = frozenset({"key", "title", "specialty", "body", "source", "licence"})
_KEY = re.compile(r"^[a-z][a-z0-9_]{1,59}$", re.ASCII)
# 医师/护士执业证书编码 has 15 digits.
_LICENCE_NO = re.compile(r"^\d{15}$", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CardFault:
    pointer: str
    code: str
    message: str
    cure: str
    # Whether an author's unfinished draft may be stored with it.
    keepable: bool = True


def is_licence_no(text: str) -> bool:
    return bool(_LICENCE_NO.match(text))


def compute_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: the order of keys and the white space of a file do not count."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def validate_card(document: object) -> list[CardFault]:
    """Every fault with its place and its cure; none: it may be kept."""
    if not isinstance(document, Mapping):
        return [
            CardFault(
                "", "not_an_object", "宣教内容应为一个对象", "请给出 key、title、body、source、licence", False
            )
        ]
    faults = [
        CardFault(f"/{name}", "unknown_field", f"不认识的字段 {name}", "请删去此字段", False)
        for name in sorted(str(name)[:MAX_TITLE] for name in set(document) - _FIELDS)[:_MAX_SOURCES]
    ]
    key = document.get("key")
    if not isinstance(key, str) or not _KEY.match(key):
        faults.append(
            CardFault(
                "/key",
                "invalid_key",
                "编号应为小写字母开头的字母数字",
                "2 到 60 个字符，例如 wound_care",
                False,
            )
        )
    # As wide as their columns: what is longer has no place to be kept.
    for name, word, most in (
        ("title", "标题", MAX_TITLE),
        ("specialty", "专科", 40),
        ("licence", "授权方式", 40),
    ):
        if name != "specialty" or document.get(name, "") != "":
            faults += _check_text(document.get(name), f"/{name}", word, most, unfinished=most)
    faults += _check_list(document.get("body"), "/body", "正文", MAX_PARAGRAPHS, MAX_PARAGRAPH)
    return faults + _check_list(document.get("source"), "/source", "来源", _MAX_SOURCES, 300)


def list_unkeepable(faults: Iterable[CardFault]) -> list[CardFault]:
    """Those with which not even an unfinished draft is stored."""
    return [fault for fault in faults if not fault.keepable]


def _check_list(value: object, pointer: str, name: str, most: int, longest: int) -> list[CardFault]:
    if not isinstance(value, list) or not value:
        keepable = isinstance(value, list)
        return [CardFault(pointer, "required", f"{name}不能为空", f"请至少写一条{name}", keepable)]
    if len(value) > most:
        return [
            CardFault(
                pointer,
                "too_many",
                f"{name}有 {len(value)} 条，最多 {most} 条",
                "请合并或拆成两份内容",
                False,
            )
        ]
    return [
        fault
        for i, text in enumerate(value)
        for fault in _check_text(
            text, f"{pointer}/{i}", f"{name}第 {i + 1} 条", longest, unfinished=_MAX_UNFINISHED
        )
    ]


def _check_text(value: object, pointer: str, name: str, longest: int, *, unfinished: int) -> list[CardFault]:
    """`unfinished`: how long it may be in a draft."""
    if not isinstance(value, str):
        return [CardFault(pointer, "required", f"{name}应当是文字", f"请填写{name}", False)]
    if "\0" in value or _SURROGATE.search(value):
        return [CardFault(pointer, "invalid_character", f"{name}含有无法保存的字符", "请删去该字符", False)]
    if not value.strip():
        return [CardFault(pointer, "required", f"{name}不能为空", f"请填写{name}")]
    if len(value) > longest:
        message = f"{name}有 {len(value)} 字，最多 {longest} 字"
        return [CardFault(pointer, "too_long", message, "请缩短或分成几条", len(value) <= unfinished)]
    return []
