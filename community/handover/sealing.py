"""Sealing for one receiver: X25519 with a fresh key each time, HKDF-SHA-256, AES-256-GCM.

Sealed: version byte, 32 bytes of the fresh public key, 12 of nonce, ciphertext with tag. `context` says which message
of which offer it is; it is authenticated, so that an envelope cannot be put in another's place.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.crypto import CannotDecrypt

_VERSION = b"\x01"
_KEY, _NONCE, _TAG = 32, 12, 16


def make_pair() -> tuple[bytes, bytes]:
    """(private, public), 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal(content: bytes, *, public: bytes, context: str) -> bytes:
    fresh = X25519PrivateKey.generate()
    fresh_public = fresh.public_key().public_bytes_raw()
    shared = fresh.exchange(X25519PublicKey.from_public_bytes(public))
    nonce = os.urandom(_NONCE)
    key = _derive(shared, fresh_public, public)
    return _VERSION + fresh_public + nonce + AESGCM(key).encrypt(nonce, content, context.encode())


def unseal(sealed: bytes | memoryview, *, private: bytes, context: str) -> bytes:
    """Raises CannotDecrypt: changed, for another tenant, or another message than `context` says."""
    raw = bytes(sealed)
    if raw[:1] != _VERSION or len(raw) < 1 + _KEY + _NONCE + _TAG:
        raise CannotDecrypt("unknown envelope")
    fresh_public, nonce, body = raw[1 : 1 + _KEY], raw[1 + _KEY : 1 + _KEY + _NONCE], raw[1 + _KEY + _NONCE :]
    own = X25519PrivateKey.from_private_bytes(private)
    shared = own.exchange(X25519PublicKey.from_public_bytes(fresh_public))
    try:
        key = _derive(shared, fresh_public, own.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(nonce, body, context.encode())
    except InvalidTag as error:
        raise CannotDecrypt("the envelope was changed or is not for this tenant") from error


def _derive(shared: bytes, fresh_public: bytes, public: bytes) -> bytes:
    info = b"jieli/handover/" + fresh_public + public
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(shared)
