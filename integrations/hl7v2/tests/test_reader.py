"""The reader: structure, charsets, escapes, errors, speed of the split."""

import codecs
import time

import hl7
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrations.hl7v2.errors import AckCode, HL7Error
from integrations.hl7v2.mapper import map_message
from integrations.hl7v2.reader import Message, Path, parse, parse_path
from integrations.hl7v2.separators import STANDARD, Separators
from integrations.hl7v2.tests.samples import DISCHARGE, DISCHARGE_LINES, build, list_foreign_samples

pytestmark = pytest.mark.req("S1", "C19", "C20")
HEADER = "MSH|^~\\&|HIS|H1|JL|H1|20261120||ADT^A08|C1|P|2.4"


def read(*lines: str, end: str = "\r") -> Message:
    return parse(build(HEADER, *lines, end=end))


def test_values_are_found_by_path_and_by_segment() -> None:
    message = parse(DISCHARGE.encode())
    assert (message.type, message.control_id, message.version) == ("ADT^A03", "C0001", "2.4")
    assert message.value("MSH-1") == "|"
    assert message.value("MSH-2") == "^~\\&"
    assert message.value("MSH-9.3") == "ADT_A03"
    assert message.value("PID-3[2].4") == "2.16.156.10011.1.3"
    assert message.value("PV1-19.1") == "ZY001"
    assert message.value("DG1[2]-3.2") == "膝关节病"
    assert message.value("DG1[3]-3") == ""
    assert message.value("OBX-5") == ""
    assert [item.value for item in message["PID"].field(13).repetitions()] == ["13812345678", "0717-6221234"]
    assert message["PID"].field(11).component(9) == "枝江市"
    assert message["PV1"].field(3).repetition(1).components()[:4] == ("GK1", "301", "05", "HB0001")
    assert [segment.value(1) for segment in message.segments("DG1")] == ["1", "2"]
    assert len(message["EVN"]) == 2
    assert "PR1" in message
    assert "OBX" not in message


def test_z_segments_and_raw_bytes_are_kept() -> None:
    raw = DISCHARGE.encode("gb18030")
    message = parse(raw)
    assert message.raw is raw
    assert message["ZYB"].value(2) == "自费"
    assert [segment.name for segment in message.segments()] == [line[:3] for line in DISCHARGE_LINES]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_any_line_end_separates_segments(end: str) -> None:
    message = parse(build(*DISCHARGE_LINES, end=end) + end.encode())
    assert [segment.raw for segment in message.segments()] == list(DISCHARGE_LINES)


def test_leading_blank_lines_and_indentation_are_forgiven() -> None:
    message = parse(b"\r\n  " + build(HEADER, "  PID|1||7", "PV1"))
    assert message.value("PID-3") == "7"
    assert message["PV1"].raw == "PV1"


def test_a_line_end_inside_free_text_does_not_make_a_segment() -> None:
    message = read("OBX|1|TX|X||第一行", "第二行|N", "OBX|2|TX|Y||z", end="\n")
    assert [segment.number for segment in message.segments()] == [1, 2, 3]
    assert message.value("OBX-5") == "第一行\n第二行"


def test_other_separators_are_honoured() -> None:
    message = parse(b"MSH#*@!%#HIS#H1#####ADT*A08#C1#P#2.4\rPID#1##7*a%b@8##A!F!B")
    assert message.type == "ADT^A08"
    assert message.value("PID-3.2.2") == "b"
    assert message.value("PID-3[2]") == "8"
    assert message.value("PID-5") == "A#B"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("a\\F\\b", "a|b"),
        ("a\\S\\b", "a^b"),
        ("a\\T\\b", "a&b"),
        ("a\\R\\b", "a~b"),
        ("a\\E\\b", "a\\b"),
        ("a\\X0D0A\\b", "a\r\nb"),
        ("\\XE5BCA0\\三", "张三"),
        ("a\\.br\\b", "a\nb"),
        ("a\\.sp2\\b", "a\n\nb"),
        ("\\H\\粗\\N\\", "粗"),
        ("a\\Z1\\b", "a\\Z1\\b"),
        ("C:\\temp", "C:\\temp"),
        ("\\", "\\"),
        ("a\\\\b", "a\\\\b"),
        ("\\X0\\", "\\X0\\"),
    ],
)
def test_escapes(sent: str, meant: str) -> None:
    assert read(f"OBX|1|TX|X||{sent}").value("OBX-5") == meant.strip()


