"""Reading patient data leaves a trail row."""

from access.actor import Actor
from trail.services import record


def record_queue_view(*, actor: Actor, rows: int) -> None:
    record(actor_id=actor.id, actor_name=actor.name, action="routing.queue.viewed", rows=rows)


def record_history_view(*, actor: Actor, patient_id: int) -> None:
    record(
        actor_id=actor.id, actor_name=actor.name, action="routing.history.viewed", object_type="patient",
        object_id=patient_id,
    )  # fmt: skip


def record_residences_view(*, actor: Actor, patient_id: int) -> None:
    record(
        actor_id=actor.id, actor_name=actor.name, action="routing.residences.viewed", object_type="patient",
        object_id=patient_id,
    )  # fmt: skip
