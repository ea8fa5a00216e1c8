"""Rebuilds of read models as people decide on them: asked for, paused, gone on with, given up, gone back on.

What a rebuild does and how far it is stands elsewhere: the book holds who wanted what, when and why.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.base import Aggregate, Clash, Event, event

__all__ = ["AlreadyAsked", "Rebuild", "Wanted", "Why"]


class Wanted(StrEnum):
    """What somebody wants of a rebuild."""

    RUN = "RUN"
    PAUSE = "PAUSE"
    CANCEL = "CANCEL"
    ROLLBACK = "ROLLBACK"


class Why(StrEnum):
    """What a rebuild is done for."""

    ASKED = "ASKED"
    COMMAND_LINE = "COMMAND_LINE"
    RELEASE = "RELEASE"
    """A release has changed what the tables hold."""
    RETRY = "RETRY"
    """A parked stream is tried again."""
    SKIP = "SKIP"
    """An event that could not be applied is passed over."""


class AlreadyAsked(Clash):
    """That is what was asked for last; it is under way."""

    code = "ALREADY_ASKED"


class Rebuild(Aggregate):
    """Stream id: the rebuild's. A rebuild that a release or the command line began has no event until somebody decides
    about it."""

    TOPIC: ClassVar[str] = "rebuilding.Rebuild"

    class RebuildAsked(Event):
        """``names`` are read tables, none meaning all; ``of_tenant`` the one centre it is for, ``None`` all. Of a
        stream that is parked: which, for which ``projection``, and the position of the event that it stands at."""

        TOPIC: ClassVar[str] = "rebuilding.RebuildAsked"
        names: tuple[str, ...]
        of_tenant: UUID | None
        workers: int
        check_only: bool
        why: Why
        projection: str | None
        stream: UUID | None
        position: int | None
        reason: str | None

    class RebuildPaused(Event):
        TOPIC: ClassVar[str] = "rebuilding.RebuildPaused"

    class RebuildResumed(Event):
        TOPIC: ClassVar[str] = "rebuilding.RebuildResumed"

    class RebuildCancelled(Event):
        TOPIC: ClassVar[str] = "rebuilding.RebuildCancelled"

    class RebuildRolledBack(Event):
        TOPIC: ClassVar[str] = "rebuilding.RebuildRolledBack"

    def begin(self) -> None:
        self.wanted = Wanted.RUN

    def ask(
        self, names: tuple[str, ...], of_tenant: UUID | None, *, workers: int = 1, check_only: bool = False,
        why: Why = Why.ASKED, parked: tuple[str, UUID, int] | None = None, reason: str | None = None,
    ) -> None:  # fmt: skip
        """``parked``: projection, stream and position, for ``RETRY`` and ``SKIP``."""
        projection, stream, position = parked or (None, None, None)
        self.decide(
            self.RebuildAsked, names=names, of_tenant=of_tenant, workers=workers, check_only=check_only, why=why,
            projection=projection, stream=stream, position=position, reason=reason,
        )  # fmt: skip

    def want(self, wanted: Wanted) -> None:
        """Raises ``AlreadyAsked`` if that is wanted already, and after a rollback or a cancellation, which are final.
        To run is not refused: what has failed can be tried again. Whether it can be done in the state that the rebuild
        is in, whoever does it sees."""
        again = wanted is self.wanted and wanted is not Wanted.RUN
        if again or self.wanted in {Wanted.CANCEL, Wanted.ROLLBACK}:
            raise AlreadyAsked(wanted=self.wanted)
        self.decide(_DECIDED[wanted])

    @event(RebuildAsked)
    def _rebuild_asked(self) -> None:
        self.wanted = Wanted.RUN

    @event(RebuildPaused)
    def _rebuild_paused(self) -> None:
        self.wanted = Wanted.PAUSE

    @event(RebuildResumed)
    def _rebuild_resumed(self) -> None:
        self.wanted = Wanted.RUN

    @event(RebuildCancelled)
    def _rebuild_cancelled(self) -> None:
        self.wanted = Wanted.CANCEL

    @event(RebuildRolledBack)
    def _rebuild_rolled_back(self) -> None:
        self.wanted = Wanted.ROLLBACK


_DECIDED = {
    Wanted.RUN: Rebuild.RebuildResumed,
    Wanted.PAUSE: Rebuild.RebuildPaused,
    Wanted.CANCEL: Rebuild.RebuildCancelled,
    Wanted.ROLLBACK: Rebuild.RebuildRolledBack,
}
