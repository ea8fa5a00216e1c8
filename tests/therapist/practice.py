"""A practice to look at through a therapist's eyes. The centre's day begins at midnight in its own zone; tests stay
clear of it in a zone where it is about noon now, and ask for sessions relative to the present moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.system import RunningSystem


def noonish() -> str:
    """A zone without daylight saving whose clock shows between 11:00 and 13:00 now, so that hours before and after
    now are today's."""
    offset = 12 - datetime.now(UTC).hour
    return "Etc/GMT" if offset == 0 else f"Etc/GMT{-offset:+d}"


class Practice:
    """A therapist who is there around the clock, one therapy type of an hour, and patients."""

    def __init__(self, system: RunningSystem) -> None:
        self.centre = system.new_centre(timezone=noonish())
        self.zone = ZoneInfo(noonish())
        self.now = datetime.now(UTC).astimezone(self.zone)
        self.today = self.now.date()
        self.thea = self.centre.therapist("thea", start="00:00", end="24:00")
        self.kind = self.centre.therapy_type()
        self.patient = self.centre.patient()

    def at(self, hours: float, **fields: Any) -> str:
        """A session at the whole hour so many hours from this one."""
        wall = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)
        people = {"patient": self.patient, "therapist": self.thea}
        people |= {name: fields.pop(name) for name in tuple(fields) if name in people}
        made: str = self.centre.session(
            people["patient"], people["therapist"], self.kind, date=wall.date().isoformat(),
            startTime=f"{wall:%H:%M}", **fields,
        )["id"]  # fmt: skip
        return made

    def on(self, day: date, start: str, **fields: Any) -> str:
        made: str = self.centre.session(
            self.patient, self.thea, self.kind, date=day.isoformat(), startTime=start, **fields
        )["id"]  # fmt: skip
        return made

    def get(self, name: str, *, as_: str = "thea", expect: int = 200, **query: Any) -> Any:
        return self.centre.get(name, as_=as_, expect=expect, params=query)

    def complete(self, session: str) -> None:
        self.centre.post(f"/sessions/{session}/complete", {})
