"""Reads the process environment once; every setting that a site may change comes through here."""

import os
import secrets
from urllib.parse import unquote, urlsplit


def read(name: str, default: str = "") -> str:
    return os.environ.get(name, "") or default


def read_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in read(name, default).split(",") if part.strip()]


def read_bool(name: str, default: bool = False) -> bool:
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def read_secret(name: str) -> str:
    """A secret of this process alone when the site gives none: safe, though sessions end with the process."""
    return read(name) or secrets.token_urlsafe(48)


def parse_database_url(url: str) -> dict[str, object]:
    """postgresql://user:password@host:port/name → Django's connection keys. Raises ValueError on another scheme."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"database URL must start with postgresql://, not {parts.scheme!r}")
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }
