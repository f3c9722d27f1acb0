"""Start-up refuses what would be unsafe later."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver


def iterate_api_views(urlconf: str) -> Iterator[tuple[str, type[Any], dict[str, str]]]:
    """(path, viewset class, {method: action}) of every route below /api/."""
    yield from _walk(get_resolver(urlconf).url_patterns, "")


def _walk(
    patterns: list[URLPattern | URLResolver], prefix: str
) -> Iterator[tuple[str, type[Any], dict[str, str]]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        elif path.startswith("api/"):
            view: Any = getattr(pattern.callback, "cls", object)
            yield path, view, dict(getattr(pattern.callback, "actions", None) or {})


@register(Tags.security)
def check_every_action_declares_its_function(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    from kernel.api import ApiViewSet  # DRF reads its settings on import, and they name our classes

    errors: list[CheckMessage] = []
    for urlconf in (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF):
        for path, view, actions in iterate_api_views(urlconf):
            if not issubclass(view, ApiViewSet):
                errors.append(Error(f"{path}: an API route must be an ApiViewSet", id="kernel.E001"))
                continue
            for action in actions.values():
                if not view.functions.get(action):
                    errors.append(
                        Error(
                            f"{view.__name__}.{action} ({path}) declares no function",
                            hint="Add it to `functions`; default is deny.",
                            id="kernel.E002",
                        )
                    )
    return errors
