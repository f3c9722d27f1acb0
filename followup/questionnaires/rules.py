import hashlib
import json
from collections.abc import Mapping
from typing import Any


def compute_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: the order of keys and the white space of a file do not count."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
