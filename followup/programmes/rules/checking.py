"""Every fault of a programme document: its place, what is wrong, the cure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from followup.programmes.criteria import validate
from followup.programmes.criteria.texts import UNSTORABLE, escape_pointer
from followup.programmes.rules.words import (
    ANCHORS,
    CHANNELS,
    DOCUMENT_KEYS,
    EXCLUSIONS,
    KINDS,
    MERGES,
    OWNERS,
    READMISSION_KEYS,
    READMISSIONS,
    REPEAT_KEYS,
    REVISIT_KEYS,
    REVISIT_LEVELS,
    STEP_KEYS,
    STEP_KINDS,
    STOP_ALIASES,
    STOP_RULES,
)

MAX_STEPS: Final = 60
MAX_DAY: Final = 3650
MAX_REPEAT_DAYS: Final = 365
MAX_REPEAT_TIMES: Final = 400
MAX_REVISIT_DAYS: Final = 90
_KEY = re.compile(r"[^\s/]{1,60}")
# Whoever gets more than these wrong reads no further; a body of megabytes must not answer with more of them.
MAX_FAULTS: Final = 100


@dataclass(frozen=True, slots=True)
class DocumentFault:
    """One fault. `pointer` is an RFC 6901 pointer into the document."""

    pointer: str
    code: str
    message: str
    cure: str


def find_document_faults(document: object, *, is_complete: bool = True) -> list[DocumentFault]:
    """Every fault, in the order of the keys. `is_complete`: also what an unfinished document still lacks (its source
    and licence, the form of a follow-up step)."""
    return _Checker(is_complete).run(document)


class _Checker:
    def __init__(self, is_complete: bool) -> None:
        self.is_complete = is_complete
        self.faults: list[DocumentFault] = []

    def fail(self, pointer: str, code: str, message: str, cure: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(DocumentFault(pointer, code, message, cure))

    def run(self, document: object) -> list[DocumentFault]:
        if not isinstance(document, Mapping):
            self.fail(
                "", "not_an_object", "随访路径应当是一个对象", "请写 key、name、kind、criteria、steps 等属性"
            )
            return self.faults
        self.check_characters(document)
        if self.faults:
            return self.faults
        self.check_keys(document, DOCUMENT_KEYS, "")
        key = document.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            self.fail("/key", "invalid_text", "编号不对", "请填 1 到 60 个字符，不含空格和斜线，如 copd")
        self.check_text(document, "name", 120, "", is_required=True)
        self.check_choice(document, "kind", KINDS, "")
        self.check_text(document, "specialty", 40, "")
        self.check_texts(document, "source", 20, 300, is_required=self.is_complete)
        self.check_text(document, "licence", 40, "", is_required=self.is_complete)
        self.faults += [
            DocumentFault(f"/criteria{f.pointer}", f.code, f.message, f.cure)
            for f in validate(document.get("criteria"))
        ]
        self.check_exclusions(document.get("exclusions"))
        self.check_choice(document, "merge", MERGES, "", default="none")
        self.check_steps(document.get("steps"))
        self.check_list(document, "stop", {**STOP_RULES, **STOP_ALIASES}, "")
        self.check_readmission(document.get("on_readmission", "pause"))
        self.check_texts(document, "metrics", 30, 60)
        return self.faults

    def check_characters(self, document: Mapping[Any, Any]) -> None:
        """What no database text can hold. Without recursion: how deep a document is, is checked later."""
        waiting: list[tuple[object, str]] = [(document, "")]
        while waiting:
            value, pointer = waiting.pop()
            if isinstance(value, str) and UNSTORABLE.search(value):
                self.fail(pointer, "invalid_character", "文字里有不能保存的字符", "请删去后重新输入")
            elif isinstance(value, Mapping):
                if any(UNSTORABLE.search(str(key)) for key in value):
                    cure = "请删去这项内容"
                    self.fail(pointer, "invalid_character", "某项内容的名称里有不能保存的字符", cure)
                waiting += [(each, f"{pointer}/{escape_pointer(key)}") for key, each in value.items()]
            elif isinstance(value, list):
                waiting += [(each, f"{pointer}/{i}") for i, each in enumerate(value)]

    def check_keys(self, given: Mapping[Any, Any], known: Collection[str], pointer: str) -> None:
        for key in given:
            if key not in known:
                place = f"{pointer}/{escape_pointer(key)}"
                self.fail(place, "unknown_key", f"不认识的内容 {key}", _suggest(key, known))

    def check_text(
        self, given: Mapping[str, Any], key: str, limit: int, pointer: str, *, is_required: bool = False
    ) -> None:
        value = given.get(key, "")
        if value is None and not is_required:
            return
        if not isinstance(value, str) or len(value) > limit or (is_required and not value.strip()):
            name = (STEP_KEYS if pointer else DOCUMENT_KEYS)[key]
            cure = f"请填{'写' if is_required else ''}文字，不超过 {limit} 字"
            self.fail(f"{pointer}/{key}", "invalid_text", f"{name}不对", cure)

    def check_texts(
        self, document: Mapping[str, Any], key: str, most: int, limit: int, *, is_required: bool = False
    ) -> None:
        name, values = DOCUMENT_KEYS[key], document.get(key)
        if not values and not isinstance(values, str):
            if is_required:
                cure = "请写出依据的指南、规范或文件，每条一行" if key == "source" else "请至少填写一条"
                self.fail(f"/{key}", "missing", f"缺少{name}", cure)
            return
        if not isinstance(values, list) or len(values) > most:
            self.fail(
                f"/{key}", "not_a_list", f"{name}应当是文字的列表，最多 {most} 条", "请写成 [一条, 一条]"
            )
            return
        for i, value in enumerate(values):
            if not isinstance(value, str) or not value.strip() or len(value) > limit:
                self.fail(f"/{key}/{i}", "invalid_text", f"{name}第 {i + 1} 条不对", f"请填 1 到 {limit} 字")

    def check_choice(
        self,
        given: Mapping[str, Any],
        key: str,
        choices: Mapping[str, str],
        pointer: str,
        *,
        default: str | None = None,
    ) -> None:
        value = given.get(key, default)
        if not isinstance(value, str) or value not in choices:
            name = (STEP_KEYS if pointer else DOCUMENT_KEYS)[key]
            self.fail(
                f"{pointer}/{key}", "unknown_value", f"{name}没有取值 {value!r}", _suggest(value, choices)
            )

    def check_list(
        self, given: Mapping[str, Any], key: str, choices: Mapping[str, str], pointer: str
    ) -> None:
        name, values = (STEP_KEYS if pointer else DOCUMENT_KEYS)[key], given.get(key) or []
        if not isinstance(values, list):
            self.fail(f"{pointer}/{key}", "not_a_list", f"{name}应当是列表", f"可用：{'、'.join(choices)}")
            return
        for i, value in enumerate(values):
            if not isinstance(value, str) or value not in choices:
                self.fail(
                    f"{pointer}/{key}/{i}",
                    "unknown_value",
                    f"{name}没有取值 {value!r}",
                    _suggest(value, choices),
                )
            elif value in values[:i]:
                self.fail(f"{pointer}/{key}/{i}", "duplicate", f"{name} {value} 重复", "请删去其中一个")

    def check_exclusions(self, exclusions: object) -> None:
        if exclusions is None:
            return
        if not isinstance(exclusions, Mapping):
            self.fail(
                "/exclusions", "not_an_object", "排除开关应当是一个对象", f"可用：{'、'.join(EXCLUSIONS)}"
            )
            return
        self.check_keys(exclusions, EXCLUSIONS, "/exclusions")
        for key, value in exclusions.items():
            if key in EXCLUSIONS and not isinstance(value, bool):
                self.fail(
                    f"/exclusions/{key}",
                    "not_a_boolean",
                    f"{EXCLUSIONS[key]}的值不对",
                    "请改为 true 或 false",
                )

    def check_readmission(self, rule: object) -> None:
        if not isinstance(rule, Mapping):
            self.check_choice({"on_readmission": rule}, "on_readmission", READMISSIONS, "")
            return
        self.check_keys(rule, READMISSION_KEYS, "/on_readmission")
        for key, name in READMISSION_KEYS.items():
            value = rule.get(key)
            if not isinstance(value, str) or value not in READMISSIONS:
                self.fail(
                    f"/on_readmission/{key}", "unknown_value", f"{name}没有取值 {value!r}",
                    _suggest(value, READMISSIONS),
                )  # fmt: skip

    def check_steps(self, steps: object) -> None:
        if not isinstance(steps, list) or not 1 <= len(steps) <= MAX_STEPS:
            self.fail("/steps", "invalid_steps", f"随访节点应有 1 到 {MAX_STEPS} 个", "请至少添加一个节点")
            return
        seen: set[str] = set()
        for i, step in enumerate(steps):
            pointer = f"/steps/{i}"
            if not isinstance(step, Mapping):
                self.fail(
                    pointer, "not_an_object", "随访节点应当是一个对象", "请写 code、name、day、owner 等属性"
                )
                continue
            self.check_step(step, pointer)
            code = step.get("code")
            if isinstance(code, str) and code in seen:
                self.fail(f"{pointer}/code", "duplicate", f"节点编码 {code} 重复", "请改用另一个编码")
            seen.add(str(code))

    def check_step(self, step: Mapping[str, Any], pointer: str) -> None:
        self.check_keys(step, STEP_KEYS, pointer)
        self.check_text(step, "code", 40, pointer, is_required=True)
        self.check_text(step, "name", 80, pointer, is_required=True)
        self.check_choice(step, "kind", STEP_KINDS, pointer, default="follow_up")
        self.check_text(step, "text", 200, pointer)
        self.check_choice(step, "anchor", ANCHORS, pointer, default="discharge")
        if not _is_whole(step.get("day"), 0, MAX_DAY):
            self.fail(f"{pointer}/day", "out_of_range", "天数不对", f"请填 0 到 {MAX_DAY} 的整数")
        self.check_window(step.get("window", [0, 0]), f"{pointer}/window")
        self.check_repeat(step, f"{pointer}/repeat")
        self.check_revisit(step, f"{pointer}/revisit")
        self.check_choice(step, "owner", OWNERS, pointer)
        self.check_list(step, "channel", CHANNELS, pointer)
        if not step.get("channel"):
            self.fail(f"{pointer}/channel", "missing", "没有渠道", "请至少选一个渠道，如 T（电话）")
        self.check_staff(step, pointer)
        self.check_content(step, pointer)

    def check_window(self, window: object, pointer: str) -> None:
        if (
            not isinstance(window, list)
            or len(window) != 2
            or not _is_whole(window[0], -MAX_DAY, 0)
            or not _is_whole(window[1], 0, MAX_DAY)
        ):
            self.fail(
                pointer,
                "invalid_window",
                "窗口应为 [提前, 推后]，前一个不大于 0，后一个不小于 0",
                "请写成如 [-2, 3]",
            )

    def check_repeat(self, step: Mapping[str, Any], pointer: str) -> None:
        repeat = step.get("repeat")
        if repeat is None:
            return
        if not isinstance(repeat, Mapping):
            self.fail(pointer, "not_an_object", "重复应当是一个对象", "请写成如 {every: 90, times: 4}")
            return
        self.check_keys(repeat, REPEAT_KEYS, pointer)
        every = repeat.get("every")
        if not _is_whole(every, 1, MAX_REPEAT_DAYS):
            self.fail(
                f"{pointer}/every", "out_of_range", "间隔天数不对", f"请填 1 到 {MAX_REPEAT_DAYS} 的整数"
            )
        if "times" in repeat and "until" in repeat:
            self.fail(pointer, "mixed_repeat", "总次数与截止天数只能写一个", "请删去 times 或 until")
            return
        if "times" in repeat and not _is_whole(repeat["times"], 2, MAX_REPEAT_TIMES):
            self.fail(
                f"{pointer}/times",
                "out_of_range",
                "总次数不对",
                f"请填 2 到 {MAX_REPEAT_TIMES} 的整数，或删去重复",
            )
        if "until" in repeat:
            first = (
                step["day"] + every
                if _is_whole(step.get("day"), 0, MAX_DAY) and isinstance(every, int)
                else 1
            )
            if not _is_whole(repeat["until"], first, MAX_DAY):
                self.fail(
                    f"{pointer}/until", "out_of_range", "截止天数早于第二次，或不是整数",
                    f"请填 {first} 到 {MAX_DAY} 的整数，或删去重复",
                )  # fmt: skip

    def check_revisit(self, step: Mapping[str, Any], pointer: str) -> None:
        revisit = step.get("revisit")
        if revisit is None:
            return
        if not isinstance(revisit, Mapping):
            cure = "请写成如 {level: E2, days: 14, window: [-3, 0]}"
            self.fail(pointer, "not_an_object", "异常复访应当是一个对象", cure)
            return
        self.check_keys(revisit, REVISIT_KEYS, pointer)
        if step.get("kind", "follow_up") != "follow_up":
            cure = "请删去异常复访，或把类型改为随访（follow_up）"
            self.fail(pointer, "not_applicable", "宣教和提醒节点没有异常级别，不能复访", cure)
        level, days = revisit.get("level"), revisit.get("days")
        if not isinstance(level, str) or level not in REVISIT_LEVELS:
            self.fail(
                f"{pointer}/level",
                "unknown_value",
                f"异常级别没有取值 {level!r}",
                _suggest(level, REVISIT_LEVELS),
            )
        if not _is_whole(days, 1, MAX_REVISIT_DAYS):
            cure = f"请填 1 到 {MAX_REVISIT_DAYS} 的整数"
            self.fail(f"{pointer}/days", "out_of_range", "复访天数不对", cure)
        window = revisit.get("window", [0, 0])
        known = len(self.faults)
        self.check_window(window, f"{pointer}/window")
        if len(self.faults) == known and isinstance(days, int) and days + window[0] < 1:
            cure = f"请把提前天数改为不超过 {max(days - 1, 0)} 天"
            self.fail(f"{pointer}/window", "out_of_range", "复访最早也要在本次随访的次日", cure)

    def check_staff(self, step: Mapping[str, Any], pointer: str) -> None:
        is_named, staff_no = step.get("owner") == "named", step.get("staff_no")
        if is_named:
            self.check_text(step, "staff_no", 40, pointer, is_required=True)
        elif staff_no:
            cure = "请删去工号，或把负责方改为 named"
            self.fail(f"{pointer}/staff_no", "not_applicable", "只有指定人员才写工号", cure)

    def check_content(self, step: Mapping[str, Any], pointer: str) -> None:
        """What the contact is about: a form, cards, or a sentence."""
        kind, form, cards = (
            step.get("kind", "follow_up"),
            step.get("questionnaire"),
            step.get("education") or [],
        )
        if form is not None and (not isinstance(form, str) or not 1 <= len(form) <= 60):
            self.fail(f"{pointer}/questionnaire", "invalid_text", "问卷编号不对", "请填问卷库里的编号")
        elif kind == "follow_up" and form is None and self.is_complete:
            cure = "请选一份问卷，或把类型改为宣教或提醒"
            self.fail(f"{pointer}/questionnaire", "missing", "随访节点没有问卷", cure)
        elif kind in ("education", "reminder") and form is not None:
            cure = "请删去问卷，或把类型改为随访（follow_up）"
            self.fail(f"{pointer}/questionnaire", "not_applicable", "宣教和提醒节点不带问卷", cure)
        if not isinstance(cards, list):
            self.fail(f"{pointer}/education", "not_a_list", "宣教应当是编号的列表", "请写成 [编号, 编号]")
            return
        for i, card in enumerate(cards):
            if not isinstance(card, str) or not 1 <= len(card) <= 60 or card in cards[:i]:
                cure = "请填宣教库里的编号，不重复"
                self.fail(f"{pointer}/education/{i}", "invalid_text", f"宣教编号 {card!r} 不对", cure)
        if kind == "education" and not cards:
            self.fail(f"{pointer}/education", "missing", "宣教节点没有宣教内容", "请至少选一份宣教内容")
        if kind == "reminder" and not str(step.get("text") or "").strip():
            self.fail(f"{pointer}/text", "missing", "提醒节点没有内容", "请写出提醒患者的话")


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _suggest(given: object, known: Collection[str]) -> str:
    close = difflib.get_close_matches(str(given), list(known), n=1)
    return f"是否想写 {close[0]}？" if close else f"可用：{'、'.join(known)}"
