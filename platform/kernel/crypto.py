"""Field encryption and keyed look-up. Keys are per schema: a value copied to another tenant cannot be read there.

Envelope: version byte, 12-byte nonce, AES-256-GCM ciphertext with tag. The schema name is authenticated with it.
"""

import base64
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kernel.tenancy import bound_schema

_VERSION = b"\x01"
_OVERHEAD = 1 + 12 + 16


class CannotDecrypt(Exception):
    """The value was changed, or belongs to another tenant or another master key."""


@lru_cache(maxsize=1)
def _master_key() -> bytes:
    try:
        key = base64.b64decode(settings.MASTER_KEY, validate=True)
    except ValueError as error:
        raise ImproperlyConfigured("JIELI_MASTER_KEY must be base64") from error
    if len(key) != 32:
        raise ImproperlyConfigured("JIELI_MASTER_KEY must be 32 bytes in base64 (openssl rand -base64 32)")
    return key


@lru_cache(maxsize=4096)
def derive_key(schema: str, purpose: str) -> bytes:
    """32 bytes for one schema and purpose."""
    info = f"jieli/{purpose}/{schema}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(_master_key())


def encrypt_bytes(value: bytes) -> bytes:
    schema = bound_schema()
    nonce = os.urandom(12)
    sealed = AESGCM(derive_key(schema, "field")).encrypt(nonce, value, schema.encode())
    return _VERSION + nonce + sealed


def decrypt_bytes(value: bytes | memoryview) -> bytes:
    raw = bytes(value)
    schema = bound_schema()
    if raw[:1] != _VERSION or len(raw) < _OVERHEAD:
        raise CannotDecrypt("unknown envelope")
    try:
        return AESGCM(derive_key(schema, "field")).decrypt(raw[1:13], raw[13:], schema.encode())
    except InvalidTag as error:
        raise CannotDecrypt("value does not belong to this tenant or was changed") from error


def encrypt_text(value: str) -> bytes:
    return encrypt_bytes(value.encode())


def decrypt_text(value: bytes | memoryview) -> str:
    return decrypt_bytes(value).decode()


def lookup_hash(value: str) -> str:
    """Keyed hash of a normalised identifier: equality search without the plain text. 32 hex digits."""
    key = derive_key(bound_schema(), "lookup")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32]
