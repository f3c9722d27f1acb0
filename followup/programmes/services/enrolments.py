"""The life of an enrolment: `active ⇄ paused → completed | stopped(code)`.

Each change is one transaction with its trail rows (object `enrolment`) and one event per patient:
`enrolment.stopped`, `.paused`, `.resumed`, `.completed` {patient_id, enrolment_ids}. Tasks that end with their
enrolment are told by that one event, not by a `task.closed` each: nobody has worked on them.
"""

from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction

from access.actor import SYSTEM, Actor
from access.functions import Function
from followup.programmes import ports
from followup.programmes.enums import EnrolmentOrigin, EnrolmentState, StopCode
from followup.programmes.errors import (
    AlreadyEnrolled,
    EnrolmentEnded,
    EnrolmentNotActive,
    EnrolmentNotPaused,
    NotEnrollable,
)
from followup.programmes.models import Enrolment, ProgrammeVersion
from followup.programmes.selectors import enrolments as selectors
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from kernel.events import publish
from records.contracts import StayFact
from records.selectors import find_stay, require_own
from trail.services import record

RUNNING = (EnrolmentState.ACTIVE, EnrolmentState.PAUSED)
# What a person may say when ending one by hand; the others are said by the record, a flag or a stay.
HAND_CODES = (StopCode.MANUAL, StopCode.MOVED_OUT, StopCode.OTHER)
_MAX_REASON = 200
# What a task's occurrence (generation * 1000 + n) can hold.
MOST_GENERATIONS = 32


@transaction.atomic
def enrol_by_hand(*, actor: Actor, programme_id: int, encounter_id: int, reason: str) -> int:
    """Put a discharged stay of a patient in sight on the programme's active version; the enrolment's id.

    A flag that would keep screening from enrolling does not refuse a person who gives a reason; death does.
    Raises NotFound, NotAllowed, InvalidInput, NotEnrollable, AlreadyEnrolled.
    """
    stay = find_stay(encounter_id)
    if stay is None:
        raise NotFound()
    require_own(actor, stay.patient_id, Function.ENROLMENT_MANAGE)
    reason = _require_reason(reason)
    version = selectors.find_active_version(programme_id, institution_id=stay.institution_id)
    if version is None:
        raise InvalidInput.at("/programme_id", "not_active", "该随访路径没有运行中的版本，请先启用")
    if stay.is_dead:
        raise NotEnrollable("患者已死亡，不能入组")
    if stay.discharged_on is None:
        raise NotEnrollable("该次就诊尚未出院或已取消，出院后才能入组")
    now = clock.now()
    enrolment = Enrolment(
        programme_id=programme_id, version=version, patient_id=stay.patient_id, encounter_id=encounter_id,
        state=EnrolmentState.ACTIVE, origin=EnrolmentOrigin.MANUAL, enrolled_by_name=actor.name, enrolled_at=now,
        reason=_reason_of(version, stay) | {"by_hand": reason},
    )  # fmt: skip
    found = _insert(enrolment)
    _note(actor, "enrolled", found.pk, reason, programme=version.programme.key, version=version.version)
    ports.writes().make([found.pk])
    return found.pk


@transaction.atomic
def stop_by_hand(*, actor: Actor, enrolment_id: int, reason: str, code: str = StopCode.MANUAL) -> None:
    """Raises NotFound, NotAllowed, InvalidInput, EnrolmentEnded."""
    enrolment = _lock_in_sight(actor, enrolment_id)
    reason = _require_reason(reason)
    if code not in HAND_CODES:
        raise InvalidInput.at("/code", "unknown_value", f"终止类别应为：{'、'.join(HAND_CODES)}")
    if enrolment.state not in RUNNING:
        raise EnrolmentEnded()
    stop(actor=actor, enrolment_ids=[enrolment.pk], reason=reason, code=StopCode(code))
    ports.writes().cancel([enrolment.pk], f"随访已终止：{reason}")


@transaction.atomic
def pause_by_hand(*, actor: Actor, enrolment_id: int, reason: str) -> None:
    """Raises NotFound, NotAllowed, InvalidInput, EnrolmentNotActive."""
    enrolment = _lock_in_sight(actor, enrolment_id)
    reason = _require_reason(reason)
    if enrolment.state != EnrolmentState.ACTIVE:
        raise EnrolmentNotActive()
    pause(actor=actor, enrolment_ids=[enrolment.pk], reason=reason)
    ports.writes().pause([enrolment.pk])


