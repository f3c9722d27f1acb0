"""A document, its questions and their options. Every fault is reported at once, each with its JSON pointer, what
is wrong and the cure, so that the editor can show it at its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from followup.questionnaires.enums import Category
from followup.questionnaires.schema.checks import Checks
from followup.questionnaires.schema.faults import DocumentError, shorten
from followup.questionnaires.schema.meaning import check_cycles, check_expressions
from followup.questionnaires.schema.scoring import check_score
from followup.questionnaires.schema.vocabulary import (
    AUDIENCES,
    CODE_KEYS,
    DOCUMENT_KEYS,
    FIXED_UNITS,
    GROUP_LIMIT,
    ITEM_KEYS,
    ITEM_LIMIT,
    KEY_LIMIT,
    OPTION_KEYS,
    OPTION_LIMIT,
    RULE_KEYS,
    RULE_LIMIT,
    SOURCE_LIMIT,
)
from followup.questionnaires.typecheck import Known
from followup.questionnaires.values import ITEM_TYPES, ROW_LIMIT, TEXT_LIMIT, is_number


class Validator(Checks):
    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Known] = {}
        self.places: dict[str, str] = {}
        self.parents: dict[str, str | None] = {}
        self.count = 0

    def run(self, document: object) -> list[DocumentError]:
        if not isinstance(document, Mapping):
            self.refuse("", "type", "问卷应当是一个对象", "请从模板新建问卷")
            return self.found
        self.check_keys(document, DOCUMENT_KEYS, "")
        self.check_identifier(document.get("key"), "/key")
        self.check_words(document, ("title",), ("opening", "closing", "licence", "specialty"), "")
        if document.get("audience", "patient") not in AUDIENCES:
            self.refuse("/audience", "choice", "不认识的填写人", f"请选 {'、'.join(AUDIENCES)}")
        self.check_shelf(document)
        self.check_source(document.get("source", []))
        self.check_items(document.get("items"), "/items", None, None)
        if self.count > ITEM_LIMIT:
            self.refuse("/items", "max", f"题目超过 {ITEM_LIMIT} 个", "请拆成几份问卷")
        self.check_rules(document.get("rules", []), "/rules")
        if "score" in document:
            check_score(self, document["score"], self.known)
        if self.is_readable:
            check_expressions(self, document, self.known, self.places)
            if not self.has("expression"):
                check_cycles(self, self.known, self.places, self.parents)
        return self.found

    def check_shelf(self, document: Mapping[str, Any]) -> None:
        """What the row of the questionnaire says of it, as wide as its columns."""
        if document.get("category", "other") not in Category.values:
            self.refuse("/category", "choice", "不认识的分类", f"请选 {'、'.join(Category.values)}")
        limits = (
            ("key", KEY_LIMIT),
            ("title", 120),
            ("licence", 40),
            ("specialty", 40),
            ("locked_scale", 40),
        )
        for name, limit in limits:
            if isinstance(document.get(name), str) and len(document[name]) > limit:
                self.refuse(f"/{name}", "max", f"超过 {limit} 个字", "请缩短")
        if "locked_scale" in document:
            self.check_identifier(document["locked_scale"], "/locked_scale")

    def check_source(self, source: object) -> None:
        if not isinstance(source, list) or not all(isinstance(line, str) for line in source):
            self.refuse("/source", "type", "出处应当是文字列表", "请逐条写明指南、规范的名称和年份")
            return
        if len(source) > SOURCE_LIMIT:
            self.refuse("/source", "max", f"出处超过 {SOURCE_LIMIT} 条", "请合并")
            return
        for index, line in enumerate(source):
            self.check_text(line, f"/source/{index}", "出处")
        if "" in source:
            self.fail("/source", "type", "有一条出处是空的", "请写明指南、规范的名称和年份，或删去这一条")

    def check_items(self, items: object, pointer: str, row: str | None, parent: str | None) -> None:
        if not isinstance(items, list):
            self.refuse(pointer, "empty", "至少要有一道题", "请添加题目")
            return
        if not items:
            self.fail(pointer, "empty", "至少要有一道题", "请添加题目")
        if pointer.count("/items") > GROUP_LIMIT:
            self.refuse(pointer, "nested", f"组套组超过 {GROUP_LIMIT} 层", "请把内层的题目移到外层")
            return
        for index, item in enumerate(items):
            self.count += 1
            if self.count > ITEM_LIMIT:
                return
            self.check_item(item, f"{pointer}/{index}", row, parent)

    def check_item(self, item: object, pointer: str, row: str | None, parent: str | None) -> None:
        if not isinstance(item, Mapping):
            self.refuse(pointer, "type", "题目应当是一个对象", "请重新添加这道题")
            return
        link_id, kind = item.get("link_id"), item.get("type")
        self.check_identifier(link_id, f"{pointer}/link_id")
        if kind not in ITEM_TYPES:
            self.refuse(f"{pointer}/type", "choice", "不认识的题型", f"请选 {'、'.join(ITEM_TYPES)}")
            return
        if isinstance(link_id, str) and link_id in self.known:
            # Whoever looks a question up by its number would find another one.
            self.refuse(
                f"{pointer}/link_id",
                "duplicate",
                f"编号 {shorten(link_id)} 已被 {self.places[link_id]} 使用",
                "请换一个编号",
            )
        elif isinstance(link_id, str):
            self.known[link_id] = Known(item, row)
            self.places[link_id] = pointer
            self.parents[link_id] = parent
        self.check_keys(item, ITEM_KEYS[kind], pointer)
        self.check_words(item, ("text",), ("help", "unit", "show_if"), pointer)
        if "show_if" in item and isinstance(item["show_if"], str) and not item["show_if"].strip():
            self.fail(f"{pointer}/show_if", "text", "请填写显示条件", "写出何时才问，或去掉显示条件")
        if "code" in item:
            self.check_code(item["code"], f"{pointer}/code")
        self.check_flags(item, ("required", "repeats", "retired"), pointer)
        if kind in FIXED_UNITS and item.get("unit", FIXED_UNITS[kind]) != FIXED_UNITS[kind]:
            self.fail(f"{pointer}/unit", "choice", f"单位固定为 {FIXED_UNITS[kind]}", "请删去或改正单位")
        self.check_limits(item, kind, pointer)
        if kind in ("single", "multiple"):
            self.check_options(item.get("options"), kind, f"{pointer}/options")
        if kind == "group":
            self.check_group(item, pointer, row)
        self.check_rules(item.get("rules", []), f"{pointer}/rules")

    def check_code(self, code: object, pointer: str) -> None:
        if not isinstance(code, Mapping):
            self.refuse(pointer, "type", "标准编码应当是一个对象", "请写 system、code、display")
            return
        self.check_keys(code, CODE_KEYS, pointer)
        self.check_words(code, ("code",), ("system", "display"), pointer)

    def check_limits(self, item: Mapping[str, Any], kind: str, pointer: str) -> None:
        for name in ("min", "max"):
            limit = item.get(name)
            if name not in item:
                if kind == "scale":
                    self.fail(f"{pointer}/{name}", "missing", "评分题要写起止分", "请填写 min 和 max")
            elif not is_number(limit):
                self.refuse(f"{pointer}/{name}", "type", "界限应当是数字", "请填写数字，不加引号")
            elif kind not in ("number", "scale") and (float(limit or 0) % 1 or float(limit or 0) < 0):
                self.fail(f"{pointer}/{name}", "type", "个数应当是非负整数", "请改正")
            elif kind == "text" and float(limit or 0) > TEXT_LIMIT:
                self.fail(f"{pointer}/{name}", "max", f"答案最多 {TEXT_LIMIT} 个字", "请改小")
        low, high = item.get("min"), item.get("max")
        if is_number(low) and is_number(high) and low > high:  # type: ignore[operator]
            self.fail(f"{pointer}/max", "order", "上限小于下限", "请核对 min 和 max")
        decimals = item.get("decimals", 0)
        if isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= 6:
            self.refuse(f"{pointer}/decimals", "type", "小数位数应当是 0 到 6 的整数", "请改正")

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
        if not isinstance(options, list) or len(options) > OPTION_LIMIT:
            self.refuse(pointer, "empty", "选择题至少要有两个选项", f"请添加选项，最多 {OPTION_LIMIT} 个")
            return
        if len(options) < 2:
            self.fail(pointer, "empty", "选择题至少要有两个选项", f"请添加选项，最多 {OPTION_LIMIT} 个")
        allowed = OPTION_KEYS if kind == "multiple" else OPTION_KEYS[:-1]
        seen: set[str] = set()
        for index, option in enumerate(options):
            place = f"{pointer}/{index}"
            if not isinstance(option, Mapping):
                self.refuse(place, "type", "选项应当是一个对象", "请写 value 和 label")
                continue
            self.check_keys(option, allowed, place)
            self.check_words(option, ("value", "label"), ("prompt", "advice"), place)
            self.check_level(option, place)
            if "score" in option and not is_number(option["score"]):
                self.refuse(f"{place}/score", "type", "分值应当是数字", "请填写数字，不加引号")
            self.check_flags(option, ("retired", "exclusive"), place)
            value = option.get("value")
            if isinstance(value, str):
                if value in seen:
                    self.fail(f"{place}/value", "duplicate", f"选项值 {shorten(value)} 重复", "请换一个值")
                seen.add(value)
        self.check_options_together(options, pointer)

    def check_options_together(self, options: list[Any], pointer: str) -> None:
        if options and all(isinstance(option, Mapping) and option.get("retired") for option in options):
            self.fail(pointer, "all_retired", "所有选项都已停用", "请至少保留一个选项，或把整道题标为停用")
        for name, word in (("level", "异常级别"), ("score", "分值")):
            given = [isinstance(option, Mapping) and name in option for option in options]
            if any(given) and not all(given):
                place = f"{pointer}/{given.index(False)}/{name}"
                self.fail(
                    place, "partial", f"有的选项写了{word}，这个没有", f"请给每个选项都写{word}，或都不写"
                )

    def check_rules(self, rules: object, pointer: str) -> None:
        if not isinstance(rules, list):
            self.refuse(pointer, "type", "规则应当是列表", "请重新添加规则")
            return
        if len(rules) > RULE_LIMIT:
            self.refuse(pointer, "max", f"规则超过 {RULE_LIMIT} 条", "请合并")
            return
        for index, rule in enumerate(rules):
            place = f"{pointer}/{index}"
            if not isinstance(rule, Mapping):
                self.refuse(place, "type", "规则应当是一个对象", "请写 when、level、prompt")
                continue
            self.check_keys(rule, RULE_KEYS, place)
            self.check_words(rule, ("when", "prompt"), ("advice",), place)
            self.check_level(rule, place)
            if rule.get("level") in (None, "E0"):
                self.fail(
                    f"{place}/level", "choice", "规则要写 E1 到 E4 的级别", "请选级别；正常的情形不必写规则"
                )
