"""The vocabulary of the peer cases: their JSON read into the product's own types, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain import timegrid as grid

Json = dict[str, Any]
Kind = Callable[[Json, Json], Json]
"""From a case's input, and what it expects, to answers in the case's words."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ats(texts: Iterable[str]) -> list[datetime]:
    return [at(text) for text in texts]


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def interval(it: Json) -> grid.Interval:
    return grid.Interval(at(it["start"]), at(it["end"]))


def intervals(them: Iterable[Json] | None) -> list[grid.Interval]:
    return [interval(it) for it in them or ()]


def same_time(them: Iterable[Json]) -> list[grid.Interval]:
    """Peers differ in whether touching stretches are written as one; which time it is, they agree on."""
    return grid.merge(intervals(them))


def zone(given: Json, word: str = "timezone") -> ZoneInfo:
    return ZoneInfo(given.get(word, "UTC"))


def window(given: Json) -> grid.Interval | None:
    return interval(given["window"]) if "window" in given else None


def hours(it: Json) -> grid.Hours:
    if "minutes" in it:
        return grid.Hours.lasting(it["start"], it["minutes"])
    return grid.Hours.between(it.get("start", "00:00"), it.get("end", "24:00"))


def weekly(entries: Iterable[Json]) -> list[grid.WeeklyHours]:
    return [grid.WeeklyHours(days(entry["days"]), hours(entry)) for entry in entries]


def days(names: Iterable[str]) -> frozenset[grid.Weekday]:
    return frozenset(grid.Weekday.named(name) for name in names)


def resource(it: Json) -> grid.Resource:
    return grid.Resource(
        intervals(it["available"]),
        intervals(it.get("busy")),
        minutes(it.get("buffer_before", 0)),
        minutes(it.get("buffer_after", 0)),
    )


def earliest(given: Json) -> datetime | None:
    notice = minutes(given.get("minimum_notice_minutes", 0))
    return grid.earliest_start(at(given["now"]), notice) if "now" in given else None


def offered(starts: list[datetime], expected: Json) -> Json:
    """A list of starts in every word that cases use for one; ``expected`` says what to look for in it."""
    return {
        "starts": starts,
        "count": len(starts),
        "first": starts[0] if starts else None,
        "last": starts[-1] if starts else None,
        "must_contain": [start for start in ats(expected.get("must_contain", ())) if start in starts],
        "must_not_contain": [start for start in ats(expected.get("must_not_contain", ())) if start not in starts],
    }


def instant(fact: str | None) -> datetime | None:
    return at(fact) if fact else None


def utc_parts(facts: list[Json]) -> list[tuple[int, int, int]]:
    return sorted((grid.Weekday.named(it["utc_day"]), it["from_minute"], it["to_minute"]) for it in facts)


READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("merged", "therapist_blocks", "room_blocks"), intervals),
    **dict.fromkeys(("free", "common", "ranges"), same_time),
    **dict.fromkeys(("starts", "must_contain", "must_not_contain", "first_slot_utc"), ats),
    **dict.fromkeys(("starts_local", "instants_utc_rederived"), ats),
    **dict.fromkeys(("first", "last", "result", "earliest_start_rederived"), instant),
    "occurrences": lambda facts: [(at(it["start"]), at(it["end"])) for it in facts],
    "local_dates": lambda facts: [date.fromisoformat(fact) for fact in facts],
    "utc_parts": utc_parts,
    "every_start_at_or_after": lambda _: True,
}


def read(word: str, fact: Any) -> Any:
    """An expected fact in the product's types; numbers, names and truths are as written."""
    return READ[word](fact) if word in READ else fact
