"""A message is taken in one transaction: kept, judged, written. What cannot be written is kept with its reason."""

import base64
import hashlib
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from access.actor import SYSTEM, Actor
from integrations.intake import ports, selectors
from integrations.intake.contracts import AckCode, CanonicalEvent, EventKind, Incoming, Problem, Receipt
from integrations.intake.corrections import body_pointer, correct_event, mask_value, pointer_of
from integrations.intake.errors import NotCorrectable, RowClosed, StillFaulty
from integrations.intake.models import InboundMessage, MessageState, QuarantinedRow, RowState
from integrations.intake.policy import visible_to
from integrations.intake.rules import find_warnings, validate
from kernel import clock
from kernel.crypto import decrypt_bytes, encrypt_bytes, encrypt_text
from kernel.errors import DomainError, FieldError, InvalidInput, NotFound
from kernel.masking import mask_name
from records.services import apply_event
from trail.services import record

logger = logging.getLogger("intake")
# deadlock, serialization failure, lock not available: the same message succeeds when tried again.
_RETRYABLE = frozenset({"40P01", "40001", "55P03"})
_ATTEMPTS = 4
_KEPT_TEXT = "已留存，此类报文暂不入库"
_ACKS = {
    MessageState.PROCESSED: AckCode.ACCEPT,
    MessageState.KEPT: AckCode.ACCEPT,
    MessageState.QUARANTINED: AckCode.ERROR,
    MessageState.REFUSED: AckCode.REJECT,
}


