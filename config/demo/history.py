"""What clinicians did in the past weeks: each task whose day has come is worked by the services, on its own day."""

import hashlib
import io
import math
import random
import struct
import wave
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from access.actor import Actor, build_actor
from accounts.models import StaffAccount
from accounts.services import reload_account
from config.demo.answers import make_answers
from followup.questionnaires.selectors import get_version
from followup.worklist import services as worklist
from kernel import clock
from kernel.errors import DomainError

# Of a hundred tasks whose day has passed: worked in the window, worked late; the rest stay overdue.
_IN_TIME, _LATE = 82, 6
_TROUBLED = 14
_HANDLED = 70
_CONCLUSIONS = (
    "恢复良好，按计划继续随访。",
    "症状平稳，已嘱规律服药、低盐饮食。",
    "已指导功能锻炼，嘱按期复诊。",
)
_TASKS = """
SELECT t.id, t.due_on, t.window_end, t.ward_id, t.department_id, t.institution_id, t.questionnaire_version_id,
       coalesce(s.name, d.name) AS worker
  FROM worklist_task t
  JOIN organization_department d ON d.id = t.department_id
  LEFT JOIN organization_staffmember s ON s.id = t.assignee_id
 WHERE t.state IN ('planned', 'in_progress') AND t.lead_id IS NULL AND t.due_on < %s
 ORDER BY t.due_on, t.id
"""


def live_through(*, today: date, say: Callable[[str], None]) -> int:
    """Work off the bound tenant's past tasks, the same ones on every run; returns how many were done now."""
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, [today])
        columns = [c.name for c in cursor.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    done = 0
    for row in rows:
        rng = random.Random(_number(f"task {row['id']}"))
        share = _number(f"share {row['id']}") % 100
        if share >= _IN_TIME + _LATE:
            continue
        late = share >= _IN_TIME
        day = min(row["window_end"] + timedelta(days=2) if late else row["due_on"], today - timedelta(days=1))
        if day > row["window_end"] and not late:
            day = row["window_end"]
        instant = datetime.combine(day, time(rng.randint(8, 16), rng.randint(0, 59)), tzinfo=clock.SHANGHAI)
        with clock.use_clock(clock.FixedClock(instant)):
            try:
                _work(row, rng, late=day > row["window_end"])
            except DomainError as error:
                say(f"    task {row['id']}: {error.detail}")
                continue
        done += 1
    return done


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def _work(row: dict[str, Any], rng: random.Random, *, late: bool) -> None:
    actor = _worker(row)
    worklist.start_task(actor=actor, task_id=row["id"])
    if rng.random() < 0.25:
        worklist.add_attempt(actor=actor, task_id=row["id"], channel="T", outcome="no_answer", note_text="")
    worklist.add_attempt(actor=actor, task_id=row["id"], channel="T", outcome="reached", note_text="")
    if rng.random() < 0.05:
        sound = io.BytesIO(make_tone(rng))
        worklist.add_recording(actor=actor, task_id=row["id"], stream=sound, size=sound.getbuffer().nbytes)
    late_reason = "患者外出，改约后完成" if late else ""
    conclusion = rng.choice(_CONCLUSIONS) if row["questionnaire_version_id"] else ""
    for troubled in (rng.randrange(100) < _TROUBLED, False):
        answers = {
            task_id: _answer(version_id, rng, day, troubled=troubled)
            for task_id, version_id, day in _forms_of(row["id"])
        }
        try:
            worklist.submit_task(
                actor=actor, task_id=row["id"], answers=answers.pop(row["id"], {}), conclusion=conclusion,
                members={str(task_id): given for task_id, given in answers.items()}, late_reason=late_reason,
            )  # fmt: skip
            break
        except DomainError:
            if not troubled:
                raise
    _handle(row, rng, actor)


def _forms_of(task_id: int) -> list[tuple[int, int, int]]:
    """The contact's tasks with a form: task, version, day of the path."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, t.questionnaire_version_id, s.day FROM worklist_task t"
            " JOIN programmes_programmestep s ON s.id = t.step_id"
            " WHERE (t.id = %s OR t.lead_id = %s) AND t.questionnaire_version_id IS NOT NULL ORDER BY t.id",
            [task_id, task_id],
        )
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


def _answer(version_id: int, rng: random.Random, day: int, *, troubled: bool) -> dict[str, Any]:
    document = get_version(version_id).document
    context = {"patient": {"age": 60, "sex": "unknown"}, "task": {"day": day}}
    return make_answers(document, rng, troubled=troubled, today=clock.today(), context=context)


def _handle(row: dict[str, Any], rng: random.Random, actor: Actor) -> None:
    """Most alarms of the past were dealt with in time; the rest wait, so that there is something to do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, due_at FROM worklist_escalation WHERE task_id = %s AND state <> 'closed'", [row["id"]]
        )
        found = cursor.fetchone()
    if found is None or rng.randrange(100) >= _HANDLED:
        return
    opened = clock.now()
    instant = opened + (found[1] - opened) * rng.uniform(0.1, 0.9)
    with clock.use_clock(clock.FixedClock(instant)):
        worklist.acknowledge_escalation(actor=actor, escalation_id=found[0])
        worklist.close_escalation(
            actor=actor, escalation_id=found[0], outcome=rng.choice(("advised", "advised", "revisit")),
            note="已电话指导，嘱观察，如加重及时就诊。",
        )  # fmt: skip


def _worker(row: dict[str, Any]) -> Actor:
    """The clinician of the log-in that works there, else a colleague on paper with the same rights on this ward."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.account_id FROM worklist_task t JOIN organization_staffmember s ON s.ward_id = t.ward_id"
            " WHERE t.id = %s AND s.account_id IS NOT NULL ORDER BY s.id LIMIT 1",
            [row["id"]],
        )
        found = cursor.fetchone()
    if found is not None:
        actor = build_actor(reload_account(found[0]))
        if row["ward_id"] in actor.wards:
            return actor
    template = build_actor(
        reload_account(StaffAccount.objects.values_list("pk", flat=True).get(username="suifang"))
    )
    return Actor(
        id=0, name=row["worker"], roles=template.roles, functions=template.functions,
        wards=frozenset({row["ward_id"]}), departments=frozenset(), institutions=frozenset(),
    )  # fmt: skip


def make_tone(rng: random.Random, seconds: float = 6.0) -> bytes:
    """A short WAV (8 kHz, 16 bit, mono) of two voices' worth of tones: a call recording that holds nobody's voice."""
    rate = 8000
    tones = [rng.choice((220, 262, 330, 392)) for _ in range(int(seconds * 2))]
    frames = bytearray()
    for number in range(int(rate * seconds)):
        tone = tones[min(int(number / rate * 2), len(tones) - 1)]
        swell = 0.4 + 0.3 * math.sin(2 * math.pi * number / rate * 2)
        frames += struct.pack("<h", int(9000 * swell * math.sin(2 * math.pi * tone * number / rate)))
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(frames))
    return sound.getvalue()
