"""Routes of the public host: the health bureau and platform operators."""

from importlib.util import find_spec

from django.urls import include, path, re_path

from config.web import serve_index

_ROOMS = ["accounts", "divisions.county", "community.supervision", "community.handover.exchange"]

urlpatterns = [
    *[path("api/v1/", include(f"{room}.api")) for room in _ROOMS if find_spec(f"{room}.api")],
    re_path(r"^(?P<path>.*)$", serve_index),
]

handler404 = "kernel.problems.not_found"
handler500 = "kernel.problems.server_error"
