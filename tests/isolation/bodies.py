"""What is sent: bodies, uploads and headers of the operations that take any, each such that whoever may succeeds."""

from collections.abc import Callable, Mapping
from typing import Any

from files.tests.samples import make_wav
from tests.isolation.content import LICENCE_NO, card_document, form_document, programme_document
from tests.isolation.operations import Operation
from tests.isolation.world import ABSENT_ID, Thing, World

Body = Mapping[str, Any]
_ANSWERS = {"answers": {"wound": "good"}}


def _draw(world: World, thing: Thing | None) -> Body:
    return {
        "tier": 2, "department_ids": [thing.id if thing else "1"], "period_from": "2026-11-13",
        "period_to": "2026-11-20", "size": 1, "stratify": "none",
    }  # fmt: skip


BODIES: dict[str, Body | Callable[[World, Thing | None], Body]] = {
    "POST education-card-versions/{id}/retire": {"reason": "不再使用"},
    "POST education-card-versions/{id}/return": {"note": "请补充来源"},
    "POST education-card-versions/{id}/sign": {"licence_no": LICENCE_NO},
    "POST education-cards": lambda world, thing: {
        "key": "novelty", "title": "伤口护理", "from_version_id": thing and thing.id,
    },
    "POST education-cards/validate": lambda world, thing: {"document": card_document("draft", world.words)},
    "POST enrolments": lambda world, thing: {
        "programme_id": next(t.id for t in world.of("programme") if t.place == "second"),
        "encounter_id": thing.id if thing else "1", "reason": "需要随访",
    },
    "POST enrolments/{id}/pause": {"reason": "外出一月"},
    "POST enrolments/{id}/stop": {"reason": "转外院治疗"},
    "POST escalations/{id}/close": {"outcome": "advised", "note": "已联系"},
    "POST intake/quarantine/{id}/discard": {"reason": "重复报文"},
    "POST intake/quarantine/{id}/replay": {"corrections": {}},
    "POST labels": {"code": "novelty", "name": "新标签"},
    "POST patients/{id}/flags": {"kind": "refused", "reason": "本人不愿再接电话"},
    "POST patients/{id}/flags/{flag_id}/lift": {"reason": "标记有误"},
    "POST patients/{id}/registers": {"register": "diabetes", "since": "2026-11-01"},
    "POST patients/{id}/unmask": {"field": "phone", "reason": "电话随访核对"},
    "POST programme-versions/{id}/pause": {"reason": "暂停使用"},
    "POST programme-versions/{id}/retire": {"reason": "不再使用"},
    "POST programme-versions/{id}/return": {"note": "请补充来源"},
    "POST programme-versions/{id}/sign": {"licence_no": LICENCE_NO},
    "POST programmes": lambda world, thing: {"key": "novelty", "from_version_id": thing.id if thing else "1"},
    "POST programmes/validate": lambda world, thing: {
        "document": programme_document("drafted", world.words)
    },
    "POST questionnaire-versions/{id}/retire": {"reason": "不再使用"},
    "POST questionnaire-versions/{id}/return": {"note": "请补充来源"},
    "POST questionnaire-versions/{id}/sign": {"licence_no": LICENCE_NO},
    "POST questionnaires": lambda world, thing: {
        "key": "novelty", "title": "新问卷", "category": "inpatient", "from_version_id": thing and thing.id,
    },
    "POST questionnaires/evaluate": lambda world, thing: {
        "document": form_document("draft", world.words), **_ANSWERS,
    },
    "POST questionnaires/import": lambda world, thing: {
        "document": form_document("novelty", world.words), "category": "inpatient",
    },
    "POST questionnaires/validate": lambda world, thing: {
        "document": form_document("draft", world.words), "questionnaire_id": thing and thing.id,
    },
    "POST review/draws": _draw,
    "POST review/items/{id}/answers": {"answers": {"called": "yes"}},
    "POST review/items/{id}/score": {
        "scores": {"authentic": 90, "content": 90, "attitude": 90, "completeness": 90}
    },
    "POST routing/queue/{id}/resolve": {"division_code": "420583106000"},
    "POST scale-licences": {"scale": "novelty", "holder": "人民医院", "licence_no": "L-3"},
    "POST screening/preview": lambda world, thing: {
        "criteria": {"all": [{"field": "patient_kind", "op": "eq", "value": "inpatient"}]},
        "period_from": "2026-11-01", "period_to": "2026-11-20", "programme_id": world.of("programme")[0].id,
        "limit": 100, "conditions": True,
    },
    "POST screening/rehearsal": lambda world, thing: {"document": _due_tomorrow(world)},
    "POST session": {"username": "clinician", "password": "Buduide-2026"},
    "POST tasks/{id}/attempts": {"channel": "T", "outcome": "no_answer"},
    "POST tasks/{id}/close": {"outcome": "lost", "reason": "多次联系不上"},
    "POST tasks/{id}/detach": lambda world, thing: {"member_id": (thing and thing.with_id) or ABSENT_ID},
    "POST tasks/{id}/evaluate": _ANSWERS,
    "POST tasks/{id}/submit": {**_ANSWERS, "conclusion": "恢复良好"},
    "PUT education-card-versions/{id}": lambda world, thing: {
        "document": card_document("draft", world.words)
    },
    "PUT patients/{id}/labels": {"codes": ["spare"]},
    "PUT programme-versions/{id}": lambda world, thing: {
        "document": programme_document("drafted", world.words), "starts_on": "2026-01-01",
    },
    "PUT questionnaire-versions/{id}": lambda world, thing: {
        "document": form_document("draft", world.words, title="另一个名称")
    },
    "PUT tasks/{id}/draft": _ANSWERS,
}  # fmt: skip
UPLOADS = {"POST tasks/{id}/recordings": ("file", "call.wav", make_wav(1))}
_FIRST = {"If-Match": '"1"'}
HEADERS = {
    "PUT education-card-versions/{id}": _FIRST,
    "PUT programme-versions/{id}": _FIRST,
    "PUT questionnaire-versions/{id}": _FIRST,
    "PUT tasks/{id}/draft": _FIRST,
}


def _due_tomorrow(world: World) -> Body:
    """A programme of one contact, on the day after the discharge: within the period that is rehearsed."""
    document = programme_document("drafted", world.words)
    document["criteria"] = {"field": "patient_kind", "op": "eq", "value": "inpatient"}
    document["steps"][0] |= {"day": 1}
    return document


def body_of(operation: Operation, world: World, thing: Thing | None) -> Body:
    """{} where the operation takes none: a 422 to who may then tells that one has to be added to BODIES."""
    body = BODIES.get(operation.key, {})
    return body(world, thing) if callable(body) else body