def receive(*, source: str, format: str, raw: bytes, incoming: Incoming) -> Receipt:
    """Take one message of the bound tenant in; when this returns outside a transaction it is committed.

    `source` names the sender; (source, control id, bytes) once seen is answered as then and changes nothing. Only
    failures of the database itself are raised (OperationalError, InterfaceError): nothing is stored then, and the
    sender must send again.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _receive_once(source=source[:120], format=format, raw=raw, incoming=incoming)
        except OperationalError as error:
            if connection.in_atomic_block or attempt == _ATTEMPTS or _state_of(error) not in _RETRYABLE:
                raise
            logger.warning("message %s of %s is tried again: %s", incoming.control_id, source, error)
    raise AssertionError("unreachable")


@transaction.atomic
def _receive_once(*, source: str, format: str, raw: bytes, incoming: Incoming) -> Receipt:
    state, problems, warnings = _judge(incoming)
    digest = hashlib.sha256(raw).hexdigest()
    control_id = incoming.control_id[:80]
    message_id = _insert_message(
        source=source,
        format=format,
        message_type=incoming.message_type[:20],
        control_id=control_id,
        sha256=digest,
        raw_enc=encrypt_bytes(raw),
        size=len(raw),
        charset=incoming.charset[:12],
        state=state.value,
        warnings=json.dumps(warnings, ensure_ascii=False),
        received_at=clock.now(),
        **_first(problems),
    )
    if message_id is None:
        return _answer_again(source=source, control_id=control_id, digest=digest)
    if state is MessageState.PROCESSED:
        assert incoming.event is not None
        refusal = _apply(SYSTEM, incoming.event, source)
        if refusal is not None:
            state, problems = MessageState.QUARANTINED, [refusal]
            InboundMessage.objects.filter(pk=message_id).update(state=state, **_first(problems))
    quarantine_id = None
    if state is MessageState.QUARANTINED:
        quarantine_id = _quarantine(message_id, incoming.event, problems)
    return Receipt(
        state=state.value,
        ack_code=_ACKS[state],
        text=_KEPT_TEXT if state is MessageState.KEPT else _text_of(problems),
        message_id=message_id,
        quarantine_id=quarantine_id,
        problems=tuple(problems),
    )


def _judge(incoming: Incoming) -> tuple[MessageState, list[Problem], list[dict[str, str]]]:
    """(state if the record takes it, problems, warnings)."""
    event = incoming.event
    if event is None:
        problem = incoming.problem or Problem("unreadable", "", "报文无法读取")
        return (MessageState.REFUSED if incoming.is_refused else MessageState.QUARANTINED), [problem], []
    warnings = [{"code": w.code, "field": w.field, "message": w.message_zh} for w in event.warnings]
    if event.kind is EventKind.STORED_ONLY:
        return MessageState.KEPT, [], warnings
    problems = validate(event, clock.today(), clock.now())
    for found in find_warnings(event, clock.today()):
        warnings.append({"code": found.code, "field": found.field, "message": found.message_zh})
    return (MessageState.QUARANTINED if problems else MessageState.PROCESSED), problems, warnings


def _insert_message(**values: Any) -> int | None:
    """The new row's id, None when this message is here already.

    One statement: of two copies at the same moment the second waits for the first one's commit and then finds it.
    """
    columns = ", ".join(values)
    places = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO intake_inboundmessage ({columns}, repeats) VALUES ({places}, 0)"  # noqa: S608
            " ON CONFLICT (source, control_id, sha256) DO NOTHING RETURNING id",
            list(values.values()),
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _answer_again(*, source: str, control_id: str, digest: str) -> Receipt:
    messages = InboundMessage.objects.filter(source=source, control_id=control_id, sha256=digest)
    messages.update(repeats=F("repeats") + 1)
    row = messages.values("id", "state", "problem_code", "problem_text", "quarantined_row__id").get()
    state = MessageState(row["state"])
    fault = _ACKS[state] is not AckCode.ACCEPT
    problem = Problem(row["problem_code"], "", row["problem_text"])
    return Receipt(
        state=state.value,
        ack_code=_ACKS[state],
        text=_KEPT_TEXT if state is MessageState.KEPT else row["problem_text"] if fault else "",
        message_id=row["id"],
        quarantine_id=row["quarantined_row__id"] if fault else None,
        duplicate=True,
        problems=(problem,) if fault else (),
    )


def _apply(actor: Actor, event: CanonicalEvent, source: str) -> Problem | None:
    """Write the event to the record; the reason where it does not take it, with nothing of it left."""
    system = event.source.facility or event.source.system or source
    try:
        with transaction.atomic():
            apply_event(actor=actor, event=event, source_system=system)
    except DomainError as error:
        return Problem(error.code, "", error.detail)
    except (DataError, IntegrityError) as error:
        logger.warning("the database refused message %s of %s: %s", event.control_id, source, error)
        return _explain_refusal(error)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # A fault of ours must not make the sender repeat the message for ever and block what follows it.
        logger.exception("message %s of %s could not be applied", event.control_id, source)
        return Problem("internal_error", "", "系统处理此报文时出错，报文已保存，请联系系统管理员后重新处理")
    return None


def _explain_refusal(error: Exception) -> Problem:
    state = _state_of(error)
    if state == "22001":
        limit = re.search(r"\((\d+)\)", str(error))
        most = f"{limit[1]} 个字符" if limit else "可存长度"
        return Problem("too_long", "", f"有一项内容超过{most}，请缩短后重发")
    if isinstance(error, IntegrityError):
        return Problem("conflict", "", "与已有记录冲突，请核对就诊号、病历号是否重复使用")
    return Problem("not_storable", "", "有一项内容数据库不能保存，请核对数值与时间是否在合理范围")


def _state_of(error: BaseException) -> str:
    return str(getattr(error.__cause__, "sqlstate", "") or "")


def _first(problems: list[Problem]) -> dict[str, str]:
    if not problems:
        return {"problem_code": "", "problem_text": ""}
    return {"problem_code": problems[0].code[:40], "problem_text": _text_of(problems)[:300]}


def _text_of(problems: list[Problem]) -> str:
    return "；".join(problem.message_zh for problem in problems)


def _quarantine(message_id: int, event: CanonicalEvent | None, problems: list[Problem]) -> int:
    row = QuarantinedRow.objects.create(
        message_id=message_id,
        problems=[_problem_row(problem) for problem in problems],
        summary=_summarise(event)[:200],
        created_at=clock.now(),
    )
    return row.pk


def _problem_row(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.code,
        "field": problem.field,
        "message": problem.message_zh,
        "value_masked": problem.value_masked,
    }


def _summarise(event: CanonicalEvent | None) -> str:
    """Enough for the IT of the hospital to find the case, and no more."""
    if event is None:
        return ""
    parts = [mask_name(event.patient.name) if event.patient else ""]
    if event.encounter and event.encounter.visit_no:
        parts.append(f"就诊号 {event.encounter.visit_no}")
    return " ".join(part for part in parts if part)


@transaction.atomic
def view_row(*, actor: Actor, row_id: int) -> dict[str, Any]:
    """selectors.quarantine_detail, and the trail row of having looked. Raises NotFound."""
    detail = selectors.quarantine_detail(actor, row_id)
    record(
        actor_id=actor.id, actor_name=actor.name, action="intake.quarantine.viewed",
        object_type="quarantined_row", object_id=row_id,
    )  # fmt: skip
    return detail


@transaction.atomic
def replay_row(*, actor: Actor, row_id: int, corrections: Mapping[str, Any]) -> None:
    """Put the corrections in, judge again and write. Without corrections: try as it is (a fault of ours was mended).

    Raises NotFound, RowClosed, NotCorrectable, InvalidInput (a pointer or value), StillFaulty.
    """
    row = _open_row(actor, row_id)
    message = row.message
    incoming = ports.reader_of(message.format)(decrypt_bytes(message.raw_enc))
    if incoming.event is None:
        raise NotCorrectable(incoming.problem.message_zh if incoming.problem else "")
    event = correct_event(incoming.event, corrections)
    problems = validate(event, clock.today(), clock.now())
    if not problems:
        refusal = _apply(actor, event, message.source)
        problems = [refusal] if refusal is not None else []
    if problems:
        raise StillFaulty(
            _text_of(problems),
            errors=[
                FieldError(
                    body_pointer(pointer_of(problem.field)) if problem.field else "/corrections",
                    problem.code,
                    problem.message_zh,
                )
                for problem in problems
            ],
        )
    # The values stay as evidence, sealed: an ID number must not lie open in a table of corrections.
    row.corrections = {
        pointer: {
            "masked": mask_value(pointer, value),
            "sealed": base64.b64encode(encrypt_text(value)).decode(),
        }
        for pointer, value in corrections.items()
    }
    _close(row, actor, RowState.REPLAYED, "更正后入库" if corrections else "重新处理后入库")
    InboundMessage.objects.filter(pk=message.pk).update(state=MessageState.PROCESSED)
    record(
        actor_id=actor.id, actor_name=actor.name, action="intake.quarantine.replayed",
        object_type="quarantined_row", object_id=row.pk, corrected=sorted(corrections),
    )  # fmt: skip


@transaction.atomic
def discard_row(*, actor: Actor, row_id: int, reason: str) -> None:
    """The message stays, and its row says who set it aside and why. Raises NotFound, RowClosed, InvalidInput."""
    row = _open_row(actor, row_id)
    reason = reason.strip()
    if not reason:
        raise InvalidInput.at("/reason", "required", "请填写作废理由")
    _close(row, actor, RowState.DISCARDED, reason)
    record(
        actor_id=actor.id, actor_name=actor.name, action="intake.quarantine.discarded",
        object_type="quarantined_row", object_id=row.pk, reason=reason,
    )  # fmt: skip


def _open_row(actor: Actor, row_id: int) -> QuarantinedRow:
    rows = visible_to(actor, QuarantinedRow.objects.filter(pk=row_id))
    row = rows.select_for_update(of=("self",)).select_related("message").first()
    if row is None:
        raise NotFound()
    if row.state != RowState.OPEN:
        raise RowClosed()
    return row


def _close(row: QuarantinedRow, actor: Actor, state: RowState, resolution: str) -> None:
    row.state = state
    row.resolution = resolution[:300]
    row.resolved_at = clock.now()
    row.resolved_by_name = actor.name
    row.save()