@transaction.atomic
def resume_by_hand(*, actor: Actor, enrolment_id: int) -> None:
    """Raises NotFound, NotAllowed, EnrolmentNotPaused."""
    enrolment = _lock_in_sight(actor, enrolment_id)
    if enrolment.state != EnrolmentState.PAUSED:
        raise EnrolmentNotPaused()
    resume(actor=actor, enrolment_ids=[enrolment.pk], reason="")
    ports.writes().resume([enrolment.pk])


@transaction.atomic
def stop_enrolments(
    *,
    encounter_id: int,
    reason: str,
    code: StopCode = StopCode.OTHER,
    enrolment_ids: list[int] | None = None,
    actor: Actor = SYSTEM,
) -> list[int]:
    """End the encounter's running enrolments (or those named); returns their ids. Their tasks are the caller's to
    cancel (followup.screening)."""
    running = Enrolment.objects.filter(encounter_id=encounter_id, state__in=RUNNING)
    if enrolment_ids is not None:
        running = running.filter(pk__in=enrolment_ids)
    return stop(
        actor=actor, enrolment_ids=list(running.values_list("pk", flat=True)), reason=reason, code=code
    )


@transaction.atomic
def stop(*, actor: Actor, enrolment_ids: Collection[int], reason: str, code: StopCode) -> list[int]:
    """End those of them that run; returns which. Their tasks are the caller's."""
    return _move(
        actor, enrolment_ids, RUNNING, "stopped", reason, state=EnrolmentState.STOPPED, stop_code=code,
        stop_reason=reason[:_MAX_REASON], ended_at=clock.now(), paused_at=None, paused_for=None,
    )  # fmt: skip


@transaction.atomic
def pause(
    *, actor: Actor, enrolment_ids: Collection[int], reason: str, encounter_id: int | None = None
) -> list[int]:
    """Pause those that are active, for a stay or by hand; returns which."""
    return _move(
        actor, enrolment_ids, (EnrolmentState.ACTIVE,), "paused", reason, state=EnrolmentState.PAUSED,
        paused_at=clock.now(), paused_for_id=encounter_id,
    )  # fmt: skip


@transaction.atomic
def resume(*, actor: Actor, enrolment_ids: Collection[int], reason: str) -> list[int]:
    return _move(
        actor, enrolment_ids, (EnrolmentState.PAUSED,), "resumed", reason, state=EnrolmentState.ACTIVE,
        paused_at=None, paused_for=None,
    )  # fmt: skip