def test_hex_escapes_are_in_the_charset_of_the_message() -> None:
    raw = build(HEADER, "PID|1||7||\\XD5C5\\三", charset="gb18030")
    assert parse(raw).value("PID-5") == "张三"


@given(st.text())
@example("\\.br\\|^&~\r\n")
def test_an_escaped_text_comes_back(text: str) -> None:
    for separators in (STANDARD, Separators("#", "*", "@", "!", "%")):
        escaped = separators.escape_text(text)
        assert separators.unescape_text(escaped) == text
        assert not set(escaped) & {separators.field, separators.component, separators.repetition, "\r", "\n"}


def test_null_and_absent_are_told_apart() -> None:
    message = read('PID|1||7||""|')
    assert message["PID"].field(5).is_null
    assert not message["PID"].field(6).is_null
    assert not message["PID"].field(5)
    assert message.value("PID-5") == message.value("PID-6") == message.value("PID-99") == ""
    assert message["PID"].field(5).repetitions() == ()


@pytest.mark.parametrize(
    ("declared", "charset", "expected"),
    [
        ("", "utf-8", "utf-8"),
        ("", "gb18030", "gb18030"),
        ("UNICODE UTF-8", "utf-8", "utf-8"),
        ("GB 18030-2000", "gb18030", "gb18030"),
        ("GBK", "gbk", "gb18030"),
        ("BIG-5", "big5", "big5"),
    ],
)
def test_the_charset_is_found(declared: str, charset: str, expected: str) -> None:
    message = parse(build(f"{HEADER}||||||{declared}", "PID|1||7||張三", charset=charset))
    assert (message.charset, message.value("PID-5"), message.has_charset_mismatch) == (
        expected,
        "張三",
        False,
    )
    assert message.declared_charset == declared


def test_a_bom_and_a_wrong_declaration_are_survived() -> None:
    text = f"{HEADER}||||||UNICODE UTF-8\rPID|1||7||张三"
    assert parse(codecs.BOM_UTF8 + text.encode()).value("PID-5") == "张三"
    assert parse(codecs.BOM_UTF16_LE + text.encode("utf-16-le")).value("PID-5") == "张三"
    wrong = parse(text.encode("gb18030"))
    assert (wrong.charset, wrong.value("PID-5"), wrong.has_charset_mismatch) == ("gb18030", "张三", True)


def test_short_gbk_that_is_valid_utf_8_by_accident_is_read_as_chinese() -> None:
    assert "医院".encode("gb18030").decode("utf-8") == "ҽԺ"
    message = parse(build(HEADER.replace("HIS", "医院"), charset="gb18030"))
    assert (message.charset, message.value("MSH-3")) == ("gb18030", "医院")
    units = parse(build(HEADER, "OBX|1|NM|CREA||82|μmol/L±° ǎ"))
    assert (units.charset, units.value("OBX-6")) == ("utf-8", "μmol/L±° ǎ")


def test_gbk_characters_that_contain_separator_bytes_stay_whole() -> None:
    # The second byte of these is |, ^, ~ or a backslash.
    name = "".join(
        character
        for character in map(chr, range(0x4E00, 0x9FA5))
        if len(code := character.encode("gb18030")) == 2 and chr(code[1]) in "|^~\\"
    )
    assert len(name) > 300
    header = HEADER.replace("|HIS|", f"|{name[:40]}|") + "||||||GB18030"
    message = parse(build(header, f"PID|1||7||{name}", charset="gb18030"))
    assert message.value("PID-5") == name
    assert message.value("MSH-3") == name[:40]
    assert message.declared_charset == "GB18030"


