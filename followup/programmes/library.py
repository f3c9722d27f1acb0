"""The programmes and questionnaires that ship with the product, as YAML (library/README.md)."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import yaml

_FOLDER = Path(__file__).parent / "library"


@lru_cache(maxsize=2)
def read_library(folder: str) -> tuple[dict[str, Any], ...]:
    """`programmes` or `questionnaires`, in the order of their file names."""
    return tuple(
        yaml.safe_load(path.read_text("utf-8")) for path in sorted((_FOLDER / folder).glob("*.yaml"))
    )


def compute_digest(document: object) -> str:
    """SHA-256 of the canonical JSON: the same content gives the same digest, whatever its file looks like."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
