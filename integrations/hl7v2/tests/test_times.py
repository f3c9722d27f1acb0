"""HL7 time stamps."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7v2.times import SHANGHAI, format_timestamp, parse_date, parse_timestamp

pytestmark = pytest.mark.req("C11", "C20")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20261120101530", datetime(2026, 11, 20, 10, 15, 30, tzinfo=SHANGHAI)),
        ("202611201015", datetime(2026, 11, 20, 10, 15, tzinfo=SHANGHAI)),
        ("2026112010", datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)),
        ("20261120", datetime(2026, 11, 20, tzinfo=SHANGHAI)),
        ("2026", datetime(2026, 1, 1, tzinfo=SHANGHAI)),
        ("20261120101530.5", datetime(2026, 11, 20, 10, 15, 30, 500000, tzinfo=SHANGHAI)),
        ("20261120101530.1234+0215", datetime(2026, 11, 20, 8, 0, 30, 123400, tzinfo=UTC)),
        ("20261120101530-0500", datetime(2026, 11, 20, 15, 15, 30, tzinfo=UTC)),
        ("2026-11-20 10:15:30", datetime(2026, 11, 20, 10, 15, 30, tzinfo=SHANGHAI)),
        ("2026/1/2 8:05", datetime(2026, 1, 2, 8, 5, tzinfo=SHANGHAI)),
        ("2026-11-20T10:15:30.25Z", datetime(2026, 11, 20, 10, 15, 30, 250000, tzinfo=UTC)),
    ],
)
def test_stamps_are_read_as_instants(text: str, expected: datetime) -> None:
    found = parse_timestamp(text)
    assert found == expected
    assert found is not None
    assert found.tzinfo is not None


@pytest.mark.parametrize(
    "text", ["20260230", "20261301", "2026112025", "00000000", "99991231", "2026112", "昨天", "20261120+9900"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"时|年|日期"):
        parse_timestamp(text)


def test_empty_is_none_and_another_default_zone_counts() -> None:
    assert parse_timestamp("  ") is None
    assert parse_date("") is None
    zone = timezone(timedelta(hours=3))
    assert parse_timestamp("20261120", zone) == datetime(2026, 11, 20, tzinfo=zone)


def test_a_date_is_taken_as_written_without_its_zone() -> None:
    assert parse_date("198808181126+1215") == date(1988, 8, 18)
    assert parse_date("1988-8-18") == date(1988, 8, 18)
    for wrong in ("1988", "198808", "19880231"):
        with pytest.raises(ValueError, match="日期"):
            parse_date(wrong)


@given(st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_written_stamp_is_read_back(moment: datetime) -> None:
    aware = moment.replace(microsecond=0, tzinfo=SHANGHAI)
    assert parse_timestamp(format_timestamp(aware)) == aware


def test_a_naive_moment_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="aware"):
        format_timestamp(datetime(2026, 1, 1))  # noqa: DTZ001
