"""Keys: who can read what is stored. Envelope encryption, AES-256-GCM.

master key → (HKDF, tenant id) → tenant key → wraps each person's own random key → seals that person's fields.
Destroying the wrapped key makes every sealed field of that person unreadable, in the book and in its backups.
"""

from __future__ import annotations

import base64
import hmac
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
KEY = 32


class Sealed(Exception):
    """A sealed field does not open: wrong key, or the bytes were tampered with."""


class Keyring:
    """Derives, wraps and opens. Holds the 32-byte master key; everything else follows from it and from the rows of
    ``book.subject_keys``."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY:
            raise ValueError("The master key must be 32 bytes")
        self._master = master
        self._tenant_key = lru_cache(maxsize=16_384)(self._derive)

    @property
    def master(self) -> bytes:
        """For a process of our own that does a part of our work."""
        return self._master

    def _derive(self, tenant_id: UUID) -> AESGCM:
        return AESGCM(HKDF(SHA256(), KEY, salt=None, info=b"daybook tenant " + tenant_id.bytes).derive(self._master))

    def new_subject_key(self) -> bytes:
        return os.urandom(KEY)

    def wrap(self, tenant_id: UUID, subject: UUID, key: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._tenant_key(tenant_id).encrypt(nonce, key, subject.bytes)

    def unwrap(self, tenant_id: UUID, subject: UUID, wrapped: bytes) -> bytes:
        try:
            return self._tenant_key(tenant_id).decrypt(wrapped[:NONCE], wrapped[NONCE:], subject.bytes)
        except InvalidTag as error:
            raise Sealed("A person's key does not open with this master key") from error

    def blind(self, purpose: str, value: str) -> bytes:
        """A keyed hash: equal values are found, the value is not revealed. Case and outer spaces do not count."""
        return hmac.digest(self._master, f"{purpose}\0{value.strip().casefold()}".encode(), "sha256")

    def fingerprint(self, *parts: bytes) -> bytes:
        """A keyed hash of some byte strings: equal only for the same parts in the same order."""
        digest = hmac.new(self._master, digestmod="sha256")
        for part in parts:
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()


def seal(key: bytes, plain: bytes, place: bytes) -> str:
    """Seal ``plain`` to the place it is stored at (tenant, stream, version): moved elsewhere it does not open."""
    nonce = os.urandom(NONCE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, place)).decode()


def unseal(key: bytes, box: str, place: bytes) -> bytes:
    raw = base64.b64decode(box)
    try:
        return AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], place)
    except InvalidTag as error:
        raise Sealed("A sealed field does not open") from error
