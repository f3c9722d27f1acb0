"""The score of a document and its bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from followup.questionnaires.schema.checks import Checks
from followup.questionnaires.schema.faults import shorten
from followup.questionnaires.schema.vocabulary import BAND_KEYS, BAND_LIMIT, ITEM_LIMIT, METHODS, SCORE_KEYS
from followup.questionnaires.typecheck import Known
from followup.questionnaires.values import is_number


def check_score(checks: Checks, score: object, known: Mapping[str, Known]) -> None:
    if not isinstance(score, Mapping):
        checks.refuse("/score", "type", "计分应当是一个对象", "请写 method 和 items")
        return
    checks.check_keys(score, SCORE_KEYS, "/score")
    if score.get("method") not in METHODS:
        checks.refuse("/score/method", "choice", "不认识的计分方法", "请选 sum（总分）或 mean（平均分）")
    items = score.get("items")
    if not isinstance(items, list) or len(items) > ITEM_LIMIT:
        checks.refuse("/score/items", "empty", "要写明由哪些题计分", f"请列出题目编号，最多 {ITEM_LIMIT} 个")
        items = []
    elif not items or len({str(name) for name in items}) != len(items):
        checks.fail("/score/items", "empty", "要写明由哪些题计分，且不重复", "请列出题目编号")
    for index, name in enumerate(items):
        _check_scored_item(checks, name, f"/score/items/{index}", known)
    _check_bands(checks, score.get("bands", []))


def _check_scored_item(checks: Checks, name: object, pointer: str, known: Mapping[str, Known]) -> None:
    if not isinstance(name, str):
        checks.refuse(pointer, "unknown_item", "题目编号应当是文字", "请写题目的 link_id")
        return
    found = known.get(name)
    if found is None or found.row is not None:
        shown = shorten(name)
        checks.fail(
            pointer, "unknown_item", f"没有可以计分的题目 {shown}", "请核对编号；可重复的组不参与计分"
        )
        return
    kind, options = found.item["type"], found.item.get("options")
    scored = isinstance(options, list) and all(
        isinstance(option, Mapping) and "score" in option for option in options
    )
    if kind not in ("number", "scale") and not (kind in ("single", "multiple") and scored):
        checks.fail(pointer, "unscored", f"题目 {name} 没有分值", "请给它的每个选项写分值，或改用评分题")


def _check_bands(checks: Checks, bands: object) -> None:
    if not isinstance(bands, list) or not all(isinstance(band, Mapping) for band in bands):
        checks.refuse("/score/bands", "type", "分级应当是列表", "请逐级写 to 和 label")
        return
    if len(bands) > BAND_LIMIT:
        checks.refuse("/score/bands", "max", f"分级超过 {BAND_LIMIT} 个", "请合并")
        return
    highest: float | None = None
    for index, band in enumerate(bands):
        place = f"/score/bands/{index}"
        checks.check_keys(band, BAND_KEYS, place)
        checks.check_words(band, ("label",), ("prompt", "advice"), place, label="这一级的名称")
        checks.check_level(band, place)
        highest = _check_bound(checks, band, f"{place}/to", highest, is_last=index == len(bands) - 1)


def _check_bound(
    checks: Checks, band: Mapping[str, Any], pointer: str, highest: float | None, *, is_last: bool
) -> float | None:
    """Returns the bound that the next band must exceed."""
    if "to" not in band:
        if not is_last:
            checks.fail(pointer, "missing", "请填写这一级的上限", "只有最后一级可以不写 to")
        return highest
    if not is_number(band["to"]):
        checks.refuse(pointer, "type", "分级上限应当是数字", "只有最后一级可以不写 to")
        return highest
    bound = float(band["to"])
    if highest is not None and bound <= highest:
        checks.fail(pointer, "order", "分级上限要从小到大", "请调整顺序")
        return highest
    return bound
