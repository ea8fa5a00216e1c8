"""A centre over HTTP with a session a week from now and its therapist, who asks to move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.support.system import Centre

THEA, OTTO = "thea", "otto"


def day(ahead: int) -> str:
    """The centre's date that many days from today (Kolkata is ahead of UTC, so it is taken from its own clock)."""
    return (datetime.now(UTC) + timedelta(hours=5, minutes=30, days=ahead)).date().isoformat()


def at(ahead: int, start: str) -> dict[str, str]:
    return {"date": day(ahead), "startTime": start}


class Asking:
    """``session`` is Thea's, on day 7 at 10:00, an hour for 800.00; she is there from 08:00 to 20:00."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.patient = centre.patient()
        self.therapist = centre.therapist(THEA)
        self.kind = centre.therapy_type()
        self.session = self.book(7, "10:00")

    def book(self, ahead: int, start: str, **fields: Any) -> str:
        people = {"patient": self.patient, "therapist": self.therapist, "kind": self.kind}
        people |= {name: fields.pop(name) for name in [*fields] if name in people}
        made: str = self.centre.session(
            people["patient"], people["therapist"], people["kind"], **at(ahead, start), **fields
        )["id"]  # fmt: skip
        return made

    def ask(self, *proposals: dict[str, str], **options: Any) -> Any:
        options = {"as_": THEA, "expect": 201, **options}
        body = {
            "sessionId": options.pop("session", self.session), "proposals": list(proposals) or [at(8, "14:00")],
            "reason": "Training that day",
        }  # fmt: skip
        return self.centre.post("/reschedule-requests", body, **options)

    def decide(self, request: str, how: str = "approve", body: Any = None, **options: Any) -> Any:
        return self.centre.put(f"/reschedule-requests/{request}/{how}", body, **options)

    def request(self, request: str, **options: Any) -> Any:
        return self.centre.get(f"/reschedule-requests/{request}", **options)

    def place(self, session: str | None = None) -> tuple[str, str, str]:
        found = self.centre.get(f"/sessions/{session or self.session}")
        return found["date"], found["startTime"], found["status"]

    def head(self) -> int:
        """The position of the centre's book: unmoved, nothing was written."""
        with psycopg.connect(self.centre.system.database.admin_url) as db:
            row = db.execute("SELECT position FROM book.books WHERE tenant_id = %s", [self.centre.tenant_id]).fetchone()
        assert row is not None
        return int(row[0])

    def written(self, since: int) -> list[str]:
        with psycopg.connect(self.centre.system.database.admin_url) as db:
            rows = db.execute(
                "SELECT topic FROM book.events WHERE tenant_id = %s AND position > %s ORDER BY position",
                [self.centre.tenant_id, since],
            ).fetchall()
        return [row[0] for row in rows]
