"""Items of a foreign resource, one by one; conditions are linked afterwards (linking.py)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

from followup.questionnaires.fhir import words
from followup.questionnaires.fhir.words import FhirFault, Loss, list_records, read_control, read_extension
from followup.questionnaires.schema import OPTION_LIMIT, RESERVED, WORD_LIMIT
from followup.questionnaires.values import TEXT_LIMIT, is_number

_TYPES: Final = {
    "group": "group", "display": "display", "question": "display", "boolean": "single", "decimal": "number",
    "integer": "number", "date": "date", "dateTime": "date", "time": "time", "string": "text", "text": "text",
    "url": "text", "choice": "single", "open-choice": "single", "attachment": "photo", "reference": "text",
    "quantity": "number",
}  # fmt: skip
_TYPE_LOSSES: Final = {
    "dateTime": "日期时间只保留日期", "url": "网址按文字导入", "open-choice": "不能自由填写选项以外的内容",
    "attachment": "附件按照片导入", "reference": "引用按文字导入", "question": "没有答案的题目按说明导入",
}  # fmt: skip
_READ: Final = frozenset({
    "id", "linkId", "type", "text", "prefix", "required", "repeats", "maxLength", "enableWhen", "enableBehavior",
    "answerOption", "answerValueSet", "item", "code", "extension",
})  # fmt: skip
_EXTENSIONS: Final = frozenset({
    words.ORDINAL, words.MIN_VALUE, words.MAX_VALUE, words.MIN_LENGTH, words.MAX_DECIMALS, words.MIN_OCCURS,
    words.MAX_OCCURS, words.UNIT, words.CONTROL, words.HIDDEN, words.OWN_ITEM,
})  # fmt: skip
_CONTROLS: Final = ("", "slider", "help", "check-box", "radio-button", "drop-down")


class Reader:
    def __init__(self) -> None:
        self.losses: list[Loss] = []
        self.faults: list[FhirFault] = []
        self.names: dict[str, str] = {}  # linkId → link_id
        self.paths: dict[str, str] = {}  # link_id → place in the resource
        self.options: dict[str, dict[str, str]] = {}  # link_id → code → value
        self.conditions: dict[str, tuple[str, Mapping[str, Any]]] = {}  # link_id → place, FHIR item
        self.inherited: dict[str, str] = {}  # link_id → link_id of the question it was nested in

    def lose(self, path: str, message: str, kind: str = words.DROPPED) -> None:
        self.losses.append(Loss(path, message, kind))

    def fail(self, path: str, code: str, message: str, cure: str) -> None:
        self.faults.append(FhirFault(path, code, message, cure))

    def read_items(
        self, entries: Sequence[Any], pointer: str, *, in_rows: bool = False, under: str | None = None
    ) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        for index, entry in list_records(entries):
            items += self.read_item(entry, f"{pointer}/{index}", in_rows, under)
        return items

    def read_item(
        self, entry: Mapping[str, Any], path: str, in_rows: bool, under: str | None
    ) -> list[dict[str, Any]]:
        """The item, and behind it the questions that were nested in it."""
        fhir_type = entry.get("type")
        kind = _TYPES.get(fhir_type) if isinstance(fhir_type, str) else None
        if kind is None:
            self.fail(
                f"{path}/type", "choice", f"不认识的题型 {str(fhir_type)[:40]}", "请改成 FHIR R4 的题型"
            )
            return []
        name = self.name_item(entry, path)
        if name is None:
            return []
        children = [
            (index, child)
            for index, child in list_records(entry.get("item"))
            if read_control(child) != "help"
        ]
        if kind == "group" and not children:
            self.lose(path, "没有题目的组按说明导入", words.CHANGED)
            kind = "display"
        item: dict[str, Any] = {"link_id": name, "type": kind, "text": self.read_text(entry, path)}
        self.paths[name] = path
        self.conditions[name] = (path, entry)
        if under is not None:
            self.inherited[name] = under
        if fhir_type in _TYPE_LOSSES:
            self.lose(f"{path}/type", _TYPE_LOSSES[str(fhir_type)], words.CHANGED)
        self.read_help(entry, item, path)
        self.read_code(entry, item, path)
        self.read_kind(entry, item, path, in_rows)
        self.report_rest(entry, path)
        below = f"{path}/item"
        if item["type"] == "group":
            rows = in_rows or bool(item.get("repeats"))
            item["items"] = [
                made
                for index, child in children
                for made in self.read_item(child, f"{below}/{index}", rows, None)
            ]
            if not item["items"] and not self.faults:
                self.fail(below, "empty", "组里没有能导入的题目", "请删去这个组")
            return [item]
        nested = [
            made
            for index, child in children
            for made in self.read_item(child, f"{below}/{index}", in_rows, name)
        ]
        if nested:
            self.lose(below, "套在题目里的题目改为排在它后面", words.CHANGED)
        return [item, *nested]

    def name_item(self, entry: Mapping[str, Any], path: str) -> str | None:
        link_id = entry.get("linkId")
        if not isinstance(link_id, str) or not link_id.strip():
            self.fail(f"{path}/linkId", "missing", "题目没有 linkId", "请给每道题写 linkId")
            return None
        if link_id in self.names:
            self.fail(f"{path}/linkId", "duplicate", f"linkId {link_id[:60]} 重复", "请换一个 linkId")
            return None
        slug = re.sub(r"[^a-z0-9]+", "_", link_id.lower()).strip("_")
        if not slug or not slug[0].isalpha():
            slug = f"q_{slug}".rstrip("_")
        name = slug = slug[:58]
        number = 1
        while name in self.paths or name in RESERVED:
            number += 1
            name = f"{slug}_{number}"
        self.names[link_id] = name
        if name != link_id:
            self.lose(f"{path}/linkId", f"编号 {link_id[:60]} 改为 {name}", words.CHANGED)
        return name

    def read_text(self, entry: Mapping[str, Any], path: str) -> str:
        parts = [entry[name].strip() for name in ("prefix", "text") if isinstance(entry.get(name), str)]
        text = " ".join(part for part in parts if part)
        if text:
            return self.cut(text, f"{path}/text")
        self.lose(f"{path}/text", "题目没有文字，用编号代替", words.ASSUMED)
        return str(entry["linkId"])

    def cut(self, text: str, path: str) -> str:
        if len(text) <= WORD_LIMIT:
            return text
        self.lose(path, f"超过 {WORD_LIMIT} 个字，已截短", words.CHANGED)
        return text[:WORD_LIMIT]

    def read_help(self, entry: Mapping[str, Any], item: dict[str, Any], path: str) -> None:
        helps = [
            child["text"]
            for _, child in list_records(entry.get("item"))
            if read_control(child) == "help" and isinstance(child.get("text"), str) and child["text"].strip()
        ]
        if helps:
            item["help"] = self.cut("\n".join(helps), f"{path}/item")

    def read_code(self, entry: Mapping[str, Any], item: dict[str, Any], path: str) -> None:
        codes = [code for _, code in list_records(entry.get("code")) if _is_word(code.get("code"))]
        if codes:
            item["code"] = {
                name: codes[0][name] for name in ("system", "code", "display") if _is_word(codes[0].get(name))
            }
        if len(codes) > 1:
            self.lose(f"{path}/code", "只保留第一个标准编码")

    def read_kind(self, entry: Mapping[str, Any], item: dict[str, Any], path: str, in_rows: bool) -> None:
        kind, repeats = item["type"], entry.get("repeats") is True
        if read_extension(entry, words.HIDDEN) is True:
            item["retired"] = True
        if kind == "group" and repeats:
            if in_rows:
                self.lose(f"{path}/repeats", "可重复的组里不能再有可重复的组，只填一次", words.CHANGED)
            else:
                item["repeats"] = True
                self.read_count(entry, item)
        elif (repeats and kind in ("text", "number", "date", "time")) or (
            repeats and entry.get("type") == "boolean"
        ):
            self.lose(f"{path}/repeats", "这类题目只能填一次", words.CHANGED)
        if entry.get("required") is True:
            if kind == "display" or (kind == "group" and not item.get("repeats")):
                self.lose(f"{path}/required", "说明和不重复的组没有必填")
            else:
                item["required"] = True
        if kind == "number":
            self.read_number(entry, item)
        elif kind == "text":
            self.read_length(entry, item, path)
        elif kind == "photo":
            self.read_count(entry, item)
        elif entry.get("type") == "boolean":
            item["options"] = [{"value": "true", "label": "是"}, {"value": "false", "label": "否"}]
            self.options[item["link_id"]] = {"true": "true", "false": "false"}
        elif kind == "single":
            self.read_options(entry, item, path, repeats=repeats)
        if kind in ("date", "time") and (
            read_extension(entry, words.MIN_VALUE) or read_extension(entry, words.MAX_VALUE)
        ):
            self.lose(path, "日期和时间的界限没有带入")

    def read_number(self, entry: Mapping[str, Any], item: dict[str, Any]) -> None:
        for name, url in (("min", words.MIN_VALUE), ("max", words.MAX_VALUE)):
            limit = read_extension(entry, url)
            if isinstance(limit, Mapping):
                limit = limit.get("value")
            if is_number(limit):
                item[name] = limit
        decimals = read_extension(entry, words.MAX_DECIMALS)
        if entry.get("type") == "integer":
            item["decimals"] = 0
        elif isinstance(decimals, int) and not isinstance(decimals, bool) and 0 <= decimals <= 6:
            item["decimals"] = decimals
        unit = read_extension(entry, words.UNIT)
        if isinstance(unit, Mapping):
            found = next((unit[name] for name in ("display", "code") if _is_word(unit.get(name))), None)
            if found is not None:
                item["unit"] = found
        if read_control(entry) == "slider" and "min" in item and "max" in item:
            item["type"] = "scale"

    def read_length(self, entry: Mapping[str, Any], item: dict[str, Any], path: str) -> None:
        longest, shortest = entry.get("maxLength"), read_extension(entry, words.MIN_LENGTH)
        if _is_count(longest):
            if longest > TEXT_LIMIT:
                self.lose(f"{path}/maxLength", f"最多 {TEXT_LIMIT} 个字", words.CHANGED)
            item["max"] = min(longest, TEXT_LIMIT)
        if _is_count(shortest):
            item["min"] = shortest

    def read_count(self, entry: Mapping[str, Any], item: dict[str, Any]) -> None:
        for name, url in (("min", words.MIN_OCCURS), ("max", words.MAX_OCCURS)):
            count = read_extension(entry, url)
            if _is_count(count):
                item[name] = count

    def read_options(
        self, entry: Mapping[str, Any], item: dict[str, Any], path: str, *, repeats: bool
    ) -> None:
        if repeats:
            item["type"] = "multiple"
            self.read_count(entry, item)
        options: list[dict[str, Any]] = []
        codes: dict[str, str] = {}
        answers = list(list_records(entry.get("answerOption")))
        # Too many to be kept: not worth the reading, one by one.
        for index, answer in answers if len(answers) <= OPTION_LIMIT else ():
            place = f"{path}/answerOption/{index}"
            option = self.read_option(answer, place, {one["value"] for one in options}, codes)
            if option is not None:
                options.append(option)
        if not 2 <= len(options) <= OPTION_LIMIT:
            for name in ("min", "max"):
                item.pop(name, None)
            item["type"] = "text"
            why = (
                "答案取自另外的值集" if "answerValueSet" in entry else f"选项不在 2 到 {OPTION_LIMIT} 个之间"
            )
            self.lose(path, f"{why}，按文字题导入", words.CHANGED)
            return
        scored = ["score" in option for option in options]
        if any(scored) and not all(scored):
            self.lose(f"{path}/answerOption", "有的选项没有分值，分值都没有带入")
            for option in options:
                option.pop("score", None)
        if item["type"] == "single":
            for option in options:
                option.pop("exclusive", None)
        item["options"] = options
        self.options[item["link_id"]] = codes

    def read_option(
        self, answer: Mapping[str, Any], place: str, taken: set[str], codes: dict[str, str]
    ) -> dict[str, Any] | None:
        given = next((answer[name] for name in answer if str(name).startswith("value")), None)
        holder: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        code = next(
            (
                text
                for text in (holder.get("code"), holder.get("display"), holder.get("reference"))
                if _is_word(text)
            ),
            None,
        )
        if code is None and (_is_word(given) or is_number(given)):
            code = str(given)
        if code is None:
            self.lose(place, "选项没有编码和文字，没有带入")
            return None
        value = self.cut(code, place)
        while value in taken:
            value = f"{value}_2"
        if value != code:
            self.lose(place, f"选项编码 {code[:60]} 重复，改为 {value[:60]}", words.CHANGED)
        codes.setdefault(code, value)
        display = holder.get("display")
        option: dict[str, Any] = {
            "value": value,
            "label": self.cut(str(display) if _is_word(display) else code, place),
        }
        score = read_extension(answer, words.ORDINAL)
        score = read_extension(holder, words.ORDINAL) if score is None else score
        if is_number(score):
            option["score"] = score
        if read_extension(answer, words.EXCLUSIVE) is True:
            option["exclusive"] = True
        if answer.get("initialSelected"):
            self.lose(f"{place}/initialSelected", "没有带入预选的答案")
        return option

    def report_rest(self, entry: Mapping[str, Any], path: str) -> None:
        for name in entry:
            if name not in _READ:
                self.lose(f"{path}/{name}", f"没有导入 {str(name)[:60]}")
        for index, extension in list_records(entry.get("extension")):
            if str(extension.get("url")) not in _EXTENSIONS:
                self.lose(f"{path}/extension/{index}", f"没有导入扩展 {str(extension.get('url'))[:200]}")
        if read_control(entry) not in _CONTROLS:
            self.lose(path, f"没有导入显示方式 {read_control(entry)[:60]}")


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
