"""What is due: functions of a centre's settings, what was last done, and now. No clock, no waiting, no memory.

A moment at which nobody looked is therefore not missed: whoever looks next finds the same thing due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from application.notices import session_reminder
from consumers.schedule.facts import Starting
from domain.notices import notice_id
from domain.tenancy import NoticePolicy
from domain.timegrid import forward, wall
from domain.values import NoticeKind

DUES_AT = time(9)
"""On the clock of the centre."""


def dues_reminder_at(policy: NoticePolicy, zone: ZoneInfo, year: int, month: int) -> datetime:
    """The instant (UTC) at which a month's dues are reminded of. Where the clocks skip that time, the gap later; where
    they show it twice, at the first."""
    return forward(datetime.combine(policy.dues_reminder_on(year, month), DUES_AT), zone)


def dues_month(
    policy: NoticePolicy, zone: ZoneInfo, opened_at: datetime, done: str | None, now: datetime
) -> str | None:
    """The month ('YYYY-MM') whose dues are to be reminded of now: the centre's present one, if its day and hour have
    come, it was not ``done``, and the centre was open by then. A month that is over is not reminded of any more.

    Whoever moves the day to one that has passed is due at once: each month has its reminder, on one day or the other.
    """
    local = wall(now, zone)
    month, at = f"{local:%Y-%m}", dues_reminder_at(policy, zone, local.year, local.month)
    return month if opened_at <= at <= now and (done is None or done < month) else None


def sessions_to_remind(
    policy: NoticePolicy, sessions: Iterable[Starting], asked: Collection[UUID], now: datetime
) -> list[Starting]:
    """Those that begin within the centre's time from now and are not reminded of yet by each channel. Who was told of a
    start when its reminder was due already needs no reminder as well."""
    before = timedelta(hours=policy.reminder_hours_before)
    return [
        each
        for each in sessions
        if each.starts_at - before <= now < each.starts_at
        and not (each.told_at is not None and each.told_at >= each.starts_at - before)
        and not set(reminders_of(policy, each)) <= set(asked)
    ]


def reminders_of(policy: NoticePolicy, session: Starting) -> list[UUID]:
    """The ids of the notices that remind of a session: none where the centre sends none."""
    about = session_reminder(session.patient_id, session.session_id, session.starts_at)
    return [
        notice_id(session.patient_id, about.kind, about.occasion, channel)
        for channel in policy.channels_of(NoticeKind.SESSION_REMINDER)
    ]


def next_look(
    policy: NoticePolicy, zone: ZoneInfo, next_start: datetime | None, next_expiry: datetime | None, now: datetime
) -> datetime:
    """When something may be due though nothing has happened meanwhile. ``next_start`` is that of the first session
    beyond those that are to be reminded of now."""
    local = wall(now, zone)
    following = (local.year + local.month // 12, local.month % 12 + 1)
    times = [dues_reminder_at(policy, zone, local.year, local.month), dues_reminder_at(policy, zone, *following)]
    if next_start is not None:
        times.append(next_start - timedelta(hours=policy.reminder_hours_before))
    if next_expiry is not None:
        times.append(next_expiry)
    return min((each for each in times if each > now), default=now.astimezone(UTC) + timedelta(days=1))
