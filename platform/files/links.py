"""Signed links: who may read which file until when, provable without a cookie. The key is of one tenant."""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from files.errors import LinkExpired, LinkInvalid
from kernel.crypto import derive_key

_PAYLOAD = struct.Struct(">QQQ")  # file id, actor id, expiry in seconds since 1970
_MAC_SIZE = 32


@dataclass(frozen=True, slots=True)
class Claim:
    file_id: int
    actor_id: int
    expires_at: datetime


def _mac(schema: str, payload: bytes) -> bytes:
    return hmac.new(derive_key(schema, "link"), schema.encode() + b"\0" + payload, hashlib.sha256).digest()


def sign(schema: str, claim: Claim) -> str:
    payload = _PAYLOAD.pack(claim.file_id, claim.actor_id, int(claim.expires_at.timestamp()))
    return base64.urlsafe_b64encode(payload + _mac(schema, payload)).decode().rstrip("=")


def verify(schema: str, token: str, *, now: datetime) -> Claim:
    """Raises LinkInvalid, LinkExpired."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise LinkInvalid() from error
    if len(raw) != _PAYLOAD.size + _MAC_SIZE:
        raise LinkInvalid()
    payload, mac = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
    if not hmac.compare_digest(mac, _mac(schema, payload)):
        raise LinkInvalid()
    file_id, actor_id, expiry = _PAYLOAD.unpack(payload)
    claim = Claim(file_id, actor_id, datetime.fromtimestamp(expiry, tz=UTC))
    if claim.expires_at <= now:
        raise LinkExpired()
    return claim
