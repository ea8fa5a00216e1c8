"""Recurrence rules, RFC 5545 section 3.3.10, expanded on the wall clock.

Supported: FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYMONTHDAY,
BYYEARDAY, BYDAY (with ordinals) and BYSETPOS. Everything else, and every combination the RFC forbids, is
refused by name: a rule that is half understood books sessions nobody asked for.

Dates that do not exist (31 April) and wall times that the clocks skip are left out and not counted, as the
RFC says. Of a wall time that happens twice the earlier instant is meant. The start is where the pattern
begins, not an occurrence by itself: the RFC leaves a start that does not match its rule undefined, and here
it is simply no match.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.base import Invalid
from domain.timegrid.walltime import WallTimeSkipped, Weekday, forward, resolve

BARREN_YEARS = 100
"""A rule barren for so long has no more occurrences: 30 February would be sought until the year 9999."""
LARGEST_INTERVAL = 366
"""Of days, weeks or months; of years it is ``BARREN_YEARS``."""


class BadRule(Invalid):
    """This recurrence rule is not one of RFC 5545, or uses a part that is not supported."""


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class Nth(NamedTuple):
    """A weekday: every one (``nth`` 0), or the nth of the month or year; negative counts from its end."""

    day: Weekday
    nth: int = 0


class Occurrence(NamedTuple):
    """``local`` is the naive wall time, ``at`` the instant (UTC) it resolves to."""

    local: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule. ``until`` is inclusive: a date, a naive wall time, or an instant with its zone.

    Raises ``BadRule`` for combinations the RFC forbids.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    by_day: tuple[Nth, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_set_position: tuple[int, ...] = ()
    week_start: Weekday = Weekday.MONDAY

    def __post_init__(self) -> None:
        yearly = self.frequency is Frequency.YEARLY
        has_ordinals = yearly or self.frequency is Frequency.MONTHLY
        narrowed = self.by_day or self.by_month_day or self.by_month or self.by_year_day
        for part, wrong in {
            "INTERVAL": not 1 <= self.interval <= (BARREN_YEARS if yearly else LARGEST_INTERVAL),
            "COUNT": self.count is not None and (self.count < 1 or self.until is not None),
            "BYDAY": any(abs(entry.nth) > (53 if has_ordinals else 0) for entry in self.by_day),
            "BYMONTHDAY": _beyond(self.by_month_day, 31) or (self.by_month_day and self.frequency is Frequency.WEEKLY),
            "BYMONTH": any(not 1 <= month <= 12 for month in self.by_month),  # noqa: PLR2004
            "BYYEARDAY": _beyond(self.by_year_day, 366) or (self.by_year_day and not yearly),
            "BYSETPOS": _beyond(self.by_set_position, 366) or (self.by_set_position and not narrowed),
        }.items():
            if wrong:
                raise BadRule(f"{part} is not allowed so in this rule.", part=part)

    @property
    def is_endless(self) -> bool:
        return self.count is None and self.until is None

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read ``FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE``, with or without ``RRULE:``, in any case and order."""
        parts: dict[str, str] = {}
        for part in text.strip().upper().removeprefix("RRULE:").split(";"):
            name, _, value = part.partition("=")
            if name not in _PARTS or name in parts or not value:
                raise BadRule(f"Unsupported, empty or repeated rule part: {name[:40]}", part=name[:40])
            parts[name] = value
        if "FREQ" not in parts:
            raise BadRule("A rule needs a FREQ.", part="FREQ")
        return cls(
            frequency=_frequency(parts["FREQ"]),
            interval=_number(parts.get("INTERVAL", "1"), "INTERVAL"),
            count=_number(parts["COUNT"], "COUNT") if "COUNT" in parts else None,
            until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
            by_day=tuple(_nth(entry) for entry in parts["BYDAY"].split(",")) if "BYDAY" in parts else (),
            by_month_day=_numbers(parts, "BYMONTHDAY"),
            by_month=_numbers(parts, "BYMONTH"),
            by_year_day=_numbers(parts, "BYYEARDAY"),
            by_set_position=_numbers(parts, "BYSETPOS"),
            week_start=_nth(parts.get("WKST", "MO"), plain=True).day,
        )


def occurrences(rule: Rule, start: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
    """The occurrences from ``start`` (a naive wall time in ``zone``) on, in order and lazily.

    An endless rule yields on and on: take what you need with ``itertools.islice``.
    """
    for local, at in candidates(rule, start, zone):
        if at is not None:
            yield Occurrence(local, at)


def candidates(rule: Rule, start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime | None]]:
    """The same with the wall times that the clocks skip, whose instant is ``None``: they are not counted."""
    forward(start, zone)  # refuses a start that is no wall time of the calendar, before any counting from it
    counted = 0
    for day in _days(_completed(rule, start), start.date()):
        local = datetime.combine(day, start.time())
        at: datetime | None
        try:
            at = resolve(local, zone)
        except WallTimeSkipped:
            at = None
        if _is_past(rule.until, local, at or forward(local, zone)):
            return
        yield local, at
        counted += at is not None
        if counted == rule.count:
            return


