"""A document of ours as a FHIR R4 Questionnaire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date as Date
from typing import Any, Final

from followup.questionnaires.fhir import words
from followup.questionnaires.fhir.conditions import write_conditions
from followup.questionnaires.fhir.words import Loss

Item = Mapping[str, Any]
_TYPES: Final = {
    "display": "display", "text": "text", "date": "date", "time": "time", "single": "choice",
    "multiple": "choice", "photo": "attachment", "group": "group", "bp": "group", "glucose": "group",
}  # fmt: skip
_STATUS: Final = {"signed": "active", "retired": "retired"}
_TIMINGS: Final = (("fasting", "空腹"), ("after_meal", "餐后"), ("random", "随机"))


def export_questionnaire(
    document: Mapping[str, Any], *, version: str = "", state: str = "draft", date: Date | None = None
) -> tuple[dict[str, Any], list[Loss]]:
    """The resource of a valid document, and what readers who do not know our extensions miss."""
    exporter = _Exporter(document)
    resource: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "extension": [_own(words.OWN_DOCUMENT, document)],
        "url": f"urn:jieli:questionnaire:{document['key']}",
        "name": document["key"],
        "title": document["title"],
        "status": _STATUS.get(state, "draft"),
        "subjectType": ["Patient"],
    }
    if version:
        resource["version"] = version
    if date is not None:
        resource["date"] = date.isoformat()
    if document.get("opening"):
        resource["description"] = document["opening"]
    resource["item"] = exporter.write_items(document["items"], "/items")
    return resource, [*exporter.losses, *_list_losses(document)]


def _own(url: str, holder: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in holder.items() if name != "items"}
    return {"url": url, "valueString": json.dumps(kept, ensure_ascii=False, sort_keys=True)}


def _list_losses(document: Mapping[str, Any]) -> Iterator[Loss]:
    for name, message in (
        ("closing", "结束语没有对应的标准字段"),
        ("source", "出处没有对应的标准字段"),
        ("licence", "授权方式没有对应的标准字段"),
        ("rules", "跨题异常规则没有对应的标准字段"),
        ("score", "总分和分级没有对应的标准字段；每个选项的分值已带出"),
    ):
        if document.get(name):
            yield Loss(f"/{name}", message)


class _Exporter:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.losses: list[Loss] = []
        self.known: dict[str, Item] = {}
        self._learn(document["items"])

    def _learn(self, items: Sequence[Item]) -> None:
        for item in items:
            self.known[item["link_id"]] = item
            self._learn(item.get("items", ()))

    def write_items(self, items: Sequence[Item], pointer: str) -> list[dict[str, Any]]:
        return [self.write_item(item, f"{pointer}/{index}") for index, item in enumerate(items)]

    def write_item(self, item: Item, pointer: str) -> dict[str, Any]:
        kind, name = item["type"], item["link_id"]
        written: dict[str, Any] = {
            "extension": [_own(words.OWN_ITEM, item), *_list_extensions(item)],
            "linkId": name,
            "text": item["text"],
            "type": _TYPES.get(kind) or ("integer" if _is_whole(item) else "decimal"),
        }
        if "code" in item:
            written["code"] = [dict(item["code"])]
        if "show_if" in item:
            self.write_condition(item, written, pointer)
        if item.get("required"):
            written["required"] = True
        if kind in ("multiple", "photo") or item.get("repeats"):
            written["repeats"] = True
        if kind == "text" and "max" in item:
            written["maxLength"] = int(item["max"])
        if "options" in item:
            written["answerOption"] = self.write_options(item["options"], f"{pointer}/options")
        children = [*_list_parts(item), *_list_help(item)]
        if kind == "group":
            children += self.write_items(item["items"], f"{pointer}/items")
        if children:
            written["item"] = children
        if item.get("rules"):
            self.losses.append(Loss(f"{pointer}/rules", "异常规则没有对应的标准字段"))
        return written

    def write_condition(self, item: Item, written: dict[str, Any], pointer: str) -> None:
        found = write_conditions(item["show_if"], self.known)
        if found is None:
            self.losses.append(
                Loss(f"{pointer}/show_if", f"显示条件无法用 enableWhen 表达：{item['show_if']}")
            )
            return
        written["enableWhen"], behaviour = found
        if len(found[0]) > 1:
            written["enableBehavior"] = behaviour

    def write_options(self, options: Sequence[Item], pointer: str) -> list[dict[str, Any]]:
        written = []
        for index, option in enumerate(options):
            if option.get("level", "E0") != "E0":
                self.losses.append(
                    Loss(f"{pointer}/{index}", f"选项“{option['label']}”的异常级别没有对应的标准字段")
                )
            if option.get("retired"):
                continue  # not offered: old answers are read with the version that they were given to
            entry: dict[str, Any] = {"valueCoding": {"code": option["value"], "display": option["label"]}}
            extensions: list[dict[str, Any]] = []
            if "score" in option:
                extensions.append({"url": words.ORDINAL, "valueDecimal": option["score"]})
            if option.get("exclusive"):
                extensions.append({"url": words.EXCLUSIVE, "valueBoolean": True})
            written.append({"extension": extensions, **entry} if extensions else entry)
        return written


def _is_whole(item: Item) -> bool:
    return item.get("decimals", 0 if item["type"] == "scale" else None) == 0


def _list_extensions(item: Item) -> Iterator[dict[str, Any]]:
    kind = item["type"]
    if item.get("retired"):
        yield {"url": words.HIDDEN, "valueBoolean": True}
    if kind in ("number", "scale"):
        word = "valueInteger" if _is_whole(item) else "valueDecimal"
        for name, url in (("min", words.MIN_VALUE), ("max", words.MAX_VALUE)):
            if name in item:
                whole = word == "valueInteger" and item[name] % 1 == 0
                yield {"url": url, word: int(item[name]) if whole else item[name]}
        if item.get("decimals"):
            yield {"url": words.MAX_DECIMALS, "valueInteger": item["decimals"]}
        if item.get("unit"):
            yield {"url": words.UNIT, "valueCoding": {"display": item["unit"]}}
        if kind == "scale":
            yield _control("slider")
    elif kind == "text" and "min" in item:
        yield {"url": words.MIN_LENGTH, "valueInteger": int(item["min"])}
    elif kind in ("multiple", "photo", "group"):
        for name, url in (("min", words.MIN_OCCURS), ("max", words.MAX_OCCURS)):
            if name in item:
                yield {"url": url, "valueInteger": int(item[name])}


def _control(code: str) -> dict[str, Any]:
    return {
        "url": words.CONTROL,
        "valueCodeableConcept": {"coding": [{"system": words.CONTROL_SYSTEM, "code": code}]},
    }


def _list_help(item: Item) -> Iterator[dict[str, Any]]:
    if item.get("help"):
        yield {
            "extension": [_control("help")],
            "linkId": f"{item['link_id']}.help",
            "text": item["help"],
            "type": "display",
        }


def _list_parts(item: Item) -> Iterator[dict[str, Any]]:
    """Blood pressure and glucose are one question here and groups of two there."""
    name, required = item["link_id"], {"required": True} if item.get("required") else {}
    if item["type"] == "bp":
        for field, text, code in (("sbp", "收缩压", "8480-6"), ("dbp", "舒张压", "8462-4")):
            yield {
                "extension": [_unit("mmHg")],
                "linkId": f"{name}.{field}",
                "code": [{"system": words.LOINC, "code": code}],
                "text": text,
                "type": "decimal",
                **required,
            }
    if item["type"] == "glucose":
        yield {
            "extension": [_unit("mmol/L")],
            "linkId": f"{name}.value",
            "text": "血糖值",
            "type": "decimal",
            **required,
        }
        yield {
            "linkId": f"{name}.timing",
            "text": "测量时间",
            "type": "choice",
            **required,
            "answerOption": [{"valueCoding": {"code": code, "display": label}} for code, label in _TIMINGS],
        }


def _unit(text: str) -> dict[str, Any]:
    return {"url": words.UNIT, "valueCoding": {"display": text}}
