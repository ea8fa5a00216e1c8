"""What stands beside the book for signing in, and is written in a command's transaction. None of it is an event: a
password hash must be forgettable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.base import Invalid
from domain.values import Role


@dataclass(frozen=True, slots=True)
class Login:
    """A row that says how a person signs in. ``None`` leaves a column as it is."""

    user_id: UUID
    email: str | None = None
    password_hash: str | None = None
    role: Role | None = None
    active: bool | None = None
    revoke_tokens: bool = False


class Purpose(StrEnum):
    """What a one-time link is good for."""

    INVITATION = "invitation"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class SpentLink:
    """A one-time link that a command uses up, in its own transaction: if the command fails, the link still works."""

    user_id: UUID
    token_hash: bytes
    purpose: Purpose


class LinkInvalid(Invalid):
    """This link has been used, has expired, or was replaced by a newer one. Ask for another."""

    code = "LINK_INVALID"

    def __init__(self) -> None:
        super().__init__(field="token")
