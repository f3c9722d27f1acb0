"""One HL7 v2 message in, one acknowledgement out."""

import logging
import secrets
import threading
import time
from dataclasses import replace

from django.db import Error

from integrations.hl7v2.ack import AckProblem, build_ack, build_reject
from integrations.hl7v2.errors import AckCode, HL7Error
from integrations.hl7v2.mapper import map_message
from integrations.hl7v2.reader import Message, parse
from integrations.intake import services as intake
from integrations.intake.contracts import Incoming, Problem, Receipt
from kernel import clock
from kernel.tenancy import bind_schema
from tenants.registry.selectors import find_schema_by_facility

logger = logging.getLogger("hl7v2")
FORMAT = "hl7v2"
_FACILITY_SECONDS = 30.0
_MAX_FACILITIES = 1000
_facilities: dict[tuple[str, ...], tuple[float, str | None]] = {}
_lock = threading.Lock()


def read(raw: bytes) -> Incoming:
    """The reader of this format (intake.ports): nothing is raised, what cannot be read is said."""
    try:
        message = parse(raw)
    except HL7Error as error:
        return Incoming(problem=_problem_of(error), is_refused=True)
    return _read_message(message)


def receive(*, raw: bytes) -> Receipt:
    """Take one message of the bound tenant in (see intake.services.receive, which says what is raised)."""
    try:
        message = parse(raw)
    except HL7Error as error:
        incoming = Incoming(problem=_problem_of(error), is_refused=True)
        return intake.receive(source="", format=FORMAT, raw=raw, incoming=incoming)
    return _receive_message(message)


def answer(raw: bytes, *, default_schema: str | None = None) -> bytes:
    """The acknowledgement of one frame; the message is committed before it is returned.

    MSH-4 (else MSH-3) chooses the tenant, else `default_schema`. Raises nothing: while the database is away the
    answer is AE, upon which the sender repeats.
    """
    at = clock.now()
    control_id = secrets.token_hex(10)
    try:
        return _answer(raw, default_schema, control_id)
    except Error as error:
        logger.error("a message could not be stored: %s", error)
        fault = HL7Error(
            "unavailable", "数据库暂时不可用，报文未保存，请稍后重发", ack_code=AckCode.ERROR, condition=207
        )
    except Exception:
        logger.exception("a message could not be answered")
        fault = HL7Error("internal_error", "系统出错，报文未保存，请稍后重发", condition=207)
    return build_reject(raw, fault, control_id=control_id, at=at)


def _answer(raw: bytes, default_schema: str | None, control_id: str) -> bytes:
    try:
        message = parse(raw)
    except HL7Error as error:
        logger.warning("an unreadable frame of %s bytes: %s", len(raw), error)
        if default_schema is not None:
            with bind_schema(default_schema):
                receive(raw=raw)
        return build_reject(raw, error, control_id=control_id, at=clock.now())
    schema = find_schema(message) or default_schema
    if schema is None:
        facility = message.header.value(4) or message.header.value(3)
        logger.warning("a message of the unknown sender %r", facility[:40])
        fault = AckProblem(
            f"没有机构登记为接收“{facility[:40]}”的报文，请核对MSH-4，或请系统管理员登记发送机构",
            condition=103,
            segment="MSH",
            segment_no=1,
            field_no=4,
        )
        return build_ack(message, AckCode.REJECT, control_id=control_id, at=clock.now(), problems=(fault,))
    with bind_schema(schema):
        receipt = _receive_message(message)
    problems = [AckProblem(problem.message_zh) for problem in receipt.problems]
    return build_ack(
        message, AckCode(receipt.ack_code.value), control_id=control_id, at=clock.now(), problems=problems
    )


def find_schema(message: Message) -> str | None:
    """The tenant that registered the sending facility or application; remembered for 30 s."""
    names = tuple(name for name in (message.header.value(4), message.header.value(3)) if name)
    if not names:
        return None
    moment = time.monotonic()
    entry = _facilities.get(names)
    if entry is not None and entry[0] > moment:
        return entry[1]
    schema = find_schema_by_facility(names)
    with _lock:
        if len(_facilities) >= _MAX_FACILITIES:  # invented names must not fill the memory
            _facilities.clear()
        _facilities[names] = (moment + _FACILITY_SECONDS, schema)
    return schema


def forget_facilities() -> None:
    """After a tenant was added in this process; others follow within 30 s."""
    with _lock:
        _facilities.clear()


def _receive_message(message: Message) -> Receipt:
    header = message.header
    source = "|".join(part for part in (header.value(4), header.value(3)) if part)
    return intake.receive(source=source, format=FORMAT, raw=message.raw, incoming=_read_message(message))


def _read_message(message: Message) -> Incoming:
    known = Incoming(
        control_id=message.control_id, message_type=message.type, charset=message.charset, is_refused=False
    )
    try:
        return replace(known, event=map_message(message))
    except HL7Error as error:
        refused = error.ack_code is AckCode.REJECT
        return replace(known, problem=_problem_of(error), is_refused=refused)
    except Exception:
        logger.exception("message %s could not be mapped", message.control_id)
        problem = Problem("internal_error", "", "系统读取此报文时出错，报文已保存，请联系系统管理员")
        return replace(known, problem=problem)


def _problem_of(error: HL7Error) -> Problem:
    text = f"{error.position}：{error.message_zh}" if error.position else error.message_zh
    return Problem(error.code, "", text)
