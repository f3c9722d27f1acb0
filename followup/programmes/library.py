"""The programmes and questionnaires that ship with the product, as YAML (library/README.md)."""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import yaml

_FOLDER = Path(__file__).parent / "library"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LibraryFault(ValueError):
    """A shipped file that cannot be read; the text names the file and the cure."""


@lru_cache(maxsize=4)
def read_library(folder: str) -> tuple[dict[str, Any], ...]:
    """`programmes` or `questionnaires`, in the order of their file names, their includes replaced."""
    return tuple(read_files(folder).values())


@lru_cache(maxsize=4)
def read_files(folder: str) -> Mapping[str, dict[str, Any]]:
    """The same by file name (`programmes/copd.yaml`)."""
    paths = sorted((_FOLDER / folder).glob("*.yaml"))
    return {f"{folder}/{path.name}": expand_document(_read_file(path)) for path in paths}


def compute_digest(document: object) -> str:
    """SHA-256 of the canonical JSON: the same content gives the same digest, whatever its file looks like."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _read_file(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as stream:
        found = yaml.load(stream, Loader=_LOADER)  # noqa: S506 — the safe loader, in C where it is built
    if not isinstance(found, dict):
        raise LibraryFault(f"{path.name}：文件应当是一个对象，请写 key、items 等属性")
    return found


@lru_cache(maxsize=64)
def _read_block(name: str) -> dict[str, Any]:
    path = _FOLDER / "blocks" / f"{name}.yaml"
    if not path.is_file():
        known = "、".join(sorted(one.stem for one in path.parent.glob("*.yaml")))
        raise LibraryFault(f"没有题块 {name}，可用的有：{known}")
    return _read_file(path)


def expand_document(document: dict[str, Any]) -> dict[str, Any]:
    """The document with each `{include: block}` among its items replaced by the block's items; the block's rules and
    sources stand after the document's own."""
    if "items" not in document:
        return document
    rules: list[Any] = []
    sources: list[str] = []
    expanded = {**document, "items": _expand_items(document["items"], rules, sources)}
    if rules:
        expanded["rules"] = [*document.get("rules", []), *rules]
    if sources:
        known = document.get("source", [])
        expanded["source"] = [*known, *(line for line in dict.fromkeys(sources) if line not in known)]
    return expanded


def _expand_items(items: Sequence[Any], rules: list[Any], sources: list[str]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if isinstance(item, Mapping) and "include" in item:
            found += _include(item, rules, sources)
        elif isinstance(item, Mapping) and "items" in item:
            found.append({**item, "items": _expand_items(item["items"], rules, sources)})
        else:
            found.append(item)
    return found


def _include(entry: Mapping[str, Any], rules: list[Any], sources: list[str]) -> list[Any]:
    block = copy.deepcopy(_read_block(entry["include"]))
    left_out = set(entry.get("except", ()))
    unknown = left_out - {item["link_id"] for item in block["items"]}
    if unknown:
        raise LibraryFault(f"题块 {entry['include']} 没有题目 {'、'.join(sorted(unknown))}，请核对 except")
    rules += block.get("rules", [])
    sources += block.get("source", [])
    items = [item for item in block["items"] if item["link_id"] not in left_out]
    if "show_if" in entry:
        for item in items:
            own = item.get("show_if")
            item["show_if"] = f"({entry['show_if']}) and ({own})" if own else entry["show_if"]
    return items
