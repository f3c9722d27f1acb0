"""The library of the story: forms, cards and programmes in every state that an operation needs.

All of it is the tenant's, whoever has the function reads it; but for a protected scale without a licence, which
nobody opens, and of which only those who state licences are told.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from access.actor import SYSTEM
from tests.cast import actor_named
from tests.isolation.words import Words
from tests.isolation.world import World

READERS = "clinician other_clinician doctor centre supervisor other_supervisor operations double head admin"
LOCKED_SCALE = "guarded"
LICENCE_NO = "110420583000017"
_SOURCE = {"source": ["院内随访规范"], "licence": "own"}
_STARTS_ON = date(2026, 1, 1)


def form_document(key: str, words: Words, **more: Any) -> dict[str, Any]:
    """`key` without the tenant's name."""
    return {
        "key": f"{key}_{words.tenant}", "title": f"{words.mark}电话随访", "category": "inpatient", **_SOURCE,
        "items": [
            {"link_id": "wound", "type": "single", "text": "伤口怎么样？", "required": True,
             "options": [{"value": "good", "label": "干燥", "level": "E0"},
                         {"value": "red", "label": "红肿", "level": "E2", "prompt": "伤口红肿", "advice": "预约复诊"}]},
            {"link_id": "remark", "type": "text", "text": "其他"},
        ],
        **more,
    }  # fmt: skip


def review_document(key: str, words: Words) -> dict[str, Any]:
    return {
        "key": key, "title": f"{words.mark}抽查问卷",
        "items": [
            {"link_id": "called", "type": "single", "text": "是否接到过电话？", "required": True,
             "options": [{"value": "yes", "label": "是"}, {"value": "no", "label": "否"}]},
            {"link_id": "remark", "type": "text", "text": "意见"},
        ],
    }  # fmt: skip


def card_document(key: str, words: Words) -> dict[str, Any]:
    return {
        "key": f"{key}_{words.tenant}", "title": f"{words.mark}伤口护理", "specialty": "骨科",
        "body": [f"{words.mark}：保持伤口干燥。"], **_SOURCE,
    }  # fmt: skip


def programme_document(key: str, words: Words, **more: Any) -> dict[str, Any]:
    return {
        "key": f"{key}_{words.tenant}", "name": f"{words.mark}随访", "kind": "specialty", **_SOURCE,
        "criteria": {"field": "patient_kind", "op": "eq", "value": "inpatient"},
        "steps": [{"code": "d7", "name": f"{words.mark}第七天", "day": 7, "window": [-1, 2], "channel": ["T"],
                   "owner": "community", "questionnaire": f"story_{words.tenant}"}],
        **more,
    }  # fmt: skip


@dataclass(slots=True)
class Content:
    """`version` runs and has enrolled everybody; `halted` is paused with enrolments on it."""

    version: Any
    halted: Any


def load_content(world: World) -> Content:
    _write_forms(world)
    _write_cards(world)
    return _write_programmes(world)


def _write_forms(world: World) -> None:
    from followup.questionnaires.models import QuestionnaireVersion
    from followup.questionnaires.services import (
        import_questionnaire,
        load_documents,
        open_draft,
        review_version,
        revoke_licence,
        state_licence,
    )

    words, editor = world.words, actor_named("centre")
    locked = form_document("locked", words, locked_scale=LOCKED_SCALE)
    signed = load_documents(
        documents=[
            form_document("story", words),
            *(review_document(f"review_tier{tier}", words) for tier in (2, 3)),
            locked,
        ],
        signed_by_name="孙主任",
        actor=SYSTEM,
    )

    def add(place: str, version_id: int, variant: str, seen: str = READERS) -> str:
        world.add("questionnaire_version", place, version_id, seen, variant=variant)
        pk = str(QuestionnaireVersion.objects.values_list("questionnaire_id", flat=True).get(pk=version_id))
        if all(thing.id != pk for thing in world.of("questionnaire_row")):
            world.add("questionnaire", place, pk, seen, variant=variant)
            # Whoever states licences is told what waits for one.
            world.add("questionnaire_row", place, pk, seen or "admin")
        return pk

    add("story", signed[f"story_{words.tenant}"], "signed")
    locked_id = add("locked", signed[locked["key"]], "signed", "")
    licence = state_licence(actor=SYSTEM, scale=LOCKED_SCALE, holder=f"{words.mark}医院", licence_no="L-1")
    add("locked", open_draft(actor=editor, questionnaire_id=int(locked_id)), "draft", "")
    revoke_licence(actor=SYSTEM, licence_id=licence)
    world.add("licence", "revoked", licence, "admin", variant="revoked")
    standing = state_licence(actor=SYSTEM, scale="standing", holder=f"{words.mark}医院", licence_no="L-2")
    world.add("licence", "standing", standing, "admin", variant="standing")
    for tier in (2, 3):
        add(f"tier {tier}", signed[f"review_tier{tier}"], "review")
    for state in ("draft", "reviewed"):
        pk, _ = import_questionnaire(actor=editor, category="inpatient", document=form_document(state, words))
        if state == "reviewed":
            review_version(actor=editor, version_id=pk)
        add(state, pk, state)


def _write_cards(world: World) -> None:
    from followup.education.models import EducationCardVersion
    from followup.education.services import load_cards, review_version

    for state in ("signed", "draft", "reviewed"):
        document = card_document(state, world.words)
        signer = "孙主任" if state == "signed" else None
        pk = load_cards(documents=[document], actor=actor_named("centre"), signed_by_name=signer)[
            document["key"]
        ]
        if state == "reviewed":
            review_version(actor=actor_named("centre"), version_id=pk)
        card_id = EducationCardVersion.objects.values_list("card_id", flat=True).get(pk=pk)
        world.add("card", state, card_id, READERS, variant=state)
        world.add("card_version", state, pk, READERS, variant=state)


def _write_programmes(world: World) -> Content:
    from followup.programmes.services import (
        activate_version,
        pause_version,
        review_version,
        save_version,
        sign_version,
    )

    made = {}
    for key, state in (
        ("story", "active"), ("second", "active"), ("halted", "paused"), ("drafted", "draft"),
        ("reviewed", "reviewed"), ("signed", "signed"),
    ):  # fmt: skip
        # Only the story's own enrols anybody by rule.
        more = {} if key == "story" else {"criteria": {"field": "age", "op": "gte", "value": 111}}
        document = programme_document(key, world.words, **more)
        version = made[key] = save_version(actor=SYSTEM, document=document, starts_on=_STARTS_ON)
        if state == "reviewed":
            review_version(actor=actor_named("centre"), version_id=version.pk)
        if state in {"active", "paused", "signed"}:
            sign_version(actor=SYSTEM, version_id=version.pk, signer_name="王主任")
        if state in {"active", "paused"}:
            activate_version(actor=SYSTEM, version_id=version.pk)
        if state == "paused":
            pause_version(actor=SYSTEM, version_id=version.pk, reason="暂停")
        world.add("programme", key, version.programme_id, READERS, variant=key)
        if key != "second":
            world.add("programme_version", key, version.pk, READERS, variant=state)
    return Content(made["story"], made["halted"])
