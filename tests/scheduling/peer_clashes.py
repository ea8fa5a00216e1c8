"""Peer cases about sessions that run into each other. One function for each kind, as in ``peer_times``."""

from __future__ import annotations

import threading
from dataclasses import replace

from domain import timegrid as grid
from tests.scheduling.peer_words import Json, Kind, at, interval

TEN = grid.Interval(at("2030-01-07T10:00Z"), at("2030-01-07T11:00Z"))
ELEVEN = grid.Interval(at("2030-01-07T11:00Z"), at("2030-01-07T12:00Z"))


def booking(session: grid.Interval, it: Json) -> grid.Booking:
    status = it.get("status", "SCHEDULED").upper()
    return grid.Booking(session, it.get("therapist"), it.get("patient"), it.get("room"), status)


def patient_overlap(given: Json, _: Json) -> Json:
    existing = [booking(interval(it), {**it, "therapist": index}) for index, it in enumerate(given["existing"])]
    judgement = grid.judge(booking(interval(given["new"]), given["new"]), existing)
    return {"conflicting_indexes": [overlap.booking for overlap in judgement.overlaps]}


def overlap_matrix(given: Json, _: Json) -> Json:
    existing = booking(TEN if given["existing"].get("same_time", True) else ELEVEN, given["existing"])
    verdicts = [grid.judge(booking(TEN, it), [existing]).verdict for it in given["attempts"]]
    rejected = [index for index, verdict in enumerate(verdicts) if verdict is not grid.Verdict.OK]
    return {
        "all_rejected": len(rejected) == len(verdicts),
        "none_rejected": not rejected,
        "rejected_indexes": rejected,
        "results": verdicts,
    }


def group_capacity(given: Json, _: Json) -> Json:
    capacity = given["room_capacity"] if given["overlap_allowed"] else None
    booked: list[grid.Booking] = []
    results = []
    for attempt, patient in enumerate(given["sequence"]):
        therapist = "T" if given["same_therapist"] else attempt
        wanted = grid.Booking(TEN, therapist, patient, "R")
        results.append(grid.judge(wanted, booked, group_capacity=capacity).verdict)
        if results[-1] is grid.Verdict.OK:
            booked.append(wanted)
    return {"results": results}


class Stream:
    """The least that an optimistically versioned store is: what follows is appended only to what was read."""

    def __init__(self) -> None:
        self.events: list[grid.Booking] = []
        self._lock = threading.Lock()

    def append(self, event: grid.Booking, after: int) -> bool:
        with self._lock:
            if len(self.events) != after:
                return False
            self.events.append(event)
            return True


def concurrency(given: Json, _: Json) -> Json:
    contenders = next(number for number in given.values() if isinstance(number, int))
    stream, outcomes, effects = Stream(), list[bool](), list[int]()
    together = threading.Barrier(contenders)

    def confirm(contender: int) -> None:
        wanted = grid.Booking(TEN, "T", "P", "R")
        together.wait()
        while True:
            seen = tuple(stream.events)
            if grid.judge(wanted, seen).verdict is not grid.Verdict.OK:
                return outcomes.append(False)
            if stream.append(replace(wanted, status="ACCEPTED"), after=len(seen)):
                effects.append(contender)
                return outcomes.append(True)

    threads = [threading.Thread(target=confirm, args=(contender,)) for contender in range(contenders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return {
        "succeeded": outcomes.count(True),
        "rejected": outcomes.count(False),
        "side_effects_run": len(effects),
        "final_status": stream.events[-1].status,
    }


KINDS: dict[str, Kind] = {
    function.__name__: function
    for function in (
        patient_overlap,
        overlap_matrix,
        group_capacity,
        concurrency,
    )
}
