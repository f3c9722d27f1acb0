"""The follow-up of cases that cross between tenants: serves community.handover.ports.CaseWork."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from community.handover.services import send_result
from followup.programmes import services as programmes
from followup.programmes.enums import StopCode
from followup.programmes.errors import AlreadyEnrolled
from followup.programmes.selectors import list_active_versions
from followup.screening.services import (
    cancel_tasks_of,
    make_tasks_for,
    pause_tasks_of,
    resume_tasks_of,
    screen_encounter,
)
from followup.transfers import selectors

_BY_HAND = "转交接收"
# What an earlier acceptance here ended with when it was given back (community.handover.services.deciding).
_RETURNED = "转交退回"
_MAX_REASON = 80


class TransferWork:
    """Stateless; config/wiring.py makes the one there is."""

    def enrolments_of(self, encounter_id: int) -> list[dict[str, Any]]:
        return selectors.list_running(encounter_id)

    def build_packet_facts(
        self, encounter_id: int, enrolment_ids: Sequence[int], fields: Sequence[str]
    ) -> dict[str, Any]:
        return selectors.packet_facts(encounter_id, enrolment_ids, fields)

    @transaction.atomic
    def open_case(
        self, *, actor: Actor, patient_id: int, encounter_id: int, packet: Mapping[str, Any],
        programme_keys: Sequence[str],
    ) -> list[int]:  # fmt: skip
        """Raises KeyError, CentreMissing, NotEnrollable."""
        plans = {plan.key: plan.programme_id for plan in list_active_versions()}
        wanted = [plans[key] for key in programme_keys]
        again = programmes.reopen(
            actor=actor, enrolment_ids=selectors.stopped_with(encounter_id, _RETURNED), reason=_BY_HAND
        )
        make_tasks_for(again)
        screen_encounter(encounter_id=encounter_id, patient_id=patient_id)
        for programme_id in wanted:
            try:
                programmes.enrol_by_hand(
                    actor=_for_the_case(actor, patient_id), programme_id=programme_id,
                    encounter_id=encounter_id, reason=_BY_HAND,
                )  # fmt: skip
            except AlreadyEnrolled:
                continue  # the rules took the stay in a line above
        return [row["id"] for row in selectors.list_running(encounter_id)]

    def last_window(self, enrolment_ids: Sequence[int]) -> date | None:
        return selectors.last_window(enrolment_ids)

    @transaction.atomic
    def suspend(self, *, actor: Actor, enrolment_ids: Sequence[int], reason: str) -> list[int]:
        paused = programmes.pause(actor=actor, enrolment_ids=enrolment_ids, reason=reason[:_MAX_REASON])
        pause_tasks_of(paused)
        return paused

    @transaction.atomic
    def restore(self, *, actor: Actor, enrolment_ids: Sequence[int], reason: str) -> list[int]:
        resumed = programmes.resume(actor=actor, enrolment_ids=enrolment_ids, reason=reason[:_MAX_REASON])
        resume_tasks_of(resumed, "转交期间窗口已过，办理情况见转交结果")
        return resumed

    @transaction.atomic
    def finish(self, *, actor: Actor, enrolment_ids: Sequence[int], reason: str) -> list[int]:
        ended = programmes.stop(
            actor=actor, enrolment_ids=enrolment_ids, reason=reason[:_MAX_REASON], code=StopCode.OTHER
        )
        cancel_tasks_of(ended, reason)
        return ended

    def results_of(self, enrolment_ids: Sequence[int]) -> list[dict[str, Any]]:
        return selectors.results_of_enrolments(enrolment_ids)


@transaction.atomic
def hear_closed(*, task_id: int, **_: Any) -> bool:
    """Event task.closed: the result of a case from another tenant goes back there."""
    found = selectors.result_of_task(task_id)
    return found is not None and send_result(enrolment_id=found[0], result=found[1])


def _for_the_case(actor: Actor, patient_id: int) -> Actor:
    """Whoever may accept a case may enrol that person where they were routed to; the right ends with the call."""
    ward = selectors.ward_of(patient_id)
    return replace(
        actor,
        functions=actor.functions | {str(Function.ENROLMENT_MANAGE)},
        wards=actor.wards | ({ward} if ward is not None else set()),
    )
