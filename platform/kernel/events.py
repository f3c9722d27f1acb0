"""The outbox: a fact is a row written with the change that made it true; each wired handler gets a job."""

from collections.abc import Callable
from typing import Any

from kernel import clock, jobs
from kernel.models import OutboxEvent

_subscriptions: dict[str, list[str]] = {}


def subscribe(event_type: str, handler_name: str, handler: Callable[..., object]) -> None:
    """Called by config/wiring.py only. `handler_name` is the job's name and must stay stable across releases."""
    names = _subscriptions.setdefault(event_type, [])
    if handler_name not in names:
        names.append(handler_name)
    jobs.register(handler_name, handler)


def subscriptions() -> dict[str, tuple[str, ...]]:
    return {event_type: tuple(names) for event_type, names in _subscriptions.items()}


def publish(event_type: str, **payload: Any) -> OutboxEvent:
    """Write the event and its deliveries in the present transaction. Ids travel, objects never."""
    event = OutboxEvent.objects.create(type=event_type, payload=payload, occurred_at=clock.now())
    for name in _subscriptions.get(event_type, ()):
        jobs.enqueue(name, key=f"event:{event.pk}:{name}", **payload)
    return event
