"""What a hand-over needs of follow-up; config/wiring.py names who serves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from access.actor import Actor


class CaseWork(Protocol):
    """The follow-up work of a case in the bound tenant; each runs in the caller's transaction."""

    def enrolments_of(self, encounter_id: int) -> list[dict[str, Any]]:
        """{id, programme_key, programme_name} of those that run, by id."""
        ...

    def build_packet_facts(
        self, encounter_id: int, enrolment_ids: Sequence[int], fields: Sequence[str]
    ) -> dict[str, Any]:
        """Values by key of rules.FIELDS, of the asked keys only; what is not known is left out."""
        ...

    def open_case(
        self, *, actor: Actor, patient_id: int, encounter_id: int, packet: Mapping[str, Any],
        programme_keys: Sequence[str],
    ) -> list[int]:  # fmt: skip
        """Enrol the stay by the rules and in these programmes, with their tasks; the enrolments that run.

        Raises KeyError with the first key that names no running programme.
        """
        ...

    def last_window(self, enrolment_ids: Sequence[int]) -> date | None:
        """The last day on which a task of theirs may still be done in time; None without tasks."""
        ...

    def suspend(self, *, actor: Actor, enrolment_ids: Sequence[int], reason: str) -> list[int]:
        """Pause those that are active: the other side does the work. Which were paused."""
        ...

    def restore(self, *, actor: Actor, enrolment_ids: Sequence[int], reason: str) -> list[int]: ...

    def finish(self, *, actor: Actor, enrolment_ids: Sequence[int], reason: str) -> list[int]:
        """End those that still run; whatever of theirs is open is cancelled with the reason."""
        ...

    def results_of(self, enrolment_ids: Sequence[int]) -> list[dict[str, Any]]:
        """What was done, oldest first: {ref, step, due_on, state, level, conclusion, closed_on, attempts, answers}."""
        ...


_work: CaseWork | None = None


def connect(*, work: CaseWork) -> None:
    global _work
    _work = work


def case_work() -> CaseWork:
    """Raises LookupError: a hand-over without its work would lose it."""
    if _work is None:
        raise LookupError("community.handover.ports is not wired (config/wiring.py)")
    return _work
