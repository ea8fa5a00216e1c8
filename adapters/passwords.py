"""Passwords: argon2id, and the same time for an account that does not exist."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()  # argon2id with the library's current parameters


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody signs in with this")


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def password_matches(password: str, stored: str | None) -> bool:
    """Whether the password is right. Without a stored hash it takes as long and is wrong."""
    try:
        _HASHER.verify(stored or _nobody(), password)
        return stored is not None
    except (VerificationError, InvalidHashError):
        return False
