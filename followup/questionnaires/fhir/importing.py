"""A FHIR R4 Questionnaire as a document of ours, and what it could not bring along."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from followup.questionnaires.fhir import words
from followup.questionnaires.fhir.exporting import export_questionnaire
from followup.questionnaires.fhir.linking import Linker
from followup.questionnaires.fhir.reading import Reader
from followup.questionnaires.fhir.words import FhirFault, FhirFaults, Loss, list_records, read_extension
from followup.questionnaires.rules import list_places
from followup.questionnaires.schema import ITEM_LIMIT, validate_document

# Groups may lie five deep with us; what lies deeper than this is no form, and would exhaust the stack.
DEPTH_LIMIT: Final = 30
_COMPARED: Final = ("title", "description", "item")
_READ: Final = frozenset({
    "resourceType", "id", "meta", "language", "text", "url", "identifier", "version", "name", "title", "status",
    "experimental", "subjectType", "date", "publisher", "contact", "description", "copyright", "item", "extension",
})  # fmt: skip


def read_questionnaire(resource: object, key: str | None = None) -> tuple[dict[str, Any], list[Loss]]:
    """A valid document and its losses. Raises FhirFaults with every fault and its place in the resource."""
    if not isinstance(resource, Mapping):
        raise FhirFaults([FhirFault("", "type", "这不是 FHIR 资源", "请上传 Questionnaire 的 JSON 文件")])
    _check_frame(resource)
    own = _restore(resource)
    if own is not None and _is_unchanged(own, resource):
        return {**own, **({"key": key} if key else {})}, []
    document, losses, places = _read_foreign(resource, key)
    if own is not None:
        losses.insert(0, Loss("", "文件导出后被修改过，按标准字段导入；异常级别和规则没有带入，请逐题补上"))
    _refuse_faults(document, places, "/key" if key else "")
    return document, losses


def _check_frame(resource: Mapping[str, Any]) -> None:
    kind = resource.get("resourceType")
    if kind != "Questionnaire":
        message = f"resourceType 是 {str(kind)[:40]}，不是 Questionnaire"
        raise FhirFaults(
            [FhirFault("/resourceType", "resource_type", message, "请选择问卷（Questionnaire）文件")]
        )
    items = resource.get("item")
    if not isinstance(items, list) or not items:
        raise FhirFaults([FhirFault("/item", "empty", "问卷里没有题目", "请检查文件是否完整")])
    waiting: list[tuple[str, int, object]] = [("/item", 1, items)]
    count = 0
    while waiting:
        pointer, depth, entries = waiting.pop()
        if not isinstance(entries, list):
            raise FhirFaults([FhirFault(pointer, "type", "item 应当是列表", "请检查文件是否完整")])
        if depth > DEPTH_LIMIT:
            raise FhirFaults([FhirFault(pointer, "nested", "题目嵌套太深", "请把内层的题目移到外层")])
        for index, entry in enumerate(entries):
            place = f"{pointer}/{index}"
            if not isinstance(entry, Mapping):
                raise FhirFaults([FhirFault(place, "type", "题目应当是一个对象", "请检查文件是否完整")])
            count += 1
            if count > ITEM_LIMIT:
                raise FhirFaults(
                    [FhirFault(place, "max", f"题目超过 {ITEM_LIMIT} 个", "请拆成几份问卷再导入")]
                )
            if "item" in entry:
                waiting.append((f"{place}/item", depth + 1, entry["item"]))


def _restore(resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """What we wrote into our own extensions; None for foreign resources and broken extensions."""
    document = _read_own(resource, words.OWN_DOCUMENT)
    if document is None:
        return None
    document["items"] = _restore_items(resource["item"])
    return None if validate_document(document) else document


def _restore_items(entries: list[Any]) -> list[dict[str, Any]]:
    items = []
    for _, entry in list_records(entries):
        item = _read_own(entry, words.OWN_ITEM)
        if item is None:
            continue  # part of a blood pressure, or help text
        if item.get("type") == "group":
            item["items"] = _restore_items(entry.get("item", []))
        items.append(item)
    return items


def _read_own(holder: Mapping[str, Any], url: str) -> dict[str, Any] | None:
    text = read_extension(holder, url)
    if not isinstance(text, str):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_unchanged(document: Mapping[str, Any], resource: Mapping[str, Any]) -> bool:
    """Somebody who edits the standard fields means what they wrote there, not what our extension still says."""
    written, _ = export_questionnaire(document)
    return all(written.get(name) == resource.get(name) for name in _COMPARED)


def _read_foreign(
    resource: Mapping[str, Any], key: str | None
) -> tuple[dict[str, Any], list[Loss], dict[str, str]]:
    reader = Reader()
    title = _read_text(resource, "title") or _read_text(resource, "name") or "导入的问卷"
    document: dict[str, Any] = {"key": key or _make_key(resource), "title": title[:120]}
    if len(title) > 120:
        reader.lose("/title", "标题超过 120 个字，已截短", words.CHANGED)
    if _read_text(resource, "description"):
        document["opening"] = reader.cut(_read_text(resource, "description"), "/description")
    source = [
        reader.cut(f"{word}：{_read_text(resource, name)}", f"/{name}")
        for name, word in (
            ("publisher", "发布者"),
            ("url", "来源"),
            ("version", "版本"),
            ("copyright", "版权"),
        )
        if _read_text(resource, name)
    ]
    if source:
        document["source"] = source
    for name in resource:
        if name not in _READ:
            reader.lose(f"/{name}", f"没有导入 {str(name)[:60]}")
    for index, extension in list_records(resource.get("extension")):
        if extension.get("url") != words.OWN_DOCUMENT:
            reader.lose(f"/extension/{index}", f"没有导入扩展 {str(extension.get('url'))[:200]}")
    document["items"] = reader.read_items(resource["item"], "/item")
    if reader.faults:
        raise FhirFaults(reader.faults)
    linker = Linker(reader)
    linker.link(document["items"])
    if linker.faults:
        raise FhirFaults(linker.faults)
    if any(
        "score" in option for _, item in list_places(document["items"]) for option in item.get("options", ())
    ):
        reader.lose("/item", "选项分值已带入；FHIR 没有总分规则，请在编辑器里设置计分和分级")
    return document, reader.losses, reader.paths


def _read_text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value.strip() if isinstance(value, str) else ""


def _make_key(resource: Mapping[str, Any]) -> str:
    for name in ("name", "id", "url", "title"):
        text = re.sub(r"[^a-z0-9]+", "_", _read_text(resource, name).lower().rsplit("/", 1)[-1]).strip("_")
        if text and text[0].isalpha():
            return text[:50].rstrip("_")
    return "imported_questionnaire"


def _refuse_faults(document: Mapping[str, Any], paths: Mapping[str, str], key_at: str) -> None:
    """Our validation speaks of our document: tell its faults at the places of the resource; `key_at`: the key's."""
    faults = validate_document(document)
    if not faults:
        return
    places = sorted(list_places(document["items"]), key=lambda one: -len(one[0]))
    told = []
    for fault in faults:
        path = next(
            (
                paths.get(str(item.get("link_id")), "/item")
                for place, item in places
                if fault.pointer == place or fault.pointer.startswith(f"{place}/")
            ),
            {"/key": key_at, "/title": "/title"}.get(fault.pointer, "/item"),
        )
        if fault.code in ("cycle", "expression"):
            path = f"{path}/enableWhen"
        told.append(FhirFault(path, fault.code, fault.message, fault.cure))
    raise FhirFaults(told)
