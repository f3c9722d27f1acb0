from typing import Any

from django.db import transaction

from access.actor import Actor
from files.contracts import SignedLink
from files.framing import Readable
from files.services import make_link, store_audio
from followup.worklist.models import TaskRecording
from followup.worklist.selectors.recordings import get_recording, get_recording_file
from followup.worklist.services.locking import lock_contact, note
from kernel import clock


def add_recording(*, actor: Actor, task_id: int, stream: Readable, size: int | None) -> dict[str, Any]:
    """Keep a recording with the task, open or closed. The upload itself holds no transaction open.

    Raises NotFound, NotAllowed, files.errors.NotAudio, FileTooLarge, EmptyFile, StoreUnavailable.
    """
    with transaction.atomic():
        # Who may not is told before anything is stored. A call is the whole contact's: it is kept with the lead.
        task = lock_contact(actor, task_id).lead
    kept: list[TaskRecording] = []

    def attach(file: Any) -> None:
        kept.append(TaskRecording.objects.create(task=task, file=file, created_at=clock.now()))
        note(actor, "recording.added", task, recording=kept[0].pk, sha256=file.sha256)

    store_audio(actor=actor, purpose="recording", stream=stream, size=size, attach=attach)
    return get_recording(kept[0].pk)


def make_recording_link(*, actor: Actor, recording_id: int) -> SignedLink:
    """A link for five minutes; making and every use of it are in the trail. Raises NotFound."""
    return make_link(actor=actor, file=get_recording_file(actor, recording_id))
