"""What a programme names and other rooms hold: forms, education cards and members of the staff."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from followup.education import selectors as education
from followup.programmes.enums import OPEN_STATES
from followup.programmes.models import ProgrammeStep, ProgrammeVersion
from followup.programmes.rules import DocumentFault
from followup.questionnaires import selectors as questionnaires
from organization.selectors import staff_by_no

_SIGNED = "signed"
_STATES = {
    "draft": "草稿", "reviewed": "待签署", "retired": "已停用", "locked": "量表未声明许可", "unknown": "不存在",
}  # fmt: skip
_KINDS = {"questionnaire": "问卷", "education": "宣教"}


def name_reference(reference: Mapping[str, str]) -> str:
    state = _STATES.get(reference["state"], reference["state"])
    return f"{_KINDS[reference['kind']]} {reference['key']}（{state}）"


def list_form_keys(document: Mapping[str, Any]) -> list[str]:
    return _once(step.get("questionnaire") for step in document.get("steps", ()))


def list_card_keys(document: Mapping[str, Any]) -> list[str]:
    return _once(card for step in document.get("steps", ()) for card in step.get("education") or ())


def _once(keys: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(key for key in keys if key))


def find_unknown_references(
    document: Mapping[str, Any], known_forms: Iterable[str] = (), *, with_staff: bool = True
) -> list[DocumentFault]:
    """Forms and cards that the tenant does not have at all, named owners who are not there (any more).

    The document has no other faults; two queries, three if a person is named. `with_staff` is off where people who
    have left must not stand in the way: a draft is copied from a signed version to name somebody else.
    """
    forms = {*known_forms, *questionnaires.list_keys_state(list_form_keys(document))}
    cards = education.list_keys_state(list_card_keys(document))
    faults: list[DocumentFault] = []
    for i, step in enumerate(document["steps"]):
        form = step.get("questionnaire")
        if form and form not in forms:
            cure = _suggest(form, forms, "请先在问卷库中新建或导入")
            faults.append(
                DocumentFault(f"/steps/{i}/questionnaire", "unknown_form", f"没有问卷 {form}", cure)
            )
        for j, card in enumerate(step.get("education") or ()):
            if card not in cards:
                cure = _suggest(card, cards, "请先在宣教库中新建")
                faults.append(
                    DocumentFault(f"/steps/{i}/education/{j}", "unknown_card", f"没有宣教内容 {card}", cure)
                )
    return [*faults, *(_find_absent_staff(document) if with_staff else ())]


def _find_absent_staff(document: Mapping[str, Any]) -> list[DocumentFault]:
    named = {
        i: step["staff_no"]
        for i, step in enumerate(document["steps"])
        if step.get("owner") == "named" and step.get("staff_no")
    }
    known = staff_by_no(named.values()) if named else {}
    faults: list[DocumentFault] = []
    for i, staff_no in named.items():
        person, pointer = known.get(staff_no), f"/steps/{i}/staff_no"
        cure = "请填写在职人员的工号，或改由其他负责方随访"
        if person is None:
            faults.append(DocumentFault(pointer, "unknown_staff", f"没有工号为 {staff_no} 的人员", cure))
        elif not person.is_active:
            told = f"工号 {staff_no}（{person.name}）已停用"
            faults.append(DocumentFault(pointer, "inactive_staff", told, cure))
    return faults


def _suggest(given: str, known: Iterable[str], otherwise: str) -> str:
    close = difflib.get_close_matches(given, list(known), n=1)
    return f"是否想写 {close[0]}？" if close else otherwise


def resolve_forms(document: Mapping[str, Any]) -> dict[str, int]:
    """Form key → id of its signed version; keys without one are left out."""
    states = questionnaires.list_keys_state(list_form_keys(document))
    return {key: version_id for key, (state, version_id) in states.items() if state == _SIGNED}


def list_missing(version: ProgrammeVersion) -> list[dict[str, str]]:
    """What stands in the way of signing (a draft) or of going live (a signed version): {kind, key, state}.

    A draft asks whether the form has a signed version, a signed one whether the version that it is bound to still is.
    """
    if version.state in OPEN_STATES:
        forms = {
            key: state
            for key, (state, _) in questionnaires.list_keys_state(list_form_keys(version.document)).items()
        }
        form_keys = list_form_keys(version.document)
    else:
        forms = dict(
            ProgrammeStep.objects.filter(version=version, questionnaire_version__isnull=False).values_list(
                "questionnaire_version__questionnaire__key", "questionnaire_version__state"
            )
        )
        form_keys = list(forms)
    card_keys = list_card_keys(version.document)
    cards = {key: state for key, (state, _) in education.list_keys_state(card_keys).items()}
    return [
        {"kind": kind, "key": key, "state": states.get(key, "unknown")}
        for kind, keys, states in (("questionnaire", form_keys, forms), ("education", card_keys, cards))
        for key in keys
        if states.get(key) != _SIGNED
    ]
