"""What is sent: bodies, uploads and headers of the operations that take any, each such that whoever may succeeds."""

from collections.abc import Callable, Mapping
from typing import Any

from files.tests.samples import make_wav
from tests.isolation import handover
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


def _contract(world: World, thing: Thing | None) -> Body:
    team = "next_township" if thing is not None and thing.place == "neighbour" else "township"
    return {
        "patient_id": thing.id if thing else "1", "ward_id": world.ids_by_place("ward")[team],
        "valid_from": "2027-01-01",
    }  # fmt: skip


BODIES: dict[str, Body | Callable[[World, Thing | None], Body]] = {
    "PATCH absences/{id}": {"to_on": "2026-12-20"},
    "PATCH catchments/{id}": {"valid_to": "2027-01-01"},
    "POST absences": lambda world, thing: {
        "staff_id": thing.id if thing else "1", "from_on": "2027-03-01", "to_on": "2027-03-05", "reason": "leave",
    },
    "POST area-changes": lambda world, thing: {
        "kind": "move", "from_on": "2026-12-01",
        "moves": [{"division_codes": ["420583106201"],
                   "to_institution_id": world.ids_by_place("institution")["T2"]}],
    },
    "POST area-changes/{id}/apply": lambda world, thing: {"fingerprint": (thing and thing.with_id) or "0"},
    "POST care-contracts": _contract,
    "POST care-contracts/{id}/end": {"on": "2026-12-01", "reason": "搬迁"},
    "POST catchments": lambda world, thing: {
        "institution_id": world.ids_by_place("institution")["T1"], "division_code": "420583108201",
    },
    "POST catchments/{id}/end": {"on": "2026-12-10"},
    "POST clinician-areas": lambda world, thing: {
        "staff_id": world.ids_by_place("staff")["township"], "ward_id": world.ids_by_place("ward")["township"],
        "division_code": "420583108201",
    },
    "POST clinician-areas/{id}/end": {"on": "2026-12-10"},
    "POST divisions/imports": {"source": "县公安局", "as_of": "2026-10-01"},
    "POST divisions/imports/{id}/apply": lambda world, thing: {"fingerprint": (thing and thing.with_id) or "0"},
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
    "POST handover/agreements": handover.agreement_body,
    "POST handover/agreements/{id}/reject": {"reason": "字段过多"},
    "POST handover/agreements/{id}/revoke": {"reason": "合作结束"},
    "POST handover/cases/{id}/complete": {"conclusion": "恢复良好"},
    "POST handover/cases/{id}/decline": {"reason_code": "no_capacity", "reason": "暂无人手"},
    "POST handover/cases/{id}/recall": {"reason": "资料有误"},
    "POST handover/cases/{id}/return": {"reason": "患者回市区"},
    "POST handover/offers": handover.offer_body,
    "POST handover/preview": handover.offer_body,
    "PUT handover/agreements/{id}": handover.agreement_body,
    "POST intake/quarantine/{id}/discard": {"reason": "重复报文"},
    "POST intake/quarantine/{id}/replay": {"corrections": {}},
    "POST labels": {"code": "novelty", "name": "新标签"},
    "POST patients/{id}/flags": {"kind": "refused", "reason": "本人不愿再接电话"},
    "POST patients/{id}/flags/{flag_id}/lift": {"reason": "标记有误"},
    "POST patients/{id}/flags/{flag_id}/reject": {"reason": "本人接听了电话"},
    "POST patients/{id}/registers": {"register": "diabetes", "since": "2026-11-01"},
    "POST patients/{id}/residences": {"kind": "work", "division_code": "420583106000", "verified": "电话核实"},
    "POST patients/{id}/routing-override": lambda world, thing: {
        "institution_id": world.ids_by_place("institution")["T1"], "ward_id": world.ids_by_place("ward")["township"],
        "asked_by": "patient", "reason": "住女儿家", "expires_on": "2026-12-31",
    },
    "POST patients/{id}/routing-override/end": {"reason": "患者改变主意"},
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
    "POST residences/{id}/end": {"on": "2026-11-20", "reason": "已搬走"},
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
    "PUT labels/{id}": {"name": "另一个名称"},
    "PUT patients/{id}/labels": {"codes": ["spare"]},
    "PUT programme-versions/{id}": lambda world, thing: {
        "document": programme_document("drafted", world.words), "starts_on": "2026-01-01",
    },
    "PUT rosters/{staff_id}/capacity": {"per_day": 12},
    "PUT questionnaire-versions/{id}": lambda world, thing: {
        "document": form_document("draft", world.words, title="另一个名称")
    },
    "PUT tasks/{id}/draft": _ANSWERS,
}  # fmt: skip
UPLOADS = {
    "POST divisions/imports": ("file", "list.csv", "code,name\n420583106,问安镇\n".encode()),
    "POST tasks/{id}/recordings": ("file", "call.wav", make_wav(1)),
}
_FIRST = {"If-Match": '"1"'}
HEADERS = {
    "PATCH absences/{id}": _FIRST,
    "PATCH catchments/{id}": _FIRST,
    "PUT rosters/{staff_id}/capacity": {"If-Match": '"0"'},
    "PUT education-card-versions/{id}": _FIRST,
    "PUT handover/agreements/{id}": _FIRST,
    "PUT labels/{id}": _FIRST,
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
