"""HL7 time stamps (DTM/TS, chapter 2A) and dates, with the separators that Chinese systems add to them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_COMPACT = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)"
    r"(?:(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?)?)?)?(?P<zone>[+-]\d{4})?",
    re.ASCII,
)
_SEPARATED = re.compile(
    r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})"
    r"(?:[ T](?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?"
    r"(?P<zone>[+-]\d\d:?\d\d|Z)?",
    re.ASCII,
)
# Outside these years a stamp is a placeholder (0001, 9999) and would overflow when converted between zones.
_EARLIEST_YEAR = 1850
_LATEST_YEAR = 2200


def parse_timestamp(text: str, zone: tzinfo = SHANGHAI) -> datetime | None:
    """Return an aware datetime, None for empty text; ValueError (in Chinese) for what is not a time.

    `zone` holds for stamps that carry none, which in Chinese hospitals is nearly all of them. What is missing
    on the right counts from the start: `202601` is 1 January 2026, 00:00.
    """
    text = text.strip()
    if not text:
        return None
    match = _COMPACT.fullmatch(text) or _SEPARATED.fullmatch(text)
    if not match:
        raise ValueError(f"时间格式应为YYYYMMDDHHMMSS，收到的是“{text[:30]}”")
    part = match.groupdict()
    year = _check_year(int(part["year"]))
    stated_zone = _read_zone(part["zone"]) if part["zone"] else zone
    try:
        return datetime(
            year,
            int(part["month"] or 1),
            int(part["day"] or 1),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            int((part["fraction"] or "0").ljust(6, "0")),
            tzinfo=stated_zone,
        )
    except ValueError:
        raise ValueError(f"时间“{text[:30]}”不存在") from None


def parse_date(text: str) -> date | None:
    """Return the calendar date as written (no zone conversion: a birth date is not an instant)."""
    text = text.strip()
    if not text:
        return None
    match = _COMPACT.fullmatch(text) or _SEPARATED.fullmatch(text)
    if not match or not match["day"]:
        raise ValueError(f"日期格式应为YYYYMMDD，收到的是“{text[:30]}”")
    try:
        return date(_check_year(int(match["year"])), int(match["month"]), int(match["day"]))
    except ValueError:
        raise ValueError(f"日期“{text[:30]}”不存在") from None


def format_timestamp(moment: datetime, zone: tzinfo = SHANGHAI) -> str:
    """Return `YYYYMMDDHHMMSS` in a zone, without the zone, as Chinese receivers expect it."""
    if moment.tzinfo is None:
        raise ValueError("format_timestamp needs an aware datetime")
    return moment.astimezone(zone).strftime("%Y%m%d%H%M%S")


def _check_year(year: int) -> int:
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        raise ValueError(f"年份{year}超出{_EARLIEST_YEAR}至{_LATEST_YEAR}")
    return year


def _read_zone(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise ValueError(f"时区{text}无效")
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
