"""Routes of the public host: the health bureau and platform operators."""

from importlib.util import find_spec

from django.urls import include, path

_ROOMS = ["accounts", "community.supervision"]

urlpatterns = [path("api/v1/", include(f"{room}.api")) for room in _ROOMS if find_spec(f"{room}.api")]
