"""The checks that every part of a document shares: its properties, its words, its level."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from followup.questionnaires.schema.faults import Faults, shorten
from followup.questionnaires.schema.vocabulary import ADVICE_LEVELS, FIELD_NAMES, RESERVED, WORD_LIMIT
from followup.questionnaires.values import LEVELS

_LINK_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Checks(Faults):
    def check_keys(self, given: Mapping[str, Any], allowed: Sequence[str], pointer: str) -> None:
        for name in given:
            if name not in allowed:
                shown = shorten(name)
                close = difflib.get_close_matches(shown, allowed, 1)
                cure = f"是不是想写 {close[0]}？" if close else f"这里可以写：{'、'.join(allowed)}"
                self.refuse(f"{pointer}/{shown}", "unknown_key", f"这里没有 {shown} 这个属性", cure)

    def check_identifier(self, value: object, pointer: str, *, limit: int = 64) -> None:
        """A name that is not finished yet may be kept; the names that the database knows are judged by callers."""
        if not isinstance(value, str) or len(value) > limit:
            self.refuse(pointer, "identifier", "编号写法不对", f"请写文字，最多 {limit} 个字符")
        elif not _LINK_ID.fullmatch(value):
            self.fail(
                pointer,
                "identifier",
                "编号写法不对",
                "以小写字母开头，只用小写字母、数字和下划线，最多 64 个",
            )
        elif value in RESERVED:
            self.fail(pointer, "reserved", f"{value} 是表达式的保留字", "请换一个编号")

    def check_words(
        self,
        given: Mapping[str, Any],
        needed: Sequence[str],
        optional: Sequence[str],
        pointer: str,
        **names: str,
    ) -> None:
        """`names`: what the editor calls a field here, where it differs from FIELD_NAMES."""
        for name in (*needed, *optional):
            if name not in given and name in optional:
                continue
            value, word, place = given.get(name), names.get(name, FIELD_NAMES[name]), f"{pointer}/{name}"
            if not isinstance(value, str):
                self.refuse(place, "text", f"{word}应当是文字", "请填写；YAML 里的 yes、no、数字要加引号")
                continue
            self.check_text(value, place, word)
            if name in needed and not value.strip():
                self.fail(place, "text", f"请填写{word}", "这里不能空着")

    def check_text(self, value: str, pointer: str, word: str) -> None:
        if len(value) > WORD_LIMIT:
            self.refuse(pointer, "max", f"{word}超过 {WORD_LIMIT} 个字", "请缩短")
        elif "\0" in value or _SURROGATE.search(value):
            self.refuse(pointer, "character", f"{word}含有无法保存的字符", "请删去该字符，重新输入")

    def check_level(self, given: Mapping[str, Any], pointer: str) -> None:
        level = given.get("level", "E0")
        if level not in LEVELS:
            self.refuse(f"{pointer}/level", "choice", "不认识的异常级别", "请选 E0、E1、E2、E3 或 E4")
        elif level in ADVICE_LEVELS and not str(given.get("advice") or "").strip():
            self.fail(
                f"{pointer}/advice",
                "advice_missing",
                f"{level} 必须写处置建议",
                "请写明现在该做什么，例如拨打 120",
            )

    def check_flags(self, given: Mapping[str, Any], names: Sequence[str], pointer: str) -> None:
        for name in names:
            if not isinstance(given.get(name, False), bool):
                self.refuse(f"{pointer}/{name}", "type", f"{name} 只能是 true 或 false", "请改正")
