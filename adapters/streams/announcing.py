"""From the book to what is told: the announcements of some events, whose the records are now, and each one's text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import msgspec

from adapters.streams.client import Frame, frame, reset
from application.stream import Announcement, Owners, announced, hears
from domain.values import Role
from projections import stream
from projections.query import Reader


class Missed:
    """What somebody is told first: announcements up to ``position``, or that there were too many of them."""

    def __init__(self, position: int, frames: Sequence[Frame], too_many: bool) -> None:
        self.position = position
        self.text = reset(position, "behind") if too_many else b"".join(each.text for each in frames)


async def announcements(db: Reader, after: int, upto: int, most: int) -> tuple[list[Announcement], int]:
    """What is announced of the next ``most`` events, and the position of the last of these."""
    rows = await stream.happened(db, after, upto, most)
    made = (
        announced(row["position"], row["topic"], row["stream_id"], row["version"], msgspec.json.decode(row["data"]))
        for row in rows
    )
    return [each for each in made if each is not None], rows[-1]["position"] if rows else after


async def owners_of(db: Reader, found: Sequence[Announcement]) -> Owners:
    ids: dict[str, set[UUID]] = defaultdict(set)
    for each in found:
        match each.resource.whose:
            case "patient":
                ids["patient"].add(each.people.get("patient_id", each.stream_id))
            case "session" | "series" as kind:
                ids[kind].add(each.stream_id)
    return Owners(
        await stream.treating(db, ids["patient"]) if ids["patient"] else {},
        await stream.giving(db, ids["session"]) if ids["session"] else {},
        await stream.running(db, ids["series"]) if ids["series"] else {},
    )


def frames_for(found: Sequence[Announcement], role: Role, user_id: UUID, owners: Owners) -> list[Frame]:
    return [
        Frame(each.position, frame("changed", each.told(), each.position))
        for each in found
        if hears(role, user_id, each, owners)
    ]
