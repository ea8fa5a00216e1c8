"""How many minutes therapists offered: the same computation that finds the free slots, with nothing booked.

Hours count from the day they were stated; what was stated first counts for the days before it too, as nothing else is
known of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from domain.availability import Leave, WeeklySlot
from domain.reports import Period
from domain.scheduling import CentreRules, Timetable
from domain.timegrid import Interval, forward
from projections.query import Data, Reader
from projections.reports.hour_facts import HourKind, HourSpan, hour_facts

__all__ = ["Hours", "hours_of"]

ONE_DAY = timedelta(days=1)
FOR_EVER = date(2500, 1, 1)


@dataclass
class Roster:
    """One therapist's spans, oldest first."""

    slots: list[HourSpan] = field(default_factory=list)
    away: list[HourSpan] = field(default_factory=list)

    def segments(self, period: Period) -> Iterator[tuple[Period, list[HourSpan]]]:
        """The period in parts in which the same weekly slots hold."""
        stated = min((span.since for span in self.slots), default=FOR_EVER)
        spans = [(period.first if span.since == stated else span.since, span) for span in self.slots]
        ends = {span.until for _, span in spans if span.until} | {since for since, _ in spans}
        edges = sorted(day for day in ends if period.first < day <= period.last)
        for first, following in zip(
            [period.first, *edges], [*edges, period.last + ONE_DAY], strict=True
        ):  # fmt: skip
            held = [span for since, span in spans if since <= first < (span.until or FOR_EVER)]
            if held:
                yield Period(first, following - ONE_DAY), held


class Hours:
    """The working hours of a centre's therapists."""

    def __init__(self, zone: ZoneInfo, rows: Iterable[Data]) -> None:
        self.zone = zone
        self.rosters: defaultdict[UUID, Roster] = defaultdict(Roster)
        self.holidays: list[HourSpan] = []
        for row in rows:
            spans = msgspec.convert(row["spans"], list[HourSpan])
            if row["kind"] == HourKind.HOLIDAY:
                self.holidays += spans
            elif row["kind"] == HourKind.SLOT:
                self.rosters[row["therapist_id"]].slots += spans
            else:
                self.rosters[row["therapist_id"]].away += spans

    def minutes(self, period: Period) -> dict[UUID, int]:
        """What each therapist offered in the period; those who offered nothing are left out."""
        offered = {
            therapist: sum(self._open(part, held, self._away(roster, part)) for part, held in roster.segments(period))
            for therapist, roster in self.rosters.items()
        }
        return {therapist: minutes for therapist, minutes in offered.items() if minutes}

    def contributions(self, period: Period, therapist_id: UUID | None = None) -> list[tuple[HourSpan, int]]:
        """The minutes by event: what each slot adds to the earlier ones, and what leave and holidays take away again.
        They sum to ``minutes``."""
        found: defaultdict[int, int] = defaultdict(int)
        events: dict[int, HourSpan] = {}
        for therapist, roster in self.rosters.items():
            if therapist_id not in {None, therapist}:
                continue
            for part, held in roster.segments(period):
                slots = sorted(held, key=lambda span: span.position)
                away = sorted(self._away(roster, part), key=lambda span: span.position)
                steps = [(slots[: n + 1], away[:0]) for n in range(len(slots))]
                steps += [(slots, away[: n + 1]) for n in range(len(away))]
                before = 0
                for span, (on, off) in zip([*slots, *away], steps, strict=True):
                    after = self._open(part, on, off)
                    found[span.position] += after - before
                    events[span.position] = span
                    before = after
        return [(events[position], minutes) for position, minutes in sorted(found.items()) if minutes]

    def _away(self, roster: Roster, part: Period) -> list[HourSpan]:
        return [
            span
            for span in (*roster.away, *self.holidays)
            if span.since <= part.last and (span.until or FOR_EVER) > part.first
        ]

    def _open(self, part: Period, held: Sequence[HourSpan], away: Sequence[HourSpan]) -> int:
        slots = tuple(
            WeeklySlot(span.weekday or 0, span.start or "", span.end or "", span.therapy_type_id) for span in held
        )
        leave = tuple(
            Leave(max(span.since, part.first), min((span.until or FOR_EVER) - ONE_DAY, part.last), span.start, span.end)
            for span in away
        )
        return _open_minutes(slots, leave, part, self.zone)


@lru_cache(4096)
def _open_minutes(slots: tuple[WeeklySlot, ...], leave: tuple[Leave, ...], part: Period, zone: ZoneInfo) -> int:
    """Kept, because the same weeks are asked for again and again; everything it depends on is in its arguments."""
    window = Interval(_midnight(part.first, zone), _midnight(part.last + ONE_DAY, zone))
    hours = Timetable(CentreRules(zone), slots, leave).therapist(window, []).available
    return sum((stretch.length for stretch in hours), timedelta()) // timedelta(minutes=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return forward(datetime.combine(day, time.min), zone)


H = hour_facts.c
_ALL = hour_facts.select(H.kind, H.therapist_id, H.spans)
_ONE = _ALL.where(sa.or_(H.therapist_id == sa.bindparam("therapist"), H.therapist_id.is_(None)))


async def hours_of(db: Reader, zone: ZoneInfo, therapist_id: UUID | None = None) -> Hours:
    """The hours of all therapists, or of one."""
    return Hours(zone, await (db.all(_ALL) if therapist_id is None else db.all(_ONE, therapist=therapist_id)))
