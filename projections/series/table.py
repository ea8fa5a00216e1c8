"""A row for each series, and one for each session that a series has made. How a session stands is in its own row."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from domain.base import Event, Recorded
from domain.series import Series
from projections.base import ReadTable, Row, changed, own, replace

__all__ = ["OccurrenceRow", "SeriesRow", "occurrences", "series"]


class SeriesRow(Row, frozen=True):
    """A series: a weekly rule (RFC 5545) from ``firstDate`` on, at the wall time ``startTime`` ('HH:MM') in
    ``timezone``. ``leftOut`` are its dates that were not booked. ``continues`` and ``continuedBy`` name the series
    before and after, where one was split."""

    id: UUID
    patient_id: UUID
    therapist_id: UUID
    therapy_type_id: UUID
    room_id: UUID | None
    first_date: date
    start_time: str
    timezone: str
    rule: str
    left_out: list[date]
    continues: UUID | None
    continued_by: UUID | None
    booked_at: datetime
    updated_at: datetime
    version: int


class OccurrenceRow(Row, frozen=True):
    """``day`` is the date by the rule, wherever the session was moved since."""

    session_id: UUID
    series_id: UUID
    day: date


series = ReadTable("series", SeriesRow, key="id", indexes=[("patient_id",), ("therapist_id",)])
occurrences = ReadTable("occurrences", OccurrenceRow, key="session_id", indexes=[("series_id", "day")])


@series.on(Series.SeriesStarted, key=own)
def started(row: None, event: Series.SeriesStarted, at: Recorded) -> SeriesRow:
    return SeriesRow(
        id=event.originator_id,
        patient_id=event.patient_id,
        therapist_id=event.therapist_id,
        therapy_type_id=event.therapy_type_id,
        room_id=event.room_id,
        first_date=event.first_day,
        start_time=event.start_time,
        timezone=event.timezone,
        rule=event.rule,
        left_out=list(event.left_out),
        continues=event.continues,
        continued_by=None,
        booked_at=at.recorded_at,
        updated_at=at.recorded_at,
        version=at.version,
    )


@series.on(Series.SeriesChanged, key=own)
def series_changed(row: SeriesRow, event: Series.SeriesChanged, at: Recorded) -> SeriesRow:
    return changed(
        row,
        at,
        therapist_id=event.therapist_id,
        therapy_type_id=event.therapy_type_id,
        room_id=event.room_id,
        first_date=event.first_day,
        start_time=event.start_time,
        rule=event.rule,
        left_out=list(event.left_out),
    )


@series.on(Series.SeriesSplit, key=own)
def split(row: SeriesRow, event: Series.SeriesSplit, at: Recorded) -> SeriesRow:
    left = [day for day in row.left_out if day < event.from_day]
    return changed(row, at, rule=event.rule, continued_by=event.into, left_out=left)


@series.on(Series.OccurrenceChanged, key=own)
@series.on(Series.OccurrencesCancelled, key=own)
def touched(row: SeriesRow, event: Event, at: Recorded) -> SeriesRow:
    return changed(row, at)


def _sessions(event: Series.SeriesStarted | Series.SeriesChanged) -> list[UUID]:
    return [each.session_id for each in event.occurrences]


@occurrences.on(Series.SeriesStarted, key=_sessions)
@occurrences.on(Series.SeriesChanged, key=_sessions)
def listed(
    row: OccurrenceRow | None, event: Series.SeriesStarted | Series.SeriesChanged, *, key: tuple[UUID]
) -> OccurrenceRow:
    """What was split from another series is of this one now."""
    day = next(each.day for each in event.occurrences if each.session_id == key[0])
    return OccurrenceRow(session_id=key[0], series_id=event.originator_id, day=day)


@occurrences.on(Series.OccurrenceChanged, key=lambda e: e.occurrence.session_id)
def put_in_place(row: OccurrenceRow | None, event: Series.OccurrenceChanged) -> OccurrenceRow:
    """A session that took the place of another: that one stays listed too, as cancelled."""
    if row is not None:
        return replace(row, day=event.occurrence.day)
    return OccurrenceRow(
        session_id=event.occurrence.session_id, series_id=event.originator_id, day=event.occurrence.day
    )
