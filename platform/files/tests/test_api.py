"""GET /files/{token} through the whole stack, without a cookie."""

import io

import pytest

from access.actor import SYSTEM
from files.services import make_link, store_file
from kernel.tenancy import bind_schema
from trail.models import TrailRow

DATA = bytes(range(256)) * 600


@pytest.fixture
def link(in_alpha, at):
    with at("2026-11-20 09:30"):
        file = store_file(
            actor=SYSTEM, purpose="test", stream=io.BytesIO(DATA), content_type="audio/wav", max_bytes=10**7
        )
        return make_link(actor=SYSTEM, file=file).url.removeprefix("/api/v1")


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_forged_links_are_404_and_links_of_another_tenant_too(api, link, at) -> None:
    with at("2026-11-20 09:31"):
        forged = api("alpha", None).get("/files/AAAA")
        assert (forged.status_code, forged.json()["code"]) == (404, "link_invalid")
        assert forged["Content-Type"] == "application/problem+json"
        assert api("beta", None).get(link).status_code == 404
        assert api("beta", "clinician").get(link).status_code == 404


def test_an_expired_link_is_410(api, link, at) -> None:
    with at("2026-11-20 09:35"):
        expired = api("alpha", "clinician").get(link)
    assert (expired.status_code, expired.json()["code"]) == (410, "link_expired")


@pytest.mark.req("S42")
def test_the_whole_file_without_a_cookie(api, link, at) -> None:
    with at("2026-11-20 09:34"):
        response = api("alpha", None).get(link)
        assert response.status_code == 200
        assert body(response) == DATA
    assert response["Content-Length"] == str(len(DATA))
    assert response["Content-Type"] == "audio/wav"
    assert response["Accept-Ranges"] == "bytes"


def test_ranges_as_a_player_asks_for_them(api, link, at) -> None:
    client = api("alpha", None).client
    with at("2026-11-20 09:34"):
        for header, start, end in (
            ("bytes=0-1", 0, 1),
            ("bytes=65530-65545", 65530, 65545),
            ("bytes=-6", len(DATA) - 6, len(DATA) - 1),
        ):
            response = client.get(f"/api/v1{link}", headers={"Range": header, "Accept": "audio/*;q=0.9"})
            assert response.status_code == 206
            assert response["Content-Range"] == f"bytes {start}-{end}/{len(DATA)}"
            assert response["Content-Length"] == str(end - start + 1)
            assert body(response) == DATA[start : end + 1]
        beyond = client.get(f"/api/v1{link}", headers={"Range": f"bytes={len(DATA)}-"})
    assert beyond.status_code == 416
    assert beyond["Content-Range"] == f"bytes */{len(DATA)}"
    with bind_schema("t_alpha"):
        assert TrailRow.objects.filter(action="files.file.read").count() == 3
