"""A whole document, its form and its card, for tests of the programmes room."""

from datetime import date
from typing import Any

from access.actor import SYSTEM
from followup.education.services import load_cards
from followup.programmes.models import ProgrammeVersion
from followup.programmes.services import activate_version, save_version, sign_version
from followup.questionnaires.services import load_documents

DAY = date(2026, 11, 1)
LICENCE = "110420583000001"
FORM: dict[str, Any] = {
    "key": "call", "title": "电话随访", "licence": "own", "source": ["自拟"],
    "items": [
        {
            "link_id": "well", "type": "single", "text": "感觉还好吗？", "required": True,
            "options": [
                {"value": "yes", "label": "还好", "level": "E0"},
                {"value": "no", "label": "不好", "level": "E2", "prompt": "自诉不好", "advice": "请联系医生"},
            ],
        }
    ],
}  # fmt: skip
CARD = {
    "key": "rest",
    "title": "好好休息",
    "body": ["每天睡足八小时。"],
    "source": ["自拟"],
    "licence": "own",
}
STEP: dict[str, Any] = {
    "code": "d3", "name": "三天电话", "day": 3, "window": [-1, 2], "channel": ["T"], "owner": "hospital",
    "questionnaire": "call",
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "key": "heart", "name": "心脏随访", "kind": "specialty", "specialty": "心内科", "source": ["某指南（2025）"],
    "licence": "own", "criteria": {"all": [{"field": "age", "op": "gte", "value": 60}]}, "steps": [STEP],
}  # fmt: skip


def document(**changes: Any) -> dict[str, Any]:
    return {**DOCUMENT, **changes}


def step(**changes: Any) -> dict[str, Any]:
    return {**STEP, **changes}


def load_references(*, signed: bool = True) -> None:
    name = "王主任" if signed else None
    load_documents(documents=[FORM], actor=SYSTEM, signed_by_name=name)
    load_cards(documents=[CARD], actor=SYSTEM, signed_by_name=name)


def make_live(**changes: Any) -> ProgrammeVersion:
    version = save_version(actor=SYSTEM, document=document(**changes), starts_on=DAY)
    sign_version(actor=SYSTEM, version_id=version.pk, signer_name="王主任")
    return activate_version(actor=SYSTEM, version_id=version.pk)
