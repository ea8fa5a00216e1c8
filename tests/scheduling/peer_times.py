"""Peer cases about time: what is open, which starts are free, what recurs. One function for each kind.

A function translates a case's input into calls of the product and answers in the case's words. It also gets
what the case expects, but only to know which questions are asked of a list of starts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice

from domain import timegrid as grid
from tests.scheduling.peer_words import (
    Json,
    Kind,
    at,
    days,
    earliest,
    hours,
    instant,
    interval,
    intervals,
    minutes,
    offered,
    resource,
    weekly,
    window,
    zone,
)


def interval_subtract(given: Json, _: Json) -> Json:
    return {"free": grid.subtract(intervals(given["available"]), intervals(given.get("busy")))}


def interval_merge(given: Json, _: Json) -> Json:
    return {"merged": grid.merge(intervals(given["intervals"]))}


def interval_intersect(given: Json, _: Json) -> Json:
    return {"common": grid.intersect([intervals(calendar) for calendar in given["calendars"]])}


def weekly_to_instants(given: Json, _: Json) -> Json:
    overrides = {
        date.fromisoformat(day): [hours(it) for it in them] for day, them in given.get("date_overrides", {}).items()
    }
    if "date" in given:
        overrides[date.fromisoformat(given["date"])] = [hours(given)]
    availability = grid.Availability(zone(given), weekly(given.get("weekly", ())), overrides)
    asked = window(given)
    if asked is None:
        return {"ranges": availability.on(date.fromisoformat(given["date"]))}
    return {"ranges": availability.within(asked)}


def local_day_to_utc_days(given: Json, _: Json) -> Json:
    return {"utc_parts": sorted(grid.utc_week(weekly(given["weekly"]), zone(given), at(given["as_of"])))}


def outside_availability(given: Json, _: Json) -> Json:
    # A service of the peer's that names no hours at all has never stated any.
    availability = grid.Availability(zone(given), weekly(given.get("weekly", ())) or None)
    spans = [(at(it["start"]), at(it["end"])) for it in given["appointments_local"]]
    return {"conflicting_indexes": grid.outside_availability(spans, availability)}


def leave_day_match(given: Json, _: Json) -> Json:
    when = interval(given["range"]) if "range" in given else at(given["slot"])
    leave = [date.fromisoformat(given["leave_local_date"])]
    answer = grid.is_day_off(when, leave, zone(given, "leave_timezone"))
    return {"on_leave": answer, "all_slots_on_leave": answer}


def slot_starts(given: Json, expected: Json) -> Json:
    free = grid.Resource(intervals(given["ranges"]), intervals(given.get("busy")))
    every = grid.Grid.every(given["step_minutes"], zone(given))
    length = minutes(given["length_minutes"])
    return offered(grid.free_starts([free], length, every, window(given), earliest(given)), expected)


def invariant(given: Json, expected: Json) -> Json:
    answers = slot_starts({**given, "ranges": given.get("ranges") or [given["range"]]}, expected)
    bound = at(expected["every_start_at_or_after"])
    return {
        **answers,
        "every_start_at_or_after": all(start >= bound for start in answers["starts"]),
        "earliest_start_rederived": answers["first"],
    }


def slot_starts_with_buffers(given: Json, expected: Json) -> Json:
    return multi_resource_starts({**given, "resource_a": given}, expected)


def multi_resource_starts(given: Json, expected: Json) -> Json:
    them = [given[word] for word in sorted(given) if word.startswith("resource_")]
    aligned = grid.Grid(zone(them[0]), given["align_minutes"], given.get("offset_minutes", 0))
    length = minutes(given["length_minutes"])
    starts = grid.free_starts([resource(it) for it in them], length, aligned, window(given), earliest(given))
    return offered(starts, expected)


def booked_blocks(given: Json, _: Json) -> Json:
    session = grid.Interval.lasting(at(given["start"]), minutes(given["length_minutes"]))
    therapist = given["therapist_buffer_before"], given["therapist_buffer_after"]
    return {
        "therapist_blocks": grid.booked_blocks(session, *map(minutes, therapist)),
        "room_blocks": grid.booked_blocks(session, *map(minutes, given.get("room_buffers", (0, 0)))),
    }


def start_alignment(given: Json, expected: Json) -> Json:
    def where(word: str, is_so: bool) -> list[str]:
        align, offset = given["align_minutes"], given.get("offset_minutes", 0)
        return [
            text for text in expected.get(word, ()) if grid.is_aligned(time.fromisoformat(text), align, offset) is is_so
        ]

    return {"aligned": where("aligned", True), "misaligned": where("misaligned", False)}


def bug_report_regression(given: Json, _: Json) -> Json:
    """A schedule that opens every week at one time; which start is the first that each date offers?"""
    every_day = [day.name for day in grid.Weekday]
    entry = {"days": [given["day"]] if "day" in given else every_day, "start": given["weekly_start"]}
    availability = grid.Availability(zone(given), weekly([entry]))
    any_minute = grid.Grid(zone(given), align=1)
    firsts = [
        grid.free_starts([grid.Resource(availability.on(date.fromisoformat(day)))], minutes(30), any_minute)[0]
        for day in given["dates"]
    ]
    local = [f"{grid.wall(first, zone(given)):%H:%M}" for first in firsts]
    return {"first_slot_utc": firsts, "first_slot_local": local}


def weekly_projection(given: Json, _: Json) -> Json:
    return {"result": grid.weeks_later(at(given["start"]), given["weeks_forward"], zone(given))}


def is_weekly_series(given: Json, _: Json) -> Json:
    starts = [instant(start) for start in given["starts"]]
    return {"is_weekly": grid.is_weekly_series(starts, zone(given))}


def ending(given: Json) -> Json:
    return {"count": given.get("count"), "until": instant(given.get("until_local"))}


def weekly_recurrence(given: Json, _: Json) -> Json:
    start = at(given["start_local"])
    by_day = tuple(grid.Nth(day) for day in sorted(days(given["days"])))
    first_day = grid.Weekday(start.weekday())
    named = given.get("week_starts_on", "MONDAY")
    week_start = first_day if named == "weekday of the start date" else grid.Weekday.named(named)
    every = grid.Rule(grid.Frequency.WEEKLY, given["every_n_weeks"], by_day=by_day, **ending(given))

    def starts(first: grid.Weekday) -> list[datetime]:
        rule = replace(every, week_start=first)
        return [occurrence.local for occurrence in grid.occurrences(rule, start, zone(given))]

    own = starts(week_start)
    return {"starts_local": own, "same_under_rfc5545_wkst_monday": own == starts(grid.Weekday.MONDAY)}


def daily_recurrence(given: Json, _: Json) -> Json:
    rule = grid.Rule(grid.Frequency.DAILY, given["every_n_days"], **ending(given))
    start, end = at(given["start_local"]), at(given["end_local"])
    return {"occurrences": list(grid.occurrence_spans(rule, start, end, zone(given)))}


def rfc5545_rrule(given: Json, expected: Json) -> Json:
    rule = grid.Rule.parse(given["rrule"])
    found = grid.occurrences(rule, at(given["dtstart_local"]), zone(given))
    # Of an endless rule a case can only list the beginning.
    shown = list(islice(found, len(expected["local_dates"]) if rule.is_endless else None))
    return {
        "local_dates": [occurrence.local.date() for occurrence in shown],
        "instants_utc_rederived": [occurrence.at for occurrence in shown],
    }


KINDS: dict[str, Kind] = {
    function.__name__: function
    for function in (
        interval_subtract,
        interval_merge,
        interval_intersect,
        weekly_to_instants,
        local_day_to_utc_days,
        outside_availability,
        leave_day_match,
        slot_starts,
        invariant,
        slot_starts_with_buffers,
        multi_resource_starts,
        booked_blocks,
        start_alignment,
        bug_report_regression,
        weekly_projection,
        is_weekly_series,
        weekly_recurrence,
        daily_recurrence,
        rfc5545_rrule,
    )
}
