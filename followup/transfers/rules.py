"""Answers of a form as question and answer in words: the other side has not got the form."""

from collections.abc import Iterator, Mapping
from typing import Any


def answer_lines(document: Mapping[str, Any], answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """{question, answer} in the order of the form, of what was answered."""
    return [
        {"question": str(item.get("text", "")), "answer": _say(item, answers[item["link_id"]])}
        for item in _items(document)
        if answers.get(item["link_id"]) not in (None, "", [])
    ]


def _items(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for item in node.get("items", []):
        yield item
        yield from _items(item)


def _say(item: Mapping[str, Any], value: Any) -> str:
    labels = {option["value"]: option["label"] for option in item.get("options", [])}
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(
            str(labels.get(each, each)) if isinstance(each, str) else str(each) for each in value
        )
    return str(labels.get(value, value)) if isinstance(value, str) else f"{value}{item.get('unit', '') or ''}"
