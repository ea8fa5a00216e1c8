"""When a progress report is due, and what writing one does to that."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.progress.clinic import answers
from tests.support.system import RunningSystem
from tests.therapist.practice import Practice


@pytest.fixture
def practice(system: RunningSystem) -> Practice:
    return Practice(system)


@pytest.mark.parametrize(("sessions", "first_days_ago", "reason"), [(8, 8, "SESSIONS"), (1, 30, "TIME"), (7, 29, None)])
def test_a_report_is_due_after_so_many_sessions_or_so_much_time(
    system: RunningSystem, sessions: int, first_days_ago: int, reason: str | None
) -> None:
    practice = Practice(system)
    for n in range(sessions):
        practice.complete(practice.on(practice.today - timedelta(days=first_days_ago - n), "09:00"))
    dashboard = practice.get("/therapist/dashboard")
    found = dashboard["needingProgress"]
    assert [(each["patientId"], each["reason"], each["unreported"]) for each in found["data"]] == (
        [(practice.patient, reason, sessions)] if reason else []
    )
    [patient] = practice.get("/therapist/patients")["data"]
    assert (patient["progressDue"], patient["progressReason"]) == (reason is not None, reason)
    assert len(practice.get("/therapist/patients", progressDue=True)["data"]) == found["total"] == (1 if reason else 0)
    assert len(practice.get("/therapist/patients", progressDue=False)["data"]) == (0 if reason else 1)
    pending = dashboard["pendingActions"]
    assert [each["kind"] for each in pending["data"]] == (["WRITE_REPORT"] if reason else [])
    assert pending["reportsDue"] == pending["total"] == found["total"]
    practice.centre.post(f"/patients/{practice.patient}/deactivate", {})
    assert practice.get("/therapist/dashboard")["needingProgress"] == {"total": 0, "data": []}


def test_a_report_covers_what_was_completed_before_it(practice: Practice) -> None:
    def write(day: date, **fields: Any) -> str:
        body = {"patientId": practice.patient, "reportDate": day.isoformat(), "answers": said, **fields}
        made: str = practice.centre.post("/progress-reports", body, expect=201, as_="thea")["id"]
        return made

    def told() -> tuple[bool, int, str | None]:
        [patient] = practice.get("/therapist/patients")["data"]
        return patient["progressDue"], patient["sessionsSinceReport"], patient["lastReportOn"]

    said = answers(notes="Six of ten.")
    long_ago, lately = practice.today - timedelta(days=40), practice.today - timedelta(days=2)
    practice.complete(practice.on(long_ago, "09:00"))
    assert told() == (True, 1, None)
    report = write(lately)
    assert told() == (False, 0, lately.isoformat())
    write(long_ago)  # told late; the last is still the one of the latest date
    assert told() == (False, 0, lately.isoformat())
    moved = (lately - timedelta(days=1)).isoformat()
    correction = {"answers": said, "reason": "The day before", "reportDate": moved}
    practice.centre.put(f"/progress-reports/{report}", correction, as_="thea")
    assert told() == (False, 0, moved)
    # Completed and written about in one step: the report covers this session too.
    session = practice.on(lately, "11:00")
    practice.centre.post(f"/sessions/{session}/complete", {"report": {"answers": said}}, as_="thea")
    assert told() == (False, 0, lately.isoformat())
    practice.complete(practice.on(lately, "13:00"))
    assert told() == (False, 1, lately.isoformat())
