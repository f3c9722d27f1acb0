"""The passwords and keys of one set of embedded services, made once."""

from __future__ import annotations

import base64
import secrets
from dataclasses import asdict, dataclass, fields

from infra.embedded.errors import EmbeddedError
from infra.embedded.paths import Layout, read_json, write_json


@dataclass(frozen=True)
class Credentials:
    """``instance`` is no secret: it tells this set from an earlier one in the same folder."""

    instance: str
    owner_password: str
    app_password: str
    redis_password: str
    s3_access_key: str
    s3_secret_key: str
    secret_key: str
    master_key: str

    def __repr__(self) -> str:  # a traceback or a log line must not print the passwords
        return f"Credentials(instance={self.instance!r}, …)"


def read_credentials(layout: Layout) -> Credentials | None:
    """The credentials of this folder, or None when it was never started. Raises EmbeddedError if damaged."""
    stored = read_json(layout.credentials)
    if stored is None:
        if layout.credentials.exists():
            raise EmbeddedError(f"{layout.credentials} is damaged: restore it, or delete {layout.root}")
        return None
    try:
        return Credentials(**{field.name: stored[field.name] for field in fields(Credentials)})
    except KeyError:
        raise EmbeddedError(
            f"{layout.credentials} is incomplete: restore it, or delete {layout.root}"
        ) from None


def ensure_credentials(layout: Layout) -> Credentials:
    """Read the credentials, making them first if there are none. Call with the folder's lock held."""
    known = read_credentials(layout)
    if known is not None:
        return known
    made = Credentials(
        instance=secrets.token_hex(4),
        # url-safe alphabets only: these stand in URLs without quoting
        owner_password=secrets.token_urlsafe(24),
        app_password=secrets.token_urlsafe(24),
        redis_password=secrets.token_urlsafe(24),
        s3_access_key="JL" + secrets.token_hex(9).upper(),
        s3_secret_key=secrets.token_urlsafe(30),
        secret_key=_make_key(),
        master_key=_make_key(),
    )
    write_json(layout.credentials, asdict(made))
    return made


def _make_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")
