"""What a schedule has to know, and where it asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.tenancy import NoticePolicy

Marks = Mapping[tuple[UUID, str], str]
"""For which period each job of a tenant was last done."""


@dataclass(frozen=True, slots=True)
class Centre:
    """``position`` is where its book stands."""

    id: UUID
    zone: ZoneInfo
    policy: NoticePolicy
    opened_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Starting:
    """A session that is to begin. ``told_at`` is when its family was last told of when it is, if it was."""

    session_id: UUID
    patient_id: UUID
    starts_at: datetime
    told_at: datetime | None = None


class Facts(Protocol):
    """From the read models. Raises a refusal (503) while the database is away."""

    async def centres(self) -> Sequence[Centre]: ...

    async def marks(self) -> Marks: ...

    async def mark(self, tenant_id: UUID, job: str, done: str, now: datetime) -> None:
        """A mark never moves back, whoever sets it."""

    async def caught_up(self, centre: Centre, seconds: float) -> bool:
        """Whether the read models show the centre's book as far as it stands, within so many seconds."""

    async def starting(self, centre: Centre, after: datetime, upto: datetime) -> Sequence[Starting]:
        """The scheduled sessions that begin after one instant and up to another."""

    async def next_start(self, centre: Centre, after: datetime) -> datetime | None: ...

    async def asked_for(self, centre: Centre, notice_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of these notices that there are."""

    async def owing(self, centre: Centre, on: date) -> Sequence[UUID]:
        """The patients with anything due on this local date."""

    async def expired(self, centre: Centre, now: datetime) -> Sequence[UUID]:
        """Sessions with an open request to move them that has expired: at most a hundred."""

    async def next_expiry(self, centre: Centre, now: datetime) -> datetime | None: ...


class Chore(Protocol):
    """Something that is done once in a period for the whole installation."""

    @property
    def name(self) -> str: ...

    def period(self, now: datetime) -> str:
        """Periods sort as they follow each other: '2026-11-02'."""

    async def run(self, now: datetime) -> None:
        """Do it. Twice, or by two at once, is as good as once."""
