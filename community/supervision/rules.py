import re
from datetime import date

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def parse_month(text: str) -> date:
    """YYYY-MM → its first day. Raises ValueError."""
    if not _MONTH.fullmatch(text) or text.startswith("0000"):
        raise ValueError(text)
    return date(int(text[:4]), int(text[5:]), 1)


def format_month(month: date) -> str:
    return f"{month:%Y-%m}"


def latest_months(today: date, count: int) -> list[date]:
    """First days of this month and the ones before, newest first."""
    last = today.year * 12 + today.month - 1
    return [date((last - back) // 12, (last - back) % 12 + 1, 1) for back in range(count)]


def compute_rate(part: int, whole: int) -> float | None:
    """Share with four decimals; None (shown as –) when there was nothing to do."""
    return round(part / whole, 4) if whole else None
