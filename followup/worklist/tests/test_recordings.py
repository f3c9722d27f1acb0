import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from files.tests.samples import make_wav
from followup.worklist.models import TaskRecording
from kernel.tenancy import bind_schema
from trail.models import TrailRow

WAV = make_wav(3)


def upload(client: Any, task: Any, data: bytes = WAV, name: str = "call.wav") -> Any:
    return client.upload(f"/tasks/{task.pk}/recordings", file=SimpleUploadedFile(name, data))


def test_who_may_not_add_or_hear(api, task) -> None:
    assert upload(api("alpha", "other_clinician"), task).status_code == 404
    assert upload(api("alpha", "supervisor"), task).status_code == 403
    assert upload(api("beta", "clinician"), task).status_code == 404
    assert upload(api("alpha", "admin"), task).status_code == 403
    assert not TaskRecording.objects.exists()
    recording = upload(api("alpha", "clinician"), task).json()
    for tenant, who, status in (
        ("alpha", "other_clinician", 404), ("alpha", "admin", 403), ("beta", "clinician", 404),
    ):  # fmt: skip
        client = api(tenant, who)
        assert client.post(f"/recordings/{recording['id']}/link").status_code == status, who
        assert client.get(f"/tasks/{task.pk}/recordings").status_code == status, who


@pytest.mark.req("S42")
def test_a_recording_is_kept_listed_and_heard(api, task, at) -> None:
    client = api("alpha", "clinician")
    created = upload(client, task)
    assert created.status_code == 201
    recording = created.json()
    assert (recording["content_type"], recording["size"], recording["duration_seconds"], recording["by_name"]) == (
        "audio/wav", len(WAV), 3, "李医生",
    )  # fmt: skip
    assert client.get(f"/tasks/{task.pk}/recordings").json() == {"items": [recording]}
    link = client.post(f"/recordings/{recording['id']}/link").json()
    assert link["expires_at"].startswith("2026-11-20T")
    stranger = api("alpha", None)
    with bind_schema("t_alpha"):
        played = stranger.client.get(link["url"], headers={"Range": "bytes=0-3"})
    assert (played.status_code, b"".join(played.streaming_content)) == (206, b"RIFF")
    with at("2026-11-20 09:36"), bind_schema("t_alpha"):
        assert stranger.client.get(link["url"]).status_code == 410
    actions = set(TrailRow.objects.values_list("action", flat=True))
    assert {"worklist.recording.added", "files.link.made", "files.file.read", "files.file.stored"} <= actions


def test_what_is_no_recording_is_refused(api, task, settings) -> None:
    client = api("alpha", "clinician")
    assert upload(client, task, b"<script>").json()["code"] == "not_audio"
    assert upload(client, task, b"").status_code == 422
    assert client.upload(f"/tasks/{task.pk}/recordings", other=io.BytesIO(b"x")).status_code == 422
    settings.RECORDING_MAX_BYTES = 1000
    refused = upload(client, task)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert not TaskRecording.objects.exists()
