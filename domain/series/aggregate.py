"""A series of sessions: the rule, and which sessions it has made."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from domain.base import NIL, Aggregate, Clash, Event, Invalid, Missing
from domain.series.pattern import Pattern

__all__ = ["Course", "NothingLeft", "Occurrence", "OccurrencesClash", "Reach", "Series"]


class NothingLeft(Clash):
    """None of these occurrences is still to come: each took place, was called off or has begun."""

    code = "NOTHING_LEFT"


class OccurrencesClash(Clash):
    """Not every occurrence can be had, so none was booked or moved.

    ``occurrences`` lists those that cannot, each with its ``date``, ``startTime`` and ``problems``.
    """

    code = "SERIES_CLASHES"


class Reach(StrEnum):
    """Which occurrences are meant: all that are still to come, one, or one and all that follow it."""

    ALL = "ALL"
    THIS = "THIS"
    FOLLOWING = "FOLLOWING"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A session of the series. ``day`` is the one that the rule named, wherever the session was moved since."""

    session_id: UUID
    day: date


@dataclass(frozen=True, slots=True)
class Course:
    """What its sessions are: with whom, of which therapy, in which room, if in any."""

    therapist_id: UUID
    therapy_type_id: UUID
    room_id: UUID | None = None


class Series(Aggregate):
    """Stream id: the series' own. Personal texts, such as why it was called off, stand with the sessions."""

    TOPIC = "series.Series"

    class SeriesStarted(Event):
        """``left_out``: days of the rule that were not booked. ``continues``: the series that this was split from,
        whose sessions these were."""

        TOPIC = "series.SeriesStarted"
        patient_id: UUID
        therapist_id: UUID
        therapy_type_id: UUID
        room_id: UUID | None
        first_day: date
        start_time: str
        timezone: str
        rule: str
        occurrences: tuple[Occurrence, ...]
        left_out: tuple[date, ...]
        continues: UUID | None

        def apply(self, series: Series) -> None:
            series.patient_id = self.patient_id
            series.timezone = self.timezone
            series.left_out = self.left_out
            series.become(Course(self.therapist_id, self.therapy_type_id, self.room_id), self.pattern)
            series.days = {each.session_id: each.day for each in self.occurrences}

        @property
        def pattern(self) -> Pattern:
            return Pattern(self.first_day, self.start_time, self.rule)

    class SeriesChanged(Event):
        """All that was still to come changed. ``occurrences`` are those sessions; they took the place of ``replaced``,
        if the therapy is another now. Facts are how the series is from now on."""

        TOPIC = "series.SeriesChanged"
        therapist_id: UUID
        therapy_type_id: UUID
        room_id: UUID | None
        first_day: date
        start_time: str
        rule: str
        occurrences: tuple[Occurrence, ...]
        replaced: tuple[UUID, ...]
        left_out: tuple[date, ...]

        def apply(self, series: Series) -> None:
            series.left_out = self.left_out
            pattern = Pattern(self.first_day, self.start_time, self.rule)
            series.become(Course(self.therapist_id, self.therapy_type_id, self.room_id), pattern)
            kept = {session: day for session, day in series.days.items() if session not in self.replaced}
            series.days = kept | {each.session_id: each.day for each in self.occurrences}

    class OccurrenceChanged(Event):
        """One session changed and is an exception now; with another therapy it took the place of ``replaced``."""

        TOPIC = "series.OccurrenceChanged"
        occurrence: Occurrence
        replaced: UUID | None

        def apply(self, series: Series) -> None:
            kept = {session: day for session, day in series.days.items() if session != self.replaced}
            series.days = kept | {self.occurrence.session_id: self.occurrence.day}

    class SeriesSplit(Event):
        """From ``from_day`` on there is another series, ``into``, with these sessions. ``rule`` ends before."""

        TOPIC = "series.SeriesSplit"
        from_day: date
        into: UUID
        rule: str
        sessions: tuple[UUID, ...]

        def apply(self, series: Series) -> None:
            series.pattern = replace(series.pattern, rule=self.rule)
            series.left_out = tuple(day for day in series.left_out if day < self.from_day)
            series.days = {session: day for session, day in series.days.items() if session not in self.sessions}

    class OccurrencesCancelled(Event):
        TOPIC = "series.OccurrencesCancelled"
        reach: Reach
        sessions: tuple[UUID, ...]

        def apply(self, series: Series) -> None:
            """What was called off stays an occurrence; its state is the session's."""

    def begin(self) -> None:
        self.patient_id: UUID = NIL
        self.course: Course = Course(NIL, NIL)
        self.timezone: str = ""
        self.pattern: Pattern = Pattern(date.min, "", "")
        self.days: dict[UUID, date] = {}
        """Session → the day of the rule that it stands for."""
        self.left_out: tuple[date, ...] = ()

    def become(self, course: Course, pattern: Pattern) -> None:
        """Part of folding; decides nothing."""
        self.course, self.pattern = course, pattern

    def must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such series.")

    def reached(self, reach: Reach, occurrence: UUID | None) -> list[UUID]:
        """The sessions meant, by the days of the rule. ``occurrence`` is one of them (may be missing for ALL)."""
        self.must_exist()
        if occurrence is None:
            if reach is not Reach.ALL:
                raise Invalid("Say which occurrence is meant.", field="occurrenceId")
        elif occurrence not in self.days:
            raise Missing("There is no such occurrence.")
        if reach is Reach.THIS and occurrence is not None:
            return [occurrence]
        first = self.days[occurrence] if reach is Reach.FOLLOWING and occurrence is not None else date.min
        return sorted((s for s, day in self.days.items() if day >= first), key=lambda s: (self.days[s], s))

    def start(
        self, patient_id: UUID, course: Course, pattern: Pattern, occurrences: Iterable[Occurrence], *, timezone: str,
        left_out: Iterable[date] = (), continues: UUID | None = None,
    ) -> None:  # fmt: skip
        self.decide(
            self.SeriesStarted, patient_id=patient_id, therapist_id=course.therapist_id,
            therapy_type_id=course.therapy_type_id, room_id=course.room_id, first_day=pattern.first_day,
            start_time=pattern.start_time, timezone=timezone, rule=pattern.rule, occurrences=tuple(occurrences),
            left_out=tuple(left_out), continues=continues,
        )  # fmt: skip

    def change(
        self, course: Course, pattern: Pattern, occurrences: Iterable[Occurrence], *, replaced: Iterable[UUID] = (),
        left_out: Iterable[date] = (),
    ) -> None:  # fmt: skip
        self.decide(
            self.SeriesChanged, therapist_id=course.therapist_id, therapy_type_id=course.therapy_type_id,
            room_id=course.room_id, first_day=pattern.first_day, start_time=pattern.start_time, rule=pattern.rule,
            occurrences=tuple(occurrences), replaced=tuple(replaced), left_out=tuple(left_out),
        )  # fmt: skip

    def change_one(self, occurrence: Occurrence, *, replaced: UUID | None = None) -> None:
        self.decide(self.OccurrenceChanged, occurrence=occurrence, replaced=replaced)

    def split(self, from_day: date, into: UUID, sessions: Collection[UUID]) -> None:
        """Hand these sessions, and every day from ``from_day`` on, to another series."""
        pattern = self.pattern.between(self.pattern.first_day, from_day - timedelta(days=1))
        self.decide(self.SeriesSplit, from_day=from_day, into=into, rule=pattern.rule, sessions=tuple(sessions))

    def cancelled(self, reach: Reach, sessions: Iterable[UUID]) -> None:
        """Some of its sessions were called off together."""
        self.decide(self.OccurrencesCancelled, reach=reach, sessions=tuple(sessions))