@transaction.atomic
def complete(*, enrolment_ids: Collection[int]) -> list[int]:
    """Nothing is owed any more: 随访路径已走完."""
    return _move(
        SYSTEM, enrolment_ids, (EnrolmentState.ACTIVE,), "completed", "", state=EnrolmentState.COMPLETED,
        ended_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def reopen(*, actor: Actor, enrolment_ids: Collection[int], reason: str) -> list[int]:
    """Take stopped ones up again: the next generation, whose tasks the caller makes."""
    rows = list(
        Enrolment.objects.select_for_update()
        .filter(pk__in=enrolment_ids, state=EnrolmentState.STOPPED, generation__lt=MOST_GENERATIONS)
        .order_by("pk")
    )
    for row in rows:
        row.generation += 1
        row.state, row.stop_code, row.stop_reason, row.ended_at = EnrolmentState.ACTIVE, "", "", None
        _note(actor, "reopened", row.pk, reason)
    Enrolment.objects.bulk_update(rows, ["generation", "state", "stop_code", "stop_reason", "ended_at"])
    return [row.pk for row in rows]


@transaction.atomic
def restart(*, programme_id: int, version_id: int, encounter_id: int) -> int | None:
    """The programme from its beginning on a new stay, as its version says for a readmission; the enrolment's id, None
    when the stay is enrolled already. On the version that runs now, else on the one that the patient was on.

    A restart that a cancelled discharge had undone is taken up again. Its tasks are the caller's to make.
    """
    stay = find_stay(encounter_id)
    if stay is None or stay.discharged_on is None or stay.is_dead:
        return None
    version = selectors.find_active_version(programme_id, institution_id=stay.institution_id)
    if version is None:
        version = ProgrammeVersion.objects.select_related("programme").get(pk=version_id)
    wanted = Enrolment(
        programme_id=programme_id, version=version, patient_id=stay.patient_id, encounter_id=encounter_id,
        state=EnrolmentState.ACTIVE, origin=EnrolmentOrigin.RESTART, enrolled_at=clock.now(),
        reason=_reason_of(version, stay),
    )  # fmt: skip
    try:
        made = _insert(wanted, only=(StopCode.DISCHARGE_CANCELLED,))
    except (AlreadyEnrolled, NotEnrollable):
        return None
    _note(SYSTEM, "enrolled", made.pk, "再次出院后重新开始")
    return made.pk


@transaction.atomic
def repoint_patient(*, survivor_id: int, retired_id: int, **_: Any) -> int:
    """After a merge of two patient rows (event patient.merged): the enrolments follow the survivor."""
    return Enrolment.objects.filter(patient_id=retired_id).update(patient_id=survivor_id)


@transaction.atomic
def part_patient(*, survivor_id: int, retired_id: int, **_: Any) -> int:
    """After a merge was undone (event patient.unmerged): each enrolment is of its stay's patient again."""
    return Enrolment.objects.filter(patient_id=survivor_id, encounter__patient_id=retired_id).update(
        patient_id=retired_id
    )


def _move(
    actor: Actor,
    enrolment_ids: Collection[int],
    states: Collection[str],
    act: str,
    reason: str,
    **changes: Any,
) -> list[int]:
    """Change those that are in one of `states`, with a trail row each and an event per patient."""
    if not enrolment_ids:
        return []
    rows = list(
        Enrolment.objects.select_for_update()
        .filter(pk__in=enrolment_ids, state__in=states)
        .order_by("pk")
        .values_list("pk", "patient_id")
    )
    ids = [pk for pk, _ in rows]
    Enrolment.objects.filter(pk__in=ids).update(**changes)
    of_patient: dict[int, list[int]] = {}
    for pk, patient_id in rows:
        of_patient.setdefault(patient_id, []).append(pk)
        _note(
            actor, act, pk, reason, **({"code": str(changes["stop_code"])} if "stop_code" in changes else {})
        )
    for patient_id, enrolments in sorted(of_patient.items()):
        publish(f"enrolment.{act}", patient_id=patient_id, enrolment_ids=enrolments)
    return ids


def _reason_of(version: ProgrammeVersion, stay: StayFact) -> dict[str, Any]:
    """As screening writes it; the day of the operation is found with the tasks."""
    return {
        "programme": version.programme.key,
        "version": version.version,
        "discharged_on": str(stay.discharged_on),
        "operated_on": None,
        "met": {"age": None, "codes": []},
        "skipped_steps": [],
    }


def _insert(wanted: Enrolment, *, only: Collection[str] = StopCode.values) -> Enrolment:
    """The new row; a stopped one (with one of these codes) goes on in its next generation.

    Raises AlreadyEnrolled, NotEnrollable.
    """
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
        return wanted
    except IntegrityError:
        found = Enrolment.objects.select_for_update().get(
            programme_id=wanted.programme_id, encounter_id=wanted.encounter_id
        )
    if found.state != EnrolmentState.STOPPED or found.stop_code not in only:
        raise AlreadyEnrolled()
    if found.generation >= MOST_GENERATIONS:
        raise NotEnrollable("该次就诊在此路径中已反复入组多次，不能再次入组")
    found.generation += 1
    for name in ("version_id", "state", "origin", "reason", "enrolled_by_name", "enrolled_at"):
        setattr(found, name, getattr(wanted, name))
    found.stop_code, found.stop_reason, found.ended_at = "", "", None
    found.save()
    return found


def _lock_in_sight(actor: Actor, enrolment_id: int) -> Enrolment:
    """Of a patient on the actor's own wards. Raises NotFound, NotAllowed."""
    enrolment = Enrolment.objects.select_for_update().filter(pk=enrolment_id).first()
    if enrolment is None:
        raise NotFound()
    require_own(actor, enrolment.patient_id, Function.ENROLMENT_MANAGE)
    return enrolment


def _require_reason(text: str) -> str:
    text = text.strip()
    if not 2 <= len(text) <= _MAX_REASON:
        raise InvalidInput.at("/reason", "reason_needed", f"请填写原因（2 至 {_MAX_REASON} 字）")
    return text


def _note(actor: Actor, act: str, enrolment_id: int, reason: str, **detail: Any) -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"programmes.enrolment.{act}",
        object_type="enrolment", object_id=enrolment_id, reason=reason, **detail,
    )  # fmt: skip
