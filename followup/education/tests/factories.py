from typing import Any

from access.actor import SYSTEM
from followup.education.services import load_cards

CARD: dict[str, Any] = {
    "key": "wound_care", "title": "伤口护理", "specialty": "骨科",
    "body": ["保持伤口干燥。", "红肿、流脓、发热时请来院。"],
    "source": ["骨科护理常规（示例）"], "licence": "own",
}  # fmt: skip


def make_card(key: str = "wound_care", *, signed: bool = True, **changed: Any) -> int:
    """The id of its version."""
    document = {**CARD, "key": key, **changed}
    return load_cards(documents=[document], actor=SYSTEM, signed_by_name="孙主任" if signed else None)[key]
