"""Asking for rebuilds of read models, and deciding about those that are under way."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from application.base import Book, Command, Context, FromPath, Reason, Result, handles
from domain.rebuilding import Rebuild, Wanted, Why

MOST_WORKERS = 8
ALL = "all"

LookedUp = Annotated[str, SkipJsonSchema(), Field(default="", validation_alias="\0path", repr=False)]
"""A text that the route fills in: from its path, or from the record that the path names."""
LookedUpId = Annotated[UUID | None, SkipJsonSchema(), Field(default=None, validation_alias="\0path", repr=False)]
LookedUpNumber = Annotated[int, SkipJsonSchema(), Field(default=0, validation_alias="\0path", repr=False)]


class RebuildProjection(Command):
    """Fold a read table anew from the book, or all of them (``all``)."""

    projection: LookedUp
    tenant_id: Annotated[
        UUID | None,
        Field(description="Only this centre's rows. A centre's administrator rebuilds that centre's; a super admin's "
              "rebuild is for every centre unless one is named"),
    ] = None  # fmt: skip
    workers: Annotated[
        int, Field(strict=True, ge=1, le=MOST_WORKERS, description="Processes that fold; more than one helps where "
                   "there are many centres and cores")
    ] = 1  # fmt: skip
    check_only: Annotated[
        bool, Field(strict=True, description="Only compare with what is served, and serve that on")
    ] = False


class PauseRebuild(Command):
    """Let a rebuild rest. What it has done stays."""

    rebuild_id: FromPath


class ResumeRebuild(Command):
    """Go on with a rebuild that was paused or has failed."""

    rebuild_id: FromPath


class CancelRebuild(Command):
    """Give a rebuild up. What is served stays as it is."""

    rebuild_id: FromPath


class RollBackRebuild(Command):
    """Serve again what was served before a rebuild, brought up to date."""

    rebuild_id: FromPath


class RetryParkedStream(Command):
    """Apply the events of a parked stream again."""

    parked_id: FromPath
    projection: LookedUp
    stream: LookedUpId
    position: LookedUpNumber


class SkipParkedEvent(Command):
    """Pass over the event that a stream is parked at, and go on with those after it."""

    parked_id: FromPath
    projection: LookedUp
    stream: LookedUpId
    position: LookedUpNumber
    reason: Annotated[
        Reason,
        Field(description="Why it may be passed over; kept in the book", examples=["Sent twice by the importer"]),
    ]


class RebuildWanted(Result):
    """``id`` names the rebuild: ask ``/projections/rebuilds/{id}`` how far it is."""

    id: UUID
    version: int
    wanted: Wanted


@handles(RebuildProjection, may="projections:rebuild")
async def rebuild_projection(command: RebuildProjection, context: Context, book: Book) -> RebuildWanted:
    rebuild = book.new(Rebuild, context.new_id())
    names = () if command.projection == ALL else (command.projection,)
    rebuild.ask(names, command.tenant_id, workers=command.workers, check_only=command.check_only)
    return _told(rebuild)


@handles(PauseRebuild, may="projections:rebuild")
async def pause_rebuild(command: PauseRebuild, context: Context, book: Book) -> RebuildWanted:
    return await _want(command.rebuild_id, Wanted.PAUSE, context, book)


@handles(ResumeRebuild, may="projections:rebuild")
async def resume_rebuild(command: ResumeRebuild, context: Context, book: Book) -> RebuildWanted:
    return await _want(command.rebuild_id, Wanted.RUN, context, book)


@handles(CancelRebuild, may="projections:rebuild")
async def cancel_rebuild(command: CancelRebuild, context: Context, book: Book) -> RebuildWanted:
    return await _want(command.rebuild_id, Wanted.CANCEL, context, book)


@handles(RollBackRebuild, may="projections:rebuild")
async def roll_back_rebuild(command: RollBackRebuild, context: Context, book: Book) -> RebuildWanted:
    return await _want(command.rebuild_id, Wanted.ROLLBACK, context, book)


@handles(RetryParkedStream, may="projections:rebuild")
async def retry_parked_stream(command: RetryParkedStream, context: Context, book: Book) -> RebuildWanted:
    return _anew(command, Why.RETRY, context, book)


@handles(SkipParkedEvent, may="projections:rebuild")
async def skip_parked_event(command: SkipParkedEvent, context: Context, book: Book) -> RebuildWanted:
    return _anew(command, Why.SKIP, context, book, command.reason)


def _anew(
    command: RetryParkedStream | SkipParkedEvent, why: Why, context: Context, book: Book, reason: str | None = None
) -> RebuildWanted:
    """What the stream's events made is folded anew: rows that miss one cannot be mended by applying it late."""
    if command.stream is None:
        raise TypeError("the route looks the stream up")
    rebuild = book.new(Rebuild, context.new_id())
    parked = command.projection, command.stream, command.position
    # A stream that nobody can read is missing from every table.
    names = () if command.projection == "*" else (command.projection,)
    rebuild.ask(names, context.tenant_id, why=why, parked=parked, reason=reason)
    return _told(rebuild)


async def _want(rebuild_id: UUID, wanted: Wanted, context: Context, book: Book) -> RebuildWanted:
    rebuild = await book.load(Rebuild, rebuild_id)
    context.must_match(rebuild)
    rebuild.want(wanted)
    return _told(rebuild)


def _told(rebuild: Rebuild) -> RebuildWanted:
    return RebuildWanted(id=rebuild.id, version=rebuild.version, wanted=rebuild.wanted)
