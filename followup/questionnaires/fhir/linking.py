"""enableWhen of a foreign resource as show_if, once every question is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from followup.questionnaires.fhir import words
from followup.questionnaires.fhir.conditions import read_condition
from followup.questionnaires.fhir.reading import Reader
from followup.questionnaires.fhir.words import FhirFault, list_records
from followup.questionnaires.rules import list_places
from followup.questionnaires.schema import validate_document


class Linker:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.faults: list[FhirFault] = []

    def link(self, items: list[dict[str, Any]]) -> None:
        known = {item["link_id"]: item for _, item in list_places(items)}
        for name, item in known.items():
            condition = self.read_conditions(name, known)
            outer = self.reader.inherited.get(name)
            # A question that was nested in a hidden one was hidden with it.
            above = known[outer].get("show_if") if outer is not None else None
            if above and condition:
                condition = f"({above}) and ({condition})"
            if condition or above:
                item["show_if"] = condition or above  # type: ignore[index]
        self.drop_unusable(items, known)

    def read_conditions(self, name: str, known: Mapping[str, Mapping[str, Any]]) -> str | None:
        path, entry = self.reader.conditions[name]
        written: list[str | None] = []
        for index, condition in list_records(entry.get("enableWhen")):
            place = f"{path}/enableWhen/{index}"
            question = condition.get("question")
            target = self.reader.names.get(question) if isinstance(question, str) else None
            if target is None or target not in known:
                self.faults.append(
                    FhirFault(
                        f"{place}/question", "unknown_item", f"没有题目 {str(question)[:60]}", "请核对 linkId"
                    )
                )
                return None
            written.append(read_condition(condition, known[target], self.reader.options.get(target, {})))
        if not written:
            return None
        if None in written:
            self.reader.lose(f"{path}/enableWhen", "显示条件无法转换，这道题会一直显示")
            return None
        behaviour = entry.get("enableBehavior")
        if len(written) > 1 and behaviour not in ("all", "any"):
            self.reader.lose(
                f"{path}/enableBehavior", "没有写明条件之间的关系，按“全部满足”导入", words.ASSUMED
            )
        word = " or " if behaviour == "any" else " and "
        return word.join(str(text) for text in written)

    def drop_unusable(self, items: list[dict[str, Any]], known: Mapping[str, Any]) -> None:
        """What our checker refuses (too long, about a question in another row) is told as lost, not half kept."""
        places = dict(list_places(items))
        document = {"key": "linking", "title": "linking", "items": items}
        for fault in validate_document(document):
            item = places.get(fault.pointer.removesuffix("/show_if"))
            if fault.code == "expression" and item is not None and "show_if" in item:
                del known[item["link_id"]]["show_if"]
                path = self.reader.paths[item["link_id"]]
                self.reader.lose(f"{path}/enableWhen", f"显示条件不能用（{fault.message}），这道题会一直显示")
