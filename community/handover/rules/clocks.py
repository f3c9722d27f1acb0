"""How long each side has. Hours run through nights and holidays: a green channel does not wait for Monday."""

from datetime import datetime, timedelta

from community.handover.enums import Kind, Urgency

ACCEPT_WITHIN = {Urgency.NORMAL: timedelta(hours=48), Urgency.GREEN: timedelta(hours=2)}
# Somebody over there has seen it. It stops no other clock and lets nothing lapse; both sides see it overdue.
ACKNOWLEDGE_WITHIN = {Urgency.NORMAL: timedelta(hours=4), Urgency.GREEN: timedelta(minutes=30)}
DESK_WITHIN = timedelta(hours=24)


def accept_by(urgency: str, offered_at: datetime) -> datetime:
    return offered_at + ACCEPT_WITHIN[Urgency(urgency)]


def acknowledge_by(kind: str, urgency: str, offered_at: datetime) -> datetime | None:
    """Only an upward referral has to be acknowledged: a sick person is on the way."""
    return offered_at + ACKNOWLEDGE_WITHIN[Urgency(urgency)] if kind == Kind.REFERRAL_UP else None


def desk_by(moment: datetime) -> datetime:
    return moment + DESK_WITHIN
