"""The cards that ship with the product, as YAML: each file one card, or a list of cards (bare or under `cards`)."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "library"


@lru_cache(maxsize=1)
def read_library() -> tuple[dict[str, Any], ...]:
    """In the order of the file names."""
    return tuple(
        card
        for path in sorted(_FOLDER.glob("*.yaml"))
        for card in _as_list(yaml.safe_load(path.read_text("utf-8")))
    )


def _as_list(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, dict) and set(content) == {"cards"}:
        content = content["cards"]
    return content if isinstance(content, list) else [content]
