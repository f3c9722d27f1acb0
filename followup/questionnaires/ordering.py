"""In which order conditions are settled: every one after the questions that it asks about.

Then each is computed once, however the form is arranged. Twin: frontend/packages/questionnaire/src/ordering.ts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from followup.questionnaires.expressions import list_paths, parse_expression


def order_questions(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """link_ids, each after its group and after those its condition names; else as in the document.

    Questions that wait for each other come last: a valid document (schema.validate_document) has none.
    """
    needed = {link_id: tuple(names) for link_id, names in _list_needed(items, None)}
    waiting = {link_id: sum(name in needed for name in names) for link_id, names in needed.items()}
    needing: dict[str, list[str]] = {link_id: [] for link_id in needed}
    for link_id, names in needed.items():
        for name in names:
            if name in needing:
                needing[name].append(link_id)
    order = [link_id for link_id, count in waiting.items() if count == 0]
    for link_id in order:  # grows while it is walked
        for later in needing[link_id]:
            waiting[later] -= 1
            if waiting[later] == 0:
                order.append(later)
    settled = set(order)
    return order + [link_id for link_id in needed if link_id not in settled]


def _list_needed(
    items: Sequence[Mapping[str, Any]], parent: str | None
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for item in items:
        link_id = item["link_id"]
        names = [parent] if parent is not None else []
        if "show_if" in item:
            paths = list_paths(parse_expression(item["show_if"]))
            names += [path.names[0] for path in paths if path.back == 0]
        yield link_id, tuple(names)
        yield from _list_needed(item.get("items", ()), link_id)
