"""Answers, read back with our reader and with the hl7 library."""

from datetime import datetime

import hl7
import pytest

from integrations.hl7v2.ack import AckProblem, build_ack, build_reject
from integrations.hl7v2.errors import AckCode, HL7Error
from integrations.hl7v2.reader import parse
from integrations.hl7v2.tests.samples import build, list_foreign_samples
from integrations.hl7v2.times import SHANGHAI

pytestmark = pytest.mark.req("C20")
AT = datetime(2026, 11, 20, 10, 16, tzinfo=SHANGHAI)


def make_sent(version: str, declared: str = "", charset: str = "utf-8") -> bytes:
    tail = f"||||||{declared}" if declared else ""
    return build(
        f"MSH|^~\\&|医院HIS|H1|JL|T1|20261120||ADT^A03^ADT_A03|C9|T|{version}{tail}", charset=charset
    )


def test_an_accept_is_exact() -> None:
    answer = build_ack(parse(make_sent("2.4")), AckCode.ACCEPT, control_id="J1", at=AT)
    assert answer.decode() == ("MSH|^~\\&|JL|T1|医院HIS|H1|20261120101600||ACK^A03^ACK|J1|T|2.4\rMSA|AA|C9\r")


@pytest.mark.parametrize(
    ("version", "expected"), [("2.2", "ACK"), ("2.3", "ACK^A03"), ("2.5.1", "ACK^A03^ACK")]
)
def test_the_type_follows_the_version(version: str, expected: str) -> None:
    answer = parse(build_ack(parse(make_sent(version)), AckCode.ACCEPT, control_id="J1", at=AT))
    assert answer["MSH"].field(9).raw == expected
    assert answer.version == version


@pytest.mark.parametrize("declared", ["", "GB 18030-2000"])
def test_a_gbk_sender_gets_gbk_bytes_and_its_own_msh_18(declared: str) -> None:
    problem = AckProblem("姓名为空", 101, "PID", 3, 5)
    message = parse(make_sent("2.4", declared, "gb18030"))
    answer = build_ack(message, AckCode.ERROR, control_id="J1", at=AT, problems=[problem])
    text = answer.decode("gb18030")
    assert "医院HIS" in text
    assert "姓名为空" in text
    assert parse(answer).value("MSH-18") == declared


def test_an_error_is_placed_as_the_version_asks() -> None:
    problem = AckProblem("姓名为空|请补录", 101, "PID", 3, 5)
    new = parse(build_ack(parse(make_sent("2.5")), AckCode.ERROR, control_id="J1", at=AT, problems=[problem]))
    assert new["ERR"].raw == ("ERR||PID^3^5|101^Required field missing^HL70357|E||||姓名为空\\F\\请补录")
    assert (new.value("MSA-1"), new.value("MSA-2"), new.value("MSA-3")) == ("AE", "C9", "姓名为空|请补录")
    old = parse(build_ack(parse(make_sent("2.3")), AckCode.ERROR, control_id="J1", at=AT, problems=[problem]))
    assert old["ERR"].raw == "ERR|PID^3^5^101&姓名为空\\F\\请补录&HL70357"


def test_bytes_that_cannot_be_parsed_are_rejected_to_their_sender() -> None:
    error = HL7Error(
        "undecodable", "无法解码", segment="MSH", segment_no=1, field_no=18, ack_code=AckCode.REJECT
    )
    answer = parse(build_reject(make_sent("2.5") + b"\rPID|\xff", error, control_id="J1", at=AT))
    assert (answer.value("MSH-5"), answer.value("MSA-1"), answer.value("MSA-2")) == ("医院HIS", "AR", "C9")
    assert answer.value("ERR-2.3") == "18"
    anonymous = parse(build_reject(b"\xff\xff", error, control_id="J1", at=AT))
    assert (anonymous.value("MSA-1"), anonymous.value("MSA-2"), anonymous.value("MSA-3")) == (
        "AR",
        "",
        "无法解码",
    )


def test_every_foreign_sample_gets_an_answer_that_the_hl7_library_reads() -> None:
    for file in list_foreign_samples():
        message = parse(file.read_bytes())
        answer = build_ack(message, AckCode.ACCEPT, control_id="J1", at=AT)
        theirs = hl7.parse(answer.decode(message.charset))
        assert str(theirs.segment("MSA")[2]) == message.control_id, file.name
        assert str(theirs.segment("MSH")[10]) == "J1"
