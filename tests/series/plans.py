"""Series over HTTP: a centre's people, bodies of requests, and what the rest of the API says about the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.support.system import Centre

SERIES = "/sessions/series"


def monday(weeks: int = 2) -> date:
    """A Monday that many weeks ahead or so, never today."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=7 * weeks - today.weekday())


FIRST = monday()


def day(days: int) -> str:
    """So many days after the first Monday."""
    return (FIRST + timedelta(days=days)).isoformat()


@dataclass
class Clinic:
    centre: Centre
    patient: str
    therapist: str
    kind: str

    @classmethod
    def of(cls, centre: Centre, **patient: Any) -> Clinic:
        return cls(centre, centre.patient(**patient), centre.therapist(), centre.therapy_type())

    def body(self, **fields: Any) -> dict[str, Any]:
        return {
            "patientId": self.patient, "therapistId": self.therapist, "therapyTypeId": self.kind,
            "firstDate": FIRST.isoformat(), "startTime": "10:00", "rule": "FREQ=WEEKLY;COUNT=4", **fields,
        }  # fmt: skip

    def book(self, *, expect: int = 201, **fields: Any) -> Any:
        return self.centre.post(SERIES, self.body(**fields), expect=expect)

    def preview(self, *, expect: int = 200, **fields: Any) -> Any:
        return self.centre.post(f"{SERIES}/preview", self.body(**fields), expect=expect)

    def sessions(self, **params: Any) -> list[dict[str, Any]]:
        found = self.centre.get("/sessions", params={"pageSize": 100, **params})
        assert found["total"] == len(found["data"])
        listed: list[dict[str, Any]] = found["data"]
        return listed

    def times(self, **params: Any) -> list[tuple[str, str]]:
        """Local date and time of every session that was not cancelled."""
        return [(s["date"], s["startTime"]) for s in self.sessions(**params) if s["status"] != "CANCELLED"]

    def calendar(self, first: date = FIRST, days: int = 61) -> Iterator[dict[str, Any]]:
        params = {"from": first.isoformat(), "to": (first + timedelta(days=days)).isoformat()}
        for each in self.centre.get("/sessions/calendar", params=params)["days"]:
            yield from each["sessions"]

    def free(self, on: str) -> list[str]:
        params = {"from": on, "to": on, "therapyTypeId": self.kind}
        found = self.centre.get(f"/therapists/{self.therapist}/slots", params=params)
        return [slot["startTime"] for slot in found["slots"]]

    def ledger(self) -> Any:
        return self.centre.get(f"/patients/{self.patient}/ledger")

    def credit(self) -> Any:
        return self.centre.get(f"/patients/{self.patient}/credits")["credit"]

    def due(self) -> Any:
        return self.centre.get(f"/patients/{self.patient}/outstanding-dues")


def add_series(ids: dict[str, str], send: Callable[..., Any], first_date: str) -> None:
    """For the sweeps of access: two sessions, at a time of the day that nothing else of theirs uses."""
    body = {
        "patientId": ids["patient"], "therapistId": ids["therapist"], "therapyTypeId": ids["therapy_type"],
        "firstDate": first_date, "startTime": "19:00", "rule": "FREQ=WEEKLY;COUNT=2",
    }  # fmt: skip
    made = send("POST", SERIES, body)
    ids["series"], ids["occurrence"] = made["id"], made["occurrences"][0]["sessionId"]
