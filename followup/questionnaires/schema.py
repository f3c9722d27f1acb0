"""Validation of a questionnaire document before it is stored for good (format: README.md).

Every fault is reported at once, each with its JSON pointer, what is wrong and the cure, so that the editor
can show it at its place.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from followup.questionnaires.enums import Category
from followup.questionnaires.expressions import WORDS, ExpressionError, list_paths, parse_expression
from followup.questionnaires.typecheck import Checker, Known, TypeFault
from followup.questionnaires.values import ITEM_TYPES, LEVELS, ROW_LIMIT, is_number

ITEM_LIMIT: Final = 300
OPTION_LIMIT: Final = 100
GROUP_LIMIT: Final = 5
RESERVED: Final = (*WORDS, "prev", "answered", "count", "value", "patient", "task")
AUDIENCES: Final = ("patient", "staff", "reviewer")
METHODS: Final = ("sum", "mean")
# What these levels mean to a patient is "today" and "call 120": never without words for what to do now.
ADVICE_LEVELS: Final = ("E3", "E4")

_LINK_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DOCUMENT_KEYS = (
    "key", "title", "opening", "closing", "items", "rules", "score", "source", "licence", "audience",
    "category", "specialty", "locked_scale",
)  # fmt: skip
_COMMON = ("link_id", "type", "text", "help", "show_if", "code", "retired")
_ANSWERED = (*_COMMON, "required", "rules")
_ITEM_KEYS: Mapping[str, tuple[str, ...]] = {
    "display": _COMMON,
    "group": (*_COMMON, "required", "items", "repeats", "min", "max"),
    "text": (*_ANSWERED, "min", "max"),
    "number": (*_ANSWERED, "unit", "min", "max", "decimals"),
    "scale": (*_ANSWERED, "unit", "min", "max", "decimals"),
    "date": _ANSWERED,
    "time": _ANSWERED,
    "single": (*_ANSWERED, "options"),
    "multiple": (*_ANSWERED, "options", "min", "max"),
    "bp": (*_ANSWERED, "unit"),
    "glucose": (*_ANSWERED, "unit"),
    "photo": (*_ANSWERED, "min", "max"),
}
_OPTION_KEYS = ("value", "label", "score", "level", "prompt", "advice", "retired", "exclusive")
_CODE_KEYS = ("system", "code", "display")
_RULE_KEYS = ("when", "level", "prompt", "advice")
_SCORE_KEYS = ("method", "items", "bands")
_BAND_KEYS = ("to", "label", "level", "prompt", "advice")
_FIXED_UNITS = {"bp": "mmHg", "glucose": "mmol/L"}


@dataclass(frozen=True, slots=True)
class DocumentError:
    pointer: str
    code: str
    message: str
    cure: str


def validate_document(document: object) -> list[DocumentError]:
    """Return every fault, in the order of the document; an empty list means valid."""
    return _Validator().run(document)


class _Validator:
    def __init__(self) -> None:
        self.errors: list[DocumentError] = []
        self.known: dict[str, Known] = {}
        self.places: dict[str, str] = {}
        self.parents: dict[str, str | None] = {}

    def fail(self, pointer: str, code: str, message: str, cure: str) -> None:
        self.errors.append(DocumentError(pointer, code, message, cure))

    def run(self, document: object) -> list[DocumentError]:
        if not isinstance(document, Mapping):
            self.fail("", "type", "问卷应当是一个对象", "请从模板新建问卷")
            return self.errors
        self.check_keys(document, _DOCUMENT_KEYS, "")
        self.check_identifier(document.get("key"), "/key")
        self.check_words(document, ("title",), ("opening", "closing", "licence"), "")
        if document.get("audience", "patient") not in AUDIENCES:
            self.fail("/audience", "choice", "不认识的填写人", f"请选 {'、'.join(AUDIENCES)}")
        self.check_shelf(document)
        source = document.get("source", [])
        if not isinstance(source, list) or not all(isinstance(line, str) and line for line in source):
            self.fail("/source", "type", "出处应当是文字列表", "请逐条写明指南、规范的名称和年份")
        self.check_items(document.get("items"), "/items", None, None)
        if len(self.known) > ITEM_LIMIT:
            self.fail("/items", "max", f"题目超过 {ITEM_LIMIT} 个", "请拆成几份问卷")
        self.check_rule_shapes(document.get("rules", []), "/rules")
        if "score" in document:
            self.check_score(document["score"])
        if not self.errors:
            self.check_expressions(document)
        if not self.errors:
            self.check_cycles()
        return self.errors

    # Shapes

    def check_shelf(self, document: Mapping[str, Any]) -> None:
        if document.get("category", "other") not in Category.values:
            self.fail("/category", "choice", "不认识的分类", f"请选 {'、'.join(Category.values)}")
        self.check_words(document, (), ("specialty",), "")
        for name, limit in (("title", 120), ("licence", 40), ("specialty", 40)):
            if isinstance(document.get(name), str) and len(document[name]) > limit:
                self.fail(f"/{name}", "max", f"超过 {limit} 个字", "请缩短")
        if "locked_scale" in document:
            self.check_identifier(document["locked_scale"], "/locked_scale")
            if isinstance(document["locked_scale"], str) and len(document["locked_scale"]) > 40:
                self.fail("/locked_scale", "max", "超过 40 个字符", "请缩短")

    def check_keys(self, given: Mapping[str, Any], allowed: Sequence[str], pointer: str) -> None:
        for name in given:
            if name not in allowed:
                close = difflib.get_close_matches(str(name), allowed, 1)
                cure = f"是不是想写 {close[0]}？" if close else f"这里可以写：{'、'.join(allowed)}"
                self.fail(f"{pointer}/{name}", "unknown_key", f"这里没有 {name} 这个属性", cure)

    def check_identifier(self, value: object, pointer: str) -> None:
        if not isinstance(value, str) or not _LINK_ID.fullmatch(value):
            self.fail(
                pointer,
                "identifier",
                "编号写法不对",
                "以小写字母开头，只用小写字母、数字和下划线，最多 64 个",
            )
        elif value in RESERVED:
            self.fail(pointer, "reserved", f"{value} 是表达式的保留字", "请换一个编号")

    def check_words(
        self, given: Mapping[str, Any], needed: Sequence[str], optional: Sequence[str], pointer: str
    ) -> None:
        for name in (*needed, *optional):
            value = given.get(name)
            if value is None and name not in given and name in optional:
                continue
            if not isinstance(value, str) or (name in needed and not value.strip()):
                self.fail(
                    f"{pointer}/{name}",
                    "text",
                    f"{name} 应当是文字",
                    "请填写；YAML 里的 yes、no、数字要加引号",
                )

    def check_level(self, given: Mapping[str, Any], pointer: str) -> None:
        level = given.get("level", "E0")
        if level not in LEVELS:
            self.fail(f"{pointer}/level", "choice", "不认识的异常级别", "请选 E0、E1、E2、E3 或 E4")
        elif level in ADVICE_LEVELS and not str(given.get("advice") or "").strip():
            self.fail(
                f"{pointer}/advice",
                "advice_missing",
                f"{level} 必须写处置建议",
                "请写明现在该做什么，例如拨打 120",
            )

    def check_items(self, items: object, pointer: str, row: str | None, parent: str | None) -> None:
        if not isinstance(items, list) or not items:
            self.fail(pointer, "empty", "至少要有一道题", "请添加题目")
            return
        if pointer.count("/items") > GROUP_LIMIT:
            self.fail(pointer, "nested", f"组套组超过 {GROUP_LIMIT} 层", "请把内层的题目移到外层")
            return
        for index, item in enumerate(items):
            self.check_item(item, f"{pointer}/{index}", row, parent)

    def check_item(self, item: object, pointer: str, row: str | None, parent: str | None) -> None:
        if not isinstance(item, Mapping):
            self.fail(pointer, "type", "题目应当是一个对象", "请重新添加这道题")
            return
        link_id, kind = item.get("link_id"), item.get("type")
        self.check_identifier(link_id, f"{pointer}/link_id")
        if kind not in ITEM_TYPES:
            self.fail(f"{pointer}/type", "choice", "不认识的题型", f"请选 {'、'.join(ITEM_TYPES)}")
            return
        if isinstance(link_id, str) and link_id in self.known:
            self.fail(
                f"{pointer}/link_id",
                "duplicate",
                f"编号 {link_id} 已被 {self.places[link_id]} 使用",
                "请换一个编号",
            )
        elif isinstance(link_id, str):
            self.known[link_id] = Known(item, row)
            self.places[link_id] = pointer
            self.parents[link_id] = parent
        self.check_keys(item, _ITEM_KEYS[kind], pointer)
        self.check_words(item, ("text",), ("help", "unit"), pointer)
        if "code" in item:
            self.check_code(item["code"], f"{pointer}/code")
        for name in ("required", "repeats", "retired"):
            if not isinstance(item.get(name, False), bool):
                self.fail(f"{pointer}/{name}", "type", f"{name} 只能是 true 或 false", "请改正")
        if kind in _FIXED_UNITS and item.get("unit", _FIXED_UNITS[kind]) != _FIXED_UNITS[kind]:
            self.fail(f"{pointer}/unit", "choice", f"单位固定为 {_FIXED_UNITS[kind]}", "请删去或改正单位")
        self.check_limits(item, kind, pointer)
        if kind in ("single", "multiple"):
            self.check_options(item.get("options"), kind, f"{pointer}/options")
        if kind == "group":
            self.check_group(item, pointer, row)
        self.check_rule_shapes(item.get("rules", []), f"{pointer}/rules")

    def check_code(self, code: object, pointer: str) -> None:
        if not isinstance(code, Mapping):
            self.fail(pointer, "type", "标准编码应当是一个对象", "请写 system、code、display")
            return
        self.check_keys(code, _CODE_KEYS, pointer)
        self.check_words(code, ("code",), ("system", "display"), pointer)

    def check_limits(self, item: Mapping[str, Any], kind: str, pointer: str) -> None:
        for name in ("min", "max"):
            limit = item.get(name)
            if name not in item:
                if kind == "scale":
                    self.fail(f"{pointer}/{name}", "missing", "评分题要写起止分", "请填写 min 和 max")
            elif not is_number(limit):
                self.fail(f"{pointer}/{name}", "type", "界限应当是数字", "请填写数字，不加引号")
            elif kind not in ("number", "scale") and (float(limit or 0) % 1 or float(limit or 0) < 0):
                self.fail(f"{pointer}/{name}", "type", "个数应当是非负整数", "请改正")
        low, high = item.get("min"), item.get("max")
        if is_number(low) and is_number(high) and low > high:  # type: ignore[operator]
            self.fail(f"{pointer}/max", "order", "上限小于下限", "请核对 min 和 max")
        decimals = item.get("decimals", 0)
        if isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= 6:
            self.fail(f"{pointer}/decimals", "type", "小数位数应当是 0 到 6 的整数", "请改正")

    def check_group(self, item: Mapping[str, Any], pointer: str, row: str | None) -> None:
        repeats = bool(item.get("repeats"))
        if repeats and row is not None:
            self.fail(f"{pointer}/repeats", "nested", "可重复的组里不能再有可重复的组", "请把内层拆出来")
        if repeats and is_number(item.get("max")) and item["max"] > ROW_LIMIT:
            self.fail(f"{pointer}/max", "max", f"最多 {ROW_LIMIT} 条", "请改小")
        if not repeats:
            for name in ("required", "min", "max"):
                if name in item:
                    self.fail(f"{pointer}/{name}", "unknown_key", "不重复的组没有答案", "请写在组内的题目上")
        link_id = str(item.get("link_id"))
        self.check_items(item.get("items"), f"{pointer}/items", link_id if repeats else row, link_id)

    def check_options(self, options: object, kind: str, pointer: str) -> None:
        if not isinstance(options, list) or not 2 <= len(options) <= OPTION_LIMIT:
            self.fail(pointer, "empty", "选择题至少要有两个选项", f"请添加选项，最多 {OPTION_LIMIT} 个")
            return
        seen: set[object] = set()
        for index, option in enumerate(options):
            place = f"{pointer}/{index}"
            if not isinstance(option, Mapping):
                self.fail(place, "type", "选项应当是一个对象", "请写 value 和 label")
                continue
            allowed = _OPTION_KEYS if kind == "multiple" else _OPTION_KEYS[:-1]
            self.check_keys(option, allowed, place)
            self.check_words(option, ("value", "label"), ("prompt", "advice"), place)
            self.check_level(option, place)
            if "score" in option and not is_number(option["score"]):
                self.fail(f"{place}/score", "type", "分值应当是数字", "请填写数字，不加引号")
            for name in ("retired", "exclusive"):
                if not isinstance(option.get(name, False), bool):
                    self.fail(f"{place}/{name}", "type", f"{name} 只能是 true 或 false", "请改正")
            if isinstance(option.get("value"), str):
                if option["value"] in seen:
                    self.fail(f"{place}/value", "duplicate", f"选项值 {option['value']} 重复", "请换一个值")
                seen.add(option["value"])
        if all(isinstance(option, Mapping) and option.get("retired") for option in options):
            self.fail(pointer, "all_retired", "所有选项都已停用", "请至少保留一个选项，或把整道题标为停用")
        for name, word in (("level", "异常级别"), ("score", "分值")):
            given = [isinstance(option, Mapping) and name in option for option in options]
            if any(given) and not all(given):
                place = f"{pointer}/{given.index(False)}/{name}"
                self.fail(
                    place, "partial", f"有的选项写了{word}，这个没有", f"请给每个选项都写{word}，或都不写"
                )

    def check_rule_shapes(self, rules: object, pointer: str) -> None:
        if not isinstance(rules, list):
            self.fail(pointer, "type", "规则应当是列表", "请重新添加规则")
            return
        for index, rule in enumerate(rules):
            place = f"{pointer}/{index}"
            if not isinstance(rule, Mapping):
                self.fail(place, "type", "规则应当是一个对象", "请写 when、level、prompt")
                continue
            self.check_keys(rule, _RULE_KEYS, place)
            self.check_words(rule, ("when", "prompt"), ("advice",), place)
            self.check_level(rule, place)
            if rule.get("level") in (None, "E0"):
                self.fail(
                    f"{place}/level", "choice", "规则要写 E1 到 E4 的级别", "请选级别；正常的情形不必写规则"
                )

    def check_score(self, score: object) -> None:
        if not isinstance(score, Mapping):
            self.fail("/score", "type", "计分应当是一个对象", "请写 method 和 items")
            return
        self.check_keys(score, _SCORE_KEYS, "/score")
        if score.get("method") not in METHODS:
            self.fail("/score/method", "choice", "不认识的计分方法", "请选 sum（总分）或 mean（平均分）")
        items = score.get("items")
        if not isinstance(items, list) or not items or len({str(name) for name in items}) != len(items):
            self.fail("/score/items", "empty", "要写明由哪些题计分，且不重复", "请列出题目编号")
        for index, name in enumerate(items if isinstance(items, list) else ()):
            self.check_scored_item(name, f"/score/items/{index}")
        bands = score.get("bands", [])
        if not isinstance(bands, list) or not all(isinstance(band, Mapping) for band in bands):
            self.fail("/score/bands", "type", "分级应当是列表", "请逐级写 to 和 label")
            return
        highest: float | None = None
        for index, band in enumerate(bands):
            place = f"/score/bands/{index}"
            self.check_keys(band, _BAND_KEYS, place)
            self.check_words(band, ("label",), ("prompt", "advice"), place)
            self.check_level(band, place)
            if "to" not in band and index == len(bands) - 1:
                continue
            if not is_number(band.get("to")):
                self.fail(f"{place}/to", "type", "分级上限应当是数字", "只有最后一级可以不写 to")
            elif highest is not None and band["to"] <= highest:
                self.fail(f"{place}/to", "order", "分级上限要从小到大", "请调整顺序")
            else:
                highest = band["to"]

    def check_scored_item(self, name: object, pointer: str) -> None:
        known = self.known.get(name) if isinstance(name, str) else None
        if known is None or known.row is not None:
            self.fail(
                pointer, "unknown_item", f"没有可以计分的题目 {name}", "请核对编号；可重复的组不参与计分"
            )
            return
        kind, options = known.item["type"], known.item.get("options")
        scored = isinstance(options, list) and all(
            isinstance(option, Mapping) and "score" in option for option in options
        )
        if kind not in ("number", "scale") and not (kind in ("single", "multiple") and scored):
            self.fail(pointer, "unscored", f"题目 {name} 没有分值", "请给它的每个选项写分值，或改用评分题")

    # Meaning

    def list_expressions(self, document: Mapping[str, Any]) -> Iterator[tuple[str, str, Known | None]]:
        for link_id, known in self.known.items():
            place = self.places[link_id]
            for index, rule in enumerate(known.item.get("rules", [])):
                yield f"{place}/rules/{index}/when", rule["when"], known
            if "show_if" in known.item:
                yield f"{place}/show_if", known.item["show_if"], known
        for index, rule in enumerate(document.get("rules", [])):
            yield f"/rules/{index}/when", rule["when"], None

    def check_expressions(self, document: Mapping[str, Any]) -> None:
        for pointer, text, owner in self.list_expressions(document):
            if not isinstance(text, str):
                self.fail(pointer, "text", "条件应当是文字", "请填写表达式")
                continue
            try:
                Checker(self.known, owner).require_condition(parse_expression(text))
            except ExpressionError as error:
                place = f"第 {error.position + 1} 个字符处：{error.message}"
                self.fail(pointer, "expression", place, error.cure)
            except TypeFault as fault:
                self.fail(pointer, "expression", fault.message, fault.cure)

    def check_cycles(self) -> None:
        """Conditions that wait for each other have no settled answer."""
        settled: set[str] = set()

        def visit(link_id: str, trail: tuple[str, ...]) -> bool:
            if link_id in trail:
                circle = " → ".join((*trail[trail.index(link_id) :], link_id))
                self.fail(
                    f"{self.places[link_id]}/show_if",
                    "cycle",
                    f"显示条件互相等待：{circle}",
                    "请去掉其中一个条件",
                )
                return False
            if link_id in settled:
                return True
            if not all(visit(needed, (*trail, link_id)) for needed in self.list_needed(link_id)):
                return False
            settled.add(link_id)
            return True

        for link_id in self.known:
            if not visit(link_id, ()):
                return

    def list_needed(self, link_id: str) -> Iterator[str]:
        parent = self.parents[link_id]
        if parent is not None:
            yield parent
        show_if = self.known[link_id].item.get("show_if")
        for path in list_paths(parse_expression(show_if)) if show_if else ():
            if path.back == 0 and path.names[0] not in ("patient", "task"):
                yield link_id if path.names[0] == "value" else path.names[0]
