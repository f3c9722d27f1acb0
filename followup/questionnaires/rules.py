import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from followup.questionnaires.schema import DocumentError

# 医师执业证书编码: 15 digits.
_LICENCE_NO = re.compile(r"[0-9]{15}", re.ASCII)


def compute_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: the order of keys and the white space of a file do not count."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_licence_no(text: str) -> bool:
    return _LICENCE_NO.fullmatch(text) is not None


def list_places(
    items: Sequence[Mapping[str, Any]], pointer: str = "/items"
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every item with its JSON pointer, groups before what is in them."""
    for index, item in enumerate(items):
        place = f"{pointer}/{index}"
        yield place, item
        yield from list_places(item.get("items", ()), f"{place}/items")


def find_removed(
    document: Mapping[str, Any], before: Mapping[str, Any] | None, used: Mapping[str, Sequence[str]]
) -> Iterator[DocumentError]:
    """What stored answers need and a readable document no longer has: old answers must stay readable.

    `before` is the newest signed document; it tells where a question stood and which type its answers have.
    """
    items = {item["link_id"]: (place, item) for place, item in list_places(document["items"])}
    old = {item["link_id"]: item for _, item in list_places(before["items"])} if before else {}
    for link_id, values in used.items():
        if link_id not in items:
            text = old.get(link_id, {}).get("text", link_id)
            yield DocumentError(
                "/items",
                "used_item_removed",
                f"题目“{text}”（{link_id}）已有答案，不能删除",
                "请恢复这道题并标为停用，旧答案才能照常查看",
            )
            continue
        place, item = items[link_id]
        if link_id in old and old[link_id]["type"] != item["type"]:
            yield DocumentError(
                f"{place}/type",
                "used_type_changed",
                f"题目“{item['text']}”已有答案，不能改变题型",
                "请把这道题标为停用，另建一道新题",
            )
            continue
        if link_id in old and old[link_id].get("unit", "") != item.get("unit", ""):
            # "Higher than last time" would compare numbers of two units.
            yield DocumentError(
                f"{place}/unit",
                "used_unit_changed",
                f"题目“{item['text']}”已有答案，单位不能由“{old[link_id].get('unit', '')}”改成别的",
                "请恢复原来的单位；要换单位，请把这道题标为停用，另建一道新题",
            )
        offered = {option["value"] for option in item.get("options", ())}
        for value in values:
            if offered and value not in offered:
                labels = {
                    option["value"]: option["label"] for option in old.get(link_id, {}).get("options", ())
                }
                yield DocumentError(
                    f"{place}/options",
                    "used_option_removed",
                    f"选项“{labels.get(value, value)}”（{value}）已有答案，不能删除",
                    "请恢复这个选项并标为停用：不再供选，旧答案仍可查看",
                )