@pytest.mark.parametrize(
    ("raw", "code", "position"),
    [
        (b"", "empty", ""),
        (b" \r\n ", "empty", ""),
        (b"hello", "not_hl7", ""),
        (b"{}", "not_hl7", ""),
        (b"PID|1||7", "no_msh", "MSH"),
        (b"PID|1||7\rMSH|^~\\&|", "msh_not_first", "MSH"),
        (b"BHS|^~\\&|HIS\rMSH|^~\\&|", "batch", "BHS"),
        (b"MSH", "bad_separators", "MSH-1"),
        (b"MSH|^~\\|HIS|H1", "bad_separators", "MSH-2"),
        (b"MSH|^~\\^|HIS|H1", "bad_separators", "MSH-2"),
        (b"MSH|^~\\A|HIS|H1", "bad_separators", "MSH-2"),
        (b"MSH|^~\\&#!|HIS|H1", "bad_separators", "MSH-2"),
        (b"MSH ^~\\& HIS H1", "bad_separators", "MSH-2"),
        (b"MSH|^~\\&|HIS\rPID|\xff\xff", "undecodable", "MSH-18"),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(raw: bytes, code: str, position: str) -> None:
    with pytest.raises(HL7Error) as caught:
        parse(raw)
    error = caught.value
    assert (error.code, error.ack_code) == (code, AckCode.REJECT)
    assert error.position.split("（")[0] == position


def test_the_size_limit_holds_before_anything_is_decoded() -> None:
    assert parse(HEADER.encode(), max_bytes=len(HEADER)).control_id == "C1"
    with pytest.raises(HL7Error) as caught:
        parse(HEADER.encode() + b"x", max_bytes=len(HEADER))
    assert caught.value.code == "too_large"


def test_a_missing_segment_is_named() -> None:
    with pytest.raises(HL7Error) as caught:
        read("PID|1")["PV1"]
    assert (caught.value.code, caught.value.segment, str(caught.value)) == (
        "missing_segment",
        "PV1",
        "PV1：缺少必需的PV1段",
    )


def test_paths_are_checked() -> None:
    assert parse_path("PID-3[2].4.1") == Path("PID", 1, 3, 2, 4, 1)
    assert parse_path("OBX[5]-5") == Path("OBX", 5, 5, 1, 1, 1)
    for wrong in ("PID", "PID-", "pid-3", "PID-3.", "PID-x"):
        with pytest.raises(ValueError, match="not an HL7 path"):
            parse_path(wrong)


def _exercise(raw: bytes) -> None:
    try:
        message = parse(raw)
        for segment in message.segments():
            for number in range(len(segment) + 2):
                for repetition in segment.field(number).repetitions():
                    assert isinstance(repetition.text, str)
                    assert len(repetition.components()) >= 1
        map_message(message)
    except HL7Error as error:
        assert error.message_zh  # noqa: PT017 - either outcome is right


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_an_hl7_error(raw: bytes) -> None:
    _exercise(raw)
    _exercise(b"MSH|^~\\&|" + raw)
    _exercise(b"MSH" + raw)


@settings(max_examples=150)
@given(st.integers(0, len(DISCHARGE.encode()) - 1), st.integers(0, 40), st.binary(max_size=6))
def test_a_damaged_message_raises_nothing_but_an_hl7_error(at: int, length: int, patch: bytes) -> None:
    raw = DISCHARGE.encode()
    _exercise(raw[:at] + patch + raw[at + length :])


FIELD_TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), blacklist_characters="|^~\\&\ufeff"),
    max_size=8,
)


@settings(max_examples=60)
@given(st.lists(st.lists(st.lists(FIELD_TEXT, min_size=1, max_size=3), min_size=1, max_size=6), max_size=4))
def test_the_hl7_library_reads_the_same_components(segments: list[list[list[str]]]) -> None:
    lines = [
        f"ZZ{number}|" + "|".join("^".join(field) for field in fields)
        for number, fields in enumerate(segments)
    ]
    # Declared, as single rare letters are taken for accidental GBK otherwise.
    header = f"{HEADER}||||||UNICODE UTF-8"
    ours = parse(build(header, *lines))
    theirs = hl7.parse("\r".join([header, *lines]))
    for number, fields in enumerate(segments):
        for at in range(1, len(fields) + 1):
            field = theirs.segment(f"ZZ{number}")[at]
            expected = (
                [str(component) for component in field[0]]
                if isinstance(field[0], hl7.Repetition)
                else [str(field)]
            )
            assert list(ours[f"ZZ{number}"].field(at).repetition(1).components()) == expected


def test_the_hl7_library_agrees_on_the_foreign_samples() -> None:
    for file in list_foreign_samples():
        raw = file.read_bytes()
        ours = parse(raw)
        theirs = hl7.parse("\r".join(raw.decode("utf-8-sig").splitlines()))
        assert [segment.name for segment in ours.segments()] == [str(item[0]) for item in theirs], file.name
        for segment, other in zip(ours.segments(), theirs, strict=True):
            if segment.name != "MSH":
                expected = [str(other[at]) for at in range(1, len(other))]
                assert [segment.field(at).raw for at in range(1, len(segment) + 1)] == expected, file.name


def test_the_split_keeps_the_order_of_magnitude_of_its_target() -> None:
    """The target is 50,000 a second; a fifth of it leaves room for a busy test machine."""
    raw = DISCHARGE.encode()
    started = time.perf_counter()
    for _ in range(2000):
        parse(raw)
    assert 2000 / (time.perf_counter() - started) > 10_000
