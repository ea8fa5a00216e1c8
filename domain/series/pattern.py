"""On which days a series is: a weekly rule of RFC 5545, on the wall clock of the centre's zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from domain import text
from domain.base import Invalid
from domain.timegrid import BadRule, BadWallTime, Frequency, Nth, Rule, Weekday, candidates, forward, wall

__all__ = [
    "LONGEST_SERIES", "BadSeriesRule", "EmptySeries", "EndlessSeries", "Expected", "Pattern", "SeriesTooLong",
]  # fmt: skip

LONGEST_SERIES = 104
"""Occurrences: twice a week for a year, which is as far ahead as sessions are booked."""
FIRST_YEAR, LAST_YEAR = 1900, 2199
MIDNIGHT_AFTER = "24:00"


class BadSeriesRule(Invalid):
    """A series follows a weekly rule of RFC 5545, such as FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=20."""

    code = "BAD_RULE"


class EndlessSeries(Invalid):
    """A series ends: give its rule a COUNT or an UNTIL."""

    code = "SERIES_ENDLESS"


class SeriesTooLong(Invalid):
    """A series has at most 104 occurrences."""

    code = "SERIES_TOO_LONG"


class EmptySeries(Invalid):
    """This rule names no day at all."""

    code = "SERIES_EMPTY"


class Expected(NamedTuple):
    """A day that the rule names; ``skipped`` if the clocks skip the time on it."""

    day: date
    skipped: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """Always the same wall time ('HH:MM'), on days that a rule names from ``first_day`` on. Made by ``read``, so that
    ``rule`` is written one way: weekly, with its weekdays, and with an end that is a COUNT or a local date."""

    first_day: date
    start_time: str
    rule: str

    @classmethod
    def read(cls, first_day: date, start_time: str, rule: str, zone: ZoneInfo) -> Self:
        """What somebody typed. Raises ``BadSeriesRule``, ``EndlessSeries``, ``SeriesTooLong``, ``EmptySeries``."""
        if text.wall_time(start_time, "startTime") == MIDNIGHT_AFTER:
            raise Invalid("A session starts before 24:00.", field="startTime")
        parsed = _parsed(rule)
        if parsed.until is not None:
            parsed = replace(parsed, until=_last_date(parsed.until, start_time, zone))
        weekdays = {nth.day for nth in parsed.by_day} or {Weekday(first_day.weekday())}
        pattern = cls(first_day, start_time, _written(replace(parsed, by_day=tuple(map(Nth, sorted(weekdays))))))
        if not pattern.days(zone):
            raise EmptySeries(field="rule")
        return pattern

    def days(self, zone: ZoneInfo) -> list[Expected]:
        """Every day in order. As in RFC 5545, a skipped one does not count towards COUNT."""
        found: list[Expected] = []
        start = datetime.combine(self.first_day, time.fromisoformat(self.start_time))
        try:
            for local, at in candidates(Rule.parse(self.rule), start, zone):
                found.append(Expected(local.date(), at is None))
                if len(found) > LONGEST_SERIES:
                    raise SeriesTooLong(field="rule")
        except BadWallTime as outside:
            raise Invalid(str(outside), field="firstDate") from outside
        return found

    def shifted(self, days: int) -> Self:
        """The same pattern so many days later (or earlier): weekdays, beginning of the week and end move along."""
        rule = Rule.parse(self.rule)
        return replace(
            self,
            first_day=self.first_day + timedelta(days=days),
            rule=_written(
                replace(
                    rule,
                    by_day=tuple(Nth(day) for day in sorted(Weekday((nth.day + days) % 7) for nth in rule.by_day)),
                    week_start=Weekday((rule.week_start + days) % 7),
                    until=rule.until and rule.until + timedelta(days=days),
                )
            ),
        )

    def between(self, first_day: date, last_day: date) -> Self:
        """Part of the pattern, from one of its days on, up to a date that is included."""
        return replace(
            self, first_day=first_day, rule=_written(replace(Rule.parse(self.rule), count=None, until=last_day))
        )


def _parsed(typed: str) -> Rule:
    """A rule that a series can follow, its end not understood yet. Raises ``BadSeriesRule``, ``EndlessSeries``."""
    try:
        rule = Rule.parse(typed)
    except BadRule as bad:
        raise BadSeriesRule(str(bad), field="rule") from bad
    if rule.frequency is not Frequency.WEEKLY:
        raise BadSeriesRule("A series is weekly: FREQ=WEEKLY, with INTERVAL for every other week.", field="rule")
    if rule.by_month or rule.by_set_position:
        raise BadSeriesRule("BYMONTH and BYSETPOS are not for a series: leave days out instead.", field="rule")
    if rule.is_endless:
        raise EndlessSeries(field="rule")
    if rule.count is not None and rule.count > LONGEST_SERIES:
        raise SeriesTooLong(field="rule")
    return rule


def _last_date(until: date | datetime, start_time: str, zone: ZoneInfo) -> date:
    """The last local date on which a start is not after ``until``."""
    if not FIRST_YEAR <= until.year <= LAST_YEAR:
        raise BadSeriesRule(f"UNTIL is a date of the years {FIRST_YEAR} to {LAST_YEAR}.", field="rule")
    if not isinstance(until, datetime):
        return until
    local = until if until.tzinfo is None else wall(until, zone)
    start = datetime.combine(local.date(), time.fromisoformat(start_time))
    late = start > local if until.tzinfo is None else forward(start, zone) > until
    return local.date() - timedelta(days=1) if late else local.date()


def _written(rule: Rule) -> str:
    parts = ["FREQ=WEEKLY"]
    if rule.interval > 1:
        parts.append(f"INTERVAL={rule.interval}")
    parts.append("BYDAY=" + ",".join(_letters(nth.day) for nth in rule.by_day))
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if rule.until is not None:
        parts.append(f"UNTIL={rule.until:%Y%m%d}")
    if rule.week_start is not Weekday.MONDAY:
        parts.append(f"WKST={_letters(rule.week_start)}")
    return ";".join(parts)


def _letters(day: Weekday) -> str:
    return day.name[:2]