def occurrence_spans(rule: Rule, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Naive local (start, end) of each occurrence; all as long on the clock as the first, midnight or not."""
    for occurrence in occurrences(rule, start, zone):
        yield occurrence.local, occurrence.local + (end - start)


def _completed(rule: Rule, start: datetime) -> Rule:
    """What the rule leaves open, its start says: the weekday, the day of the month, the month."""
    if rule.by_day or rule.by_month_day or rule.by_year_day or rule.frequency is Frequency.DAILY:
        return rule
    if rule.frequency is Frequency.WEEKLY:
        return replace(rule, by_day=(Nth(Weekday(start.weekday())),))
    if rule.frequency is Frequency.MONTHLY:
        return replace(rule, by_month_day=(start.day,))
    return replace(rule, by_month_day=(start.day,), by_month=rule.by_month or (start.month,))


def _days(rule: Rule, first: date) -> Iterator[date]:
    last_found = first
    for period in _periods(rule, first):
        if period[0].year > last_found.year + BARREN_YEARS:
            return
        matching = [day for day in period if _matches(rule, day)]
        if rule.by_set_position:
            places = {place - 1 if place > 0 else len(matching) + place for place in rule.by_set_position}
            matching = [day for place, day in enumerate(matching) if place in places]
        for day in matching:
            if day >= first:
                last_found = day
                yield day


def _periods(rule: Rule, first: date) -> Iterator[list[date]]:
    """All days of each day, week, month or year that the interval lands on."""
    if rule.frequency in {Frequency.DAILY, Frequency.WEEKLY}:
        size = 7 if rule.frequency is Frequency.WEEKLY else 1
        begin = first - timedelta(days=(first.weekday() - rule.week_start) % 7 if size > 1 else 0)
        number = begin.toordinal()
        while number + size <= _END_OF_CALENDAR:
            yield [date.fromordinal(number + n) for n in range(size)]
            number += size * rule.interval
        return
    months = 1 if rule.frequency is Frequency.MONTHLY else 12
    month = first.year * 12 + (first.month - 1 if months == 1 else 0)
    while month < MAXYEAR * 12:
        begin = date(month // 12, month % 12 + 1, 1)
        length = calendar.monthrange(begin.year, begin.month)[1] if months == 1 else _year_length(begin.year)
        yield [begin + timedelta(days=n) for n in range(length)]
        month += months * rule.interval


def _matches(rule: Rule, day: date) -> bool:
    if rule.by_month and day.month not in rule.by_month:
        return False
    month_length = calendar.monthrange(day.year, day.month)[1]
    if rule.by_month_day and not {day.day, day.day - month_length - 1} & set(rule.by_month_day):
        return False
    year_day, year_length = day.timetuple().tm_yday, _year_length(day.year)
    if rule.by_year_day and not {year_day, year_day - year_length - 1} & set(rule.by_year_day):
        return False
    if not rule.by_day:
        return True
    # "The second Tuesday" is the month's, unless the rule speaks of the year without naming months.
    of_year = rule.frequency is Frequency.YEARLY and not rule.by_month
    place, length = (year_day, year_length) if of_year else (day.day, month_length)
    nths = {0, (place - 1) // 7 + 1, -((length - place) // 7 + 1)}
    return any(entry.day == day.weekday() and entry.nth in nths for entry in rule.by_day)


def _is_past(until: date | datetime | None, local: datetime, at: datetime) -> bool:
    if until is None:
        return False
    if not isinstance(until, datetime):
        return local.date() > until
    return (local if until.tzinfo is None else at) > until


def _year_length(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def _beyond(numbers: tuple[int, ...], largest: int) -> bool:
    return any(not 1 <= abs(number) <= largest for number in numbers)


_END_OF_CALENDAR = date(MAXYEAR, 1, 1).toordinal()
_PARTS = frozenset({
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST",
    "BYDAY", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYSETPOS",
})  # fmt: skip
_WEEKDAY_CODES = {day.name[:2]: day for day in Weekday}
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_NTH = re.compile(r"([+-]?\d{1,2})?([A-Z]{2})", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,4}", re.ASCII)


def _frequency(text: str) -> Frequency:
    try:
        return Frequency(text)
    except ValueError as error:
        raise BadRule(f"Unsupported FREQ: {text[:40]}", part="FREQ") from error


def _number(text: str, part: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise BadRule(f"{part} is not a number: {text[:40]}", part=part)
    return int(text)


def _numbers(parts: dict[str, str], part: str) -> tuple[int, ...]:
    return tuple(_number(text, part) for text in parts[part].split(",")) if part in parts else ()


def _nth(text: str, *, plain: bool = False) -> Nth:
    found = _NTH.fullmatch(text)
    if not found or found[2] not in _WEEKDAY_CODES or (found[1] and (plain or not int(found[1]))):
        raise BadRule(f"Not a weekday: {text[:40]}", part="WKST" if plain else "BYDAY")
    return Nth(_WEEKDAY_CODES[found[2]], int(found[1] or 0))


def _until(text: str) -> date | datetime:
    found = _UNTIL.fullmatch(text)
    try:
        if found and found[2]:
            moment = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")  # noqa: DTZ007 - local unless Z
            return moment.replace(tzinfo=UTC) if found[3] else moment
        if found:
            return datetime.strptime(found[1], "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        pass  # 30 February and 25 o'clock have the right form, too
    raise BadRule(f"UNTIL is not a date or time: {text[:40]}", part="UNTIL")
