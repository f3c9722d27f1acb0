"""From an HL7 v2 message to the canonical event that every way in delivers."""

from dataclasses import replace

from integrations.hl7v2.errors import AckCode, HL7Error
from integrations.hl7v2.mapper.codes import COMMON_PROFILE, EVENT_KINDS, STORED_ONLY_TYPES, MappingProfile
from integrations.hl7v2.mapper.encounter import map_diagnoses, map_encounter, map_operations
from integrations.hl7v2.mapper.labs import map_lab_reports
from integrations.hl7v2.mapper.patient import map_merge, map_patient
from integrations.hl7v2.mapper.reading import Reading
from integrations.hl7v2.reader import Message
from integrations.intake.contracts import CanonicalEvent, EventKind, SourceData

__all__ = ["MappingProfile", "classify_message", "map_message"]


def classify_message(message: Message) -> EventKind:
    """Return what the message is about, or raise `HL7Error` (AR) for a type that is not accepted."""
    message_type = message.type
    if kind := EVENT_KINDS.get(message_type):
        return kind
    name, _, trigger = message_type.partition("^")
    if name in STORED_ONLY_TYPES:
        return EventKind.STORED_ONLY
    known = name in {"ADT", "ORU"}
    raise HL7Error(
        "unsupported_event" if known else "unsupported_type",
        f"不支持的报文类型“{message_type[:20]}”，可接收ADT（A01至A05、A08、A11、A13、A31、A34、A36、A40）、"
        "ORU^R01，以及ORM、OMG、OML、RDE、MDM、SIU、DFT"
        if trigger or not known
        else f"{name}报文缺少触发事件（MSH-9第2部分或EVN-1）",
        segment="MSH",
        segment_no=1,
        field_no=9,
        ack_code=AckCode.REJECT,
        condition=201 if known else 200,
    )


def map_message(message: Message, profile: MappingProfile = COMMON_PROFILE) -> CanonicalEvent:
    """Map a message; raises `HL7Error` only where the event would have no key or no meaning.

    Whether the content is plausible is for `integrations.intake.rules` to say, so that all ways in are judged
    alike.
    """
    kind = classify_message(message)
    if not message.control_id:
        raise message.header.field(10).error(
            "missing_control_id", "缺少报文控制号，无法保证同一报文只处理一次", condition=101
        )
    reading = Reading(message, profile)
    if message.has_charset_mismatch:
        reading.warn(
            "charset_mismatch",
            "MSH-18",
            f"声明的字符集是{message.declared_charset[:20]}，实际按{message.charset}解码",
        )
    header = message.header
    sent_at = reading.read_time(header, 7)
    event = CanonicalEvent(
        kind=kind,
        source=SourceData(
            system=header.value(3),
            facility=header.value(4),
            message_type=message.type,
            version=message.version,
            charset=message.charset,
            sent_at=sent_at,
        ),
        control_id=message.control_id,
        occurred_at=reading.read_time(message.get("EVN"), 2) or sent_at,
        patient=map_patient(reading),
    )
    if kind is not EventKind.STORED_ONLY:
        event = _map_details(event, reading)
    return replace(event, warnings=tuple(reading.warnings))


def _map_details(event: CanonicalEvent, reading: Reading) -> CanonicalEvent:
    if event.patient is None:
        raise HL7Error("missing_segment", "缺少PID段（患者基本信息）", segment="PID", condition=100)
    if event.kind is EventKind.MERGE:
        return replace(event, merge=map_merge(reading))
    encounter = map_encounter(reading)
    if event.kind is EventKind.LAB_RESULT:
        reports = map_lab_reports(reading)
        if not reports:
            raise HL7Error("missing_segment", "检验结果报文缺少OBR段", segment="OBR", condition=100)
        return replace(event, encounter=encounter, lab_reports=reports)
    if encounter is None and reading.message.type != "ADT^A31":
        # A31 updates the person and needs no visit.
        raise HL7Error("missing_segment", "缺少PV1段（就诊信息）", segment="PV1", condition=100)
    if (
        event.kind is EventKind.DISCHARGE
        and encounter
        and encounter.discharge_at is None
        and event.occurred_at
    ):
        reading.warn("discharge_time_from_event", "PV1-45", "未提供出院时间，采用EVN-2（事件时间）")
        encounter = replace(encounter, discharge_at=event.occurred_at)
    return replace(
        event,
        encounter=encounter,
        diagnoses=map_diagnoses(reading, encounter),
        operations=map_operations(reading),
    )
