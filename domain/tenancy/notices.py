"""How a centre's notices go out: which, when, by what channel. What they say is not decided here.

Quiet hours hold back, they do not drop: ``NoticePolicy.sendable_from`` answers when a notice may go.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from domain import text
from domain.base import Invalid
from domain.timegrid import forward, minute_of_day, wall
from domain.values import Audience, Channel, NoticeKind

__all__ = ["Audience", "Channel", "NoticeKind", "NoticePolicy", "QuietHours"]

LONGEST_REMINDER_HOURS = 24 * 14
LONGEST_SENDER = 60
MOST_LANGUAGES = 10
LAST_DAY = 31
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
MIDNIGHT_AFTER = "24:00"


_USUAL = {Audience.FAMILY: (Channel.SMS,), Audience.STAFF: (Channel.EMAIL,)}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` up to, not including, ``end``, as the centre's clock shows them ('HH:MM'). They run over midnight
    when the start is the later of the two."""

    start: str = "21:00"
    end: str = "08:00"

    def check(self) -> None:
        for value, name in ((self.start, "quietHoursStart"), (self.end, "quietHoursEnd")):
            if text.wall_time(value, name) == MIDNIGHT_AFTER:
                raise Invalid("Midnight is written 00:00 here.", field=name)
        if self.start == self.end:
            raise Invalid("Quiet hours end at another time than they start.", field="quietHoursEnd")

    def holds(self, local: datetime) -> bool:
        """Whether it is quiet when the clock shows this (a naive wall time)."""
        shown, start, end = f"{local:%H:%M}", self.start, self.end  # 'HH:MM' sorts as time does
        return start <= shown < end if start < end else shown >= start or shown < end

    def over_at(self, local: datetime) -> datetime:
        """The wall time at which the quiet that holds now is over."""
        ends = datetime.combine(local.date(), time.min) + timedelta(minutes=minute_of_day(self.end))
        return ends if ends > local else ends + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NoticePolicy:
    reminder_hours_before: int = 24
    """A session is reminded of so long before its start."""
    dues_reminder_day: int = 15
    """Of the month; 29 to 31 mean the last day of a shorter one."""
    quiet_hours: QuietHours | None = QuietHours()
    languages: tuple[str, ...] = ("en",)
    """The preferred one first."""
    channels: Mapping[NoticeKind, tuple[Channel, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What was chosen; ``channels_of`` knows the rest."""
    sender_name: str | None = None
    """Without one, the centre's name."""

    def channels_of(self, kind: NoticeKind) -> tuple[Channel, ...]:
        """None at all: this kind is switched off."""
        return self.channels.get(kind, _USUAL[kind.audience])

    def dues_reminder_on(self, year: int, month: int) -> date:
        """The local date of a month's dues reminder."""
        return date(year, month, min(self.dues_reminder_day, monthrange(year, month)[1]))

    def sendable_from(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The first moment from ``instant`` (aware) on at which it is not quiet (UTC). An end of quiet hours that the
        clocks skip moves forward by the gap."""
        quiet, at = self.quiet_hours, instant.astimezone(UTC)
        while quiet is not None and quiet.holds(local := wall(at, zone)):
            over = forward(quiet.over_at(local), zone)
            # In an hour that the clocks repeat, the end named may be its first reading, which is past.
            at = over if over > at else at + timedelta(minutes=1)
        return at


def reminder_hours(value: int) -> int:
    if not 1 <= value <= LONGEST_REMINDER_HOURS:
        raise Invalid(f"From 1 to {LONGEST_REMINDER_HOURS}.", field="reminderHoursBefore")
    return value


def day_of_month(value: int) -> int:
    if not 1 <= value <= LAST_DAY:
        raise Invalid(f"From 1 to {LAST_DAY}.", field="duesReminderDay")
    return value


def languages(values: tuple[str, ...]) -> tuple[str, ...]:
    """Languages as 'hi' or 'en-IN', each once."""
    if not 1 <= len(values) <= MOST_LANGUAGES or len(set(values)) < len(values):
        raise Invalid(f"Name 1 to {MOST_LANGUAGES} languages, each once.", field="languages")
    if any(LANGUAGE.fullmatch(value) is None for value in values):
        raise Invalid("A language is written like 'hi' or 'en-IN'.", field="languages")
    return values


def channels(kind: NoticeKind, wanted: tuple[Channel, ...]) -> tuple[Channel, ...]:
    """Each once, in one order. Staff are not written to by SMS: a phone number of theirs is there to be called."""
    if not kind.automatic:
        raise Invalid("Whoever writes this notice chooses how it goes out.", field="notices")
    if kind.audience is Audience.STAFF and Channel.SMS in wanted:
        raise Invalid("This notice goes to people who work here, whom only e-mail reaches.", field="notices")
    return tuple(channel for channel in Channel if channel in wanted)
