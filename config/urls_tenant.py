"""Routes of a tenant's host: one include per room, and the web app for everything else."""

from importlib.util import find_spec

from django.urls import include, path, re_path

from config.web import serve_index

_ROOMS = [
    "accounts", "divisions", "organization", "records", "files",
    "community.routing", "community.catchments", "community.handover",
    "followup.education", "followup.questionnaires",
    "followup.programmes", "followup.worklist", "followup.screening", "followup.review", "integrations.intake",
]  # fmt: skip

urlpatterns = [
    *[path("api/v1/", include(f"{room}.api")) for room in _ROOMS if find_spec(f"{room}.api")],
    re_path(r"^(?P<path>.*)$", serve_index),
]

handler404 = "kernel.problems.not_found"
handler500 = "kernel.problems.server_error"
