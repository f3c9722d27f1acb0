"""The job that applies a change of areas or takes it back, a slice of places at a time.

Each slice is one transaction with the mark of what is done and the order for the next one, so that a worker that
stops anywhere leaves whole places behind it and nothing twice.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from community.catchments.enums import ChangeState, StepTable
from community.catchments.models import AreaChange, AreaChangeStep, Catchment, ClinicianArea
from community.catchments.rules.planning import last_day_before
from community.catchments.services.changes import SLICE_JOB
from community.catchments.services.common import lock_writes
from kernel import clock, jobs
from kernel.events import publish
from trail.services import record

SLICE = 200
_MODELS: dict[str, Any] = {StepTable.CATCHMENT: Catchment, StepTable.CLINICIAN_AREA: ClinicianArea}
_COLUMNS: dict[str, tuple[str, ...]] = {
    StepTable.CATCHMENT: ("institution_id", "division_code", "role", "specialties"),
    StepTable.CLINICIAN_AREA: ("staff_id", "ward_id", "division_code"),
}


class RowsMoved(Exception):
    """A row is not as the change found it, although edits are refused while one runs."""


@transaction.atomic
def run_slice(*, change_id: int, size: int = SLICE, **_: Any) -> int:
    """Job `catchments.change.slice`. Returns how many steps it took; a repeat after the end takes none."""
    lock_writes()
    change = AreaChange.objects.select_for_update().get(pk=change_id)
    if change.state == ChangeState.APPLYING:
        steps = _next(change, size, done_at=None)
        _apply(change, steps)
        mark, rest = "done_at", {"done_at": None}
    elif change.state == ChangeState.REVERTING:
        steps = _next(change, size, undone_at=None)
        _revert(change, steps)
        mark, rest = "undone_at", {"undone_at": None}
    else:
        return 0
    AreaChangeStep.objects.filter(pk__in=[step.pk for step in steps]).update(**{mark: clock.now()})
    if AreaChangeStep.objects.filter(change=change, **rest).exists():
        jobs.enqueue(SLICE_JOB, change_id=change_id, size=size)
    else:
        _finish(change)
    if steps:
        publish("catchment.changed", division_codes=sorted({step.division_code for step in steps}))
    return len(steps)


def _next(change: AreaChange, size: int, **which: Any) -> list[AreaChangeStep]:
    return list(AreaChangeStep.objects.filter(change=change, **which).order_by("pk")[:size])


def _apply(change: AreaChange, steps: Sequence[AreaChangeStep]) -> None:
    for table, model in _MODELS.items():
        own = [step for step in steps if step.table == table]
        _end(model, [s.ended_id for s in own if s.ended_id is not None], last_day_before(change.from_on))
        begins = [step for step in own if step.begin is not None]
        made = model.objects.bulk_create(
            [model(valid_from=change.from_on, **(step.begin or {})) for step in begins]
        )
        for step, row in zip(begins, made, strict=True):
            step.begun_id = row.pk
        AreaChangeStep.objects.bulk_update(begins, ["begun_id"])
    _tell(change, "applied", steps)


def _revert(change: AreaChange, steps: Sequence[AreaChangeStep]) -> None:
    assert change.reverted_from is not None
    back_on = change.reverted_from
    for table, model in _MODELS.items():
        own = [step for step in steps if step.table == table]
        begun = [step.begun_id for step in own if step.begun_id is not None]
        # What has not held a whole day is withdrawn: the past is not touched, and no day is held twice.
        model.objects.filter(pk__in=begun, valid_from__gte=back_on).delete()
        held = list(model.objects.filter(pk__in=begun).values_list("pk", flat=True))
        _end(model, held, back_on - timedelta(days=1))
        ended = [
            step for step in own
            if step.ended_id is not None and (step.ended_valid_to is None or step.ended_valid_to >= back_on)
        ]  # fmt: skip
        columns = _COLUMNS[table]
        before = {
            row[0]: dict(zip(columns, row[1:], strict=True))
            for row in model.objects.filter(pk__in=[step.ended_id for step in ended]).values_list(
                "pk", *columns
            )
        }
        made = model.objects.bulk_create(
            [
                model(valid_from=back_on, valid_to=step.ended_valid_to, **before[step.ended_id])
                for step in ended
            ]
        )
        for step, row in zip(ended, made, strict=True):
            step.restored_id = row.pk
        AreaChangeStep.objects.bulk_update(ended, ["restored_id"])
    _tell(change, "reverted", steps)


def _end(model: Any, ids: Sequence[int], last_day: date) -> None:
    rows = model.objects.filter(pk__in=ids, valid_from__lte=last_day)
    values: dict[str, Any] = {"valid_to": last_day}
    if model is Catchment:
        values["revision"] = F("revision") + 1
    if rows.update(**values) != len(set(ids)):
        raise RowsMoved(f"{model.__name__} {sorted(ids)[:10]}")


def _finish(change: AreaChange) -> None:
    is_applied = change.state == ChangeState.APPLYING
    change.state = ChangeState.APPLIED if is_applied else ChangeState.REVERTED
    change.save(update_fields=["state"])


def _tell(change: AreaChange, what: str, steps: Sequence[AreaChangeStep]) -> None:
    is_applied = what == "applied"
    record(
        actor_id=change.applied_by_id if is_applied else change.reverted_by_id,
        actor_name=change.applied_by_name if is_applied else change.reverted_by_name,
        action=f"catchments.area_change.{what}", object_type="area_change", object_id=change.pk, steps=len(steps),
        ended=[step.ended_id for step in steps if step.ended_id is not None],
        begun=[step.begun_id for step in steps if step.begun_id is not None],
        restored=[step.restored_id for step in steps if step.restored_id is not None],
    )  # fmt: skip
