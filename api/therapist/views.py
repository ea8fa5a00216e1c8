"""What the pages of a therapist look like."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import create_model

from api.scheduling import SessionView
from application.base import Model
from application.values import Day
from domain.scheduling import Action, ConflictKind, Standing
from projections import therapist

__all__ = ["DashboardView", "ScheduleView", "TherapistPatient", "TherapistSession", "TodayView"]


class ConflictView(Model):
    """What is wrong with a session that is to come. ``disturbs`` is the session it is too close to."""

    kind: ConflictKind
    disturbs: UUID | None


class ConflictOfDay(ConflictView):
    session_id: UUID


class Stretch(Model):
    """Wall times ('HH:MM') in the centre's zone, and the instants they mean."""

    start_time: str
    end_time: str
    starts_at: datetime
    ends_at: datetime
    minutes: int


TherapistSession = create_model(
    "TherapistSession", __base__=SessionView, __doc__="""A session as its therapist sees it. ``state`` goes by the clock
    too: WAITING has begun and was not started, OVERDUE is over and nobody has said how it went. ``actions`` are those
    that would not be refused now.""",
    state=(Standing, ...), actions=(list[Action], ...), conflict=(ConflictView | None, ...),
)  # fmt: skip
Sessions: Any = list[TherapistSession]


class StateCount(Model):
    state: Standing
    sessions: int


class Whoever(Model):
    therapist_id: UUID
    therapist_name: str | None
    timezone: str


class DayList(Model):
    """One local date: how many sessions are in which state, and all of them by start."""

    date: Day
    counts: list[StateCount]
    sessions: Sessions


class TodayView(Whoever, DayList):
    """The sessions that start today."""


class DayOverview(Model):
    """One local date in numbers, without cancelled sessions. ``hours`` are those that the therapist is there for, leave
    and holidays gone; ``gaps`` the free stretches of them between two sessions, buffers left out."""

    date: Day
    holiday: str | None
    on_leave: bool
    hours: list[Stretch]
    session_count: int
    completed_count: int
    booked_minutes: int
    free_minutes: int
    conflicts: list[ConflictOfDay]
    gaps: list[Stretch]


class ScheduleDay(DayOverview):
    """With all sessions of that day, cancelled ones too."""

    sessions: Sessions


class WeekOverview(Model):
    """From Monday to Sunday."""

    first_day: Day
    last_day: Day
    days: list[DayOverview]


class ScheduleView(Whoever):
    view: therapist.View
    first_day: Day
    last_day: Day
    days: list[ScheduleDay]


class PatientToReport(Model):
    """A patient whom a progress report is due for: many ``SESSIONS`` without one, or a long ``TIME``."""

    patient_id: UUID
    patient_name: str | None
    reason: therapist.ProgressReason
    unreported: int
    unreported_since: Day | None
    last_report_on: Day | None
    last_completed_on: Day | None


class PatientsToReport(Model):
    """Those waiting longest first, at most 50; ``total`` counts all."""

    total: int
    data: list[PatientToReport]


class PendingAction(Model):
    """``since`` is the local date it waits from."""

    kind: therapist.PendingKind
    patient_id: UUID
    patient_name: str | None
    session_id: UUID | None
    request_id: UUID | None
    since: Day


class PendingActions(Model):
    """The oldest first, at most 50 of a kind; the numbers count all."""

    total: int
    sessions_not_ended: int
    requests_open: int
    reports_due: int
    data: list[PendingAction]


class DashboardView(Whoever):
    date: Day
    today: DayList
    week: WeekOverview
    needing_progress: PatientsToReport
    pending_actions: PendingActions
    next_hours: Sessions


class TherapistPatient(Model):
    """A patient that the therapist treats. ``sessions`` were not cancelled; ``lastSessionOn`` is the last one
    completed. Names are null after an erasure."""

    id: UUID
    first_name: str | None
    last_name: str | None
    date_of_birth: Day | None
    guardian_name: str | None
    guardian_phone: str | None
    active: bool
    erased: bool
    sessions: int
    completed_sessions: int
    last_session_on: Day | None
    next_session_at: datetime | None
    progress_due: bool
    progress_reason: therapist.ProgressReason | None
    sessions_since_report: int
    last_report_on: Day | None
