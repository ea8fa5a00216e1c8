"""What sending needs from outside: one port for every provider, and a list of what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from domain.notices import Delivery, Problem, Todo

__all__ = [
    "ABSENT",
    "SEND_SECONDS",
    "Absent",
    "Accepted",
    "Answer",
    "Busy",
    "Declined",
    "DueNotices",
    "Found",
    "Parcel",
    "Reticent",
    "Sender",
    "Silent",
    "Traced",
    "Unanswered",
    "Work",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcel:
    """One try of one notice. ``key`` names it: the same at every sight of this try, another for the next. Providers
    that can are told it; none may send twice under one key. ``text`` and ``values`` are about people: they may go to
    the provider and nowhere else."""

    key: str
    address: str = field(repr=False)
    text: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)
    sender_name: str = ""
    template_code: str | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. ``provider_id`` is what it calls it."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """It was certainly not sent. ``code`` is the provider's, letters and digits; never its text, which may quote."""

    problem: Problem
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """It was certainly not sent, and may be offered again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unanswered:
    """It was handed over, wholly or in part, and nobody knows what came of it."""

    code: str | None = None


Answer = Accepted | Declined | Busy | Unanswered


@dataclass(frozen=True, slots=True)
class Found:
    """It has the message after all."""

    provider_id: str


class Absent:
    """It was asked, and knows of no such message."""


ABSENT = Absent()


class Silent:
    """It could not be asked just now, or does not tell."""


@dataclass(frozen=True, slots=True)
class Traced:
    delivery: Delivery
    code: str | None = None


class Sender(Protocol):
    """A way to send by one channel. What goes wrong at the provider is an answer, not an exception. Nothing here tries
    a second time by itself: a library that does is told not to."""

    @property
    def name(self) -> str:
        """Kept with what it sent: 'twilio'."""

    @property
    def askable(self) -> bool:
        """Whether ``find`` can tell what became of a message whose sending got no answer."""

    @property
    def traces(self) -> bool:
        """Whether ``trace`` can tell whether a message arrived."""

    async def send(self, parcel: Parcel) -> Answer:
        """Hand it over, once. Answers within ``SEND_SECONDS``."""

    async def find(self, parcel: Parcel, since: datetime) -> Found | Absent | Silent:
        """Whether it has a message that was handed over at ``since`` or a little later."""

    async def trace(self, provider_id: str) -> Traced | Silent:
        """Whether a message it took has arrived."""

    async def close(self) -> None: ...


class Reticent:
    """What a provider's sender is made from that takes messages and tells nothing of them afterwards."""

    askable: Final = False
    traces: Final = False

    async def find(self, parcel: Parcel, since: datetime) -> Silent:  # noqa: ARG002 - the port's
        return Silent()

    async def trace(self, provider_id: str) -> Silent:  # noqa: ARG002 - as above
        return Silent()


SEND_SECONDS = 30.0
"""A provider that takes longer has not answered. Well below ``domain.notices.LEASE``."""


@dataclass(frozen=True, slots=True)
class Work:
    tenant_id: UUID
    notice_id: UUID
    todo: Todo


class DueNotices(Protocol):
    async def due(self, now: datetime, most: int) -> Sequence[Work]:
        """What has to be looked at by now, in all centres. It may lag a little behind the book."""
