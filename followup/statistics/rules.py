from datetime import date


def next_month(month: date) -> date:
    """The first day of the month after the one that `month` lies in."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
