"""The answer to a message (HL7 chapter 2.9.2, original mode), in the sender's separators and charset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations.hl7v2.errors import AckCode, HL7Error
from integrations.hl7v2.reader import Message, parse
from integrations.hl7v2.separators import STANDARD, Separators
from integrations.hl7v2.times import format_timestamp

_CONDITIONS = {
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    201: "Unsupported event code",
    207: "Application internal error",
}


@dataclass(frozen=True, slots=True)
class AckProblem:
    """One ERR segment: where it is wrong, the condition of table 0357, and the words for the user."""

    message_zh: str
    condition: int = 207
    segment: str = ""
    segment_no: int = 0
    field_no: int = 0

    @classmethod
    def from_error(cls, error: HL7Error) -> "AckProblem":
        """Carry over the place and the words of an error."""
        return cls(error.message_zh, error.condition, error.segment, error.segment_no, error.field_no)


def build_ack(
    message: Message,
    code: AckCode,
    *,
    control_id: str,
    at: datetime,
    problems: Sequence[AckProblem] = (),
) -> bytes:
    """Return the bytes to send back; `control_id` is the answer's own MSH-10 and must be unique.

    Call it for AA only when the message is stored durably: after that the sender forgets it.
    """
    header, separators = message.header, message.separators
    f = separators.field
    version = message.version or "2.4"
    fields = [
        "MSH",
        separators.encoding_characters,
        header.field(5).raw,
        header.field(6).raw,
        header.field(3).raw,
        header.field(4).raw,
        format_timestamp(at),
        "",
        _state_type(message, version),
        control_id,
        header.field(11).raw or "P",
        header.field(12).raw or version,
    ]
    if charset := header.field(18).raw:
        fields += [""] * 5 + [charset]
    text = separators.escape_text("；".join(problem.message_zh for problem in problems)[:80])
    lines = [f.join(fields), f.join(["MSA", code.value, header.field(10).raw, *([text] if text else [])])]
    lines += [_state_error(problem, separators, version) for problem in problems]
    return ("\r".join(lines) + "\r").encode(message.charset, "replace")


def build_reject(raw: bytes, error: HL7Error, *, control_id: str, at: datetime) -> bytes:
    """Answer bytes that could not be parsed, with as much of their header as can be made out."""
    problem = AckProblem.from_error(error)
    start = raw[:65536].find(b"MSH")
    if start >= 0:
        header = raw[start : start + 4096].replace(b"\n", b"\r").split(b"\r", 1)[0]
        try:
            message = parse(header)
        except HL7Error:
            pass
        else:
            return build_ack(message, error.ack_code, control_id=control_id, at=at, problems=(problem,))
    anonymous = parse(f"MSH|{STANDARD.encoding_characters}|||||||||P|2.4".encode())
    return build_ack(anonymous, error.ack_code, control_id=control_id, at=at, problems=(problem,))


def _state_type(message: Message, version: str) -> str:
    component = message.separators.component
    trigger = message.header.value(9, 2)
    if not trigger or version < "2.3":
        return "ACK"
    return component.join(["ACK", trigger, "ACK"] if version >= "2.4" else ["ACK", trigger])


def _state_error(problem: AckProblem, separators: Separators, version: str) -> str:
    """Return ERR: since v2.5 with location, condition and severity apart; before that all in ERR-1 (ELD)."""
    c, s = separators.component, separators.subcomponent
    text = separators.escape_text(problem.message_zh)
    location = [problem.segment, str(problem.segment_no or ""), str(problem.field_no or "")]
    meaning = _CONDITIONS.get(problem.condition, "")
    if version < "2.5":
        condition = s.join([str(problem.condition), text, "HL70357"])
        return separators.field.join(["ERR", c.join([*location, condition])])
    return separators.field.join(
        [
            "ERR",
            "",
            c.join(location).rstrip(c),
            c.join([str(problem.condition), meaning, "HL70357"]),
            "E",
            "",
            "",
            "",
            text,
        ]
    )
