"""Texts of a document that come from outside: what no database and no answer can hold, and places named by them."""

import re
from typing import Final

# NUL, which PostgreSQL has no place for, and halves of a character (surrogates), which are no UTF-8.
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def mask_unstorable(text: str) -> str:
    return UNSTORABLE.sub("\ufffd", text)


def escape_pointer(key: object) -> str:
    """One key as a part of a JSON pointer (RFC 6901)."""
    return mask_unstorable(str(key)).replace("~", "~0").replace("/", "~1")
