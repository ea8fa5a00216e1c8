"""A therapist's day on a phone: what is theirs, completing with a note, and a network that is gone in the middle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.browser.steps import end_login
from tests.support.system import PASSWORD, Centre

NOTE = "Two-word phrases, with prompts."


@pytest.fixture
def yesterday() -> str:
    """At the centres of these tests; what was held then can be completed at any hour of today."""
    return (datetime.now(UTC).astimezone(ZoneInfo("Asia/Kolkata")) - timedelta(days=1)).date().isoformat()


@pytest.fixture
def held(centre: Centre, yesterday: str) -> dict[str, Any]:
    """A session of yesterday that nobody has closed, and one of somebody else at the same hour."""
    therapist, other = centre.therapist("THERAPIST"), centre.therapist("other")
    therapy = centre.therapy_type()
    mine = centre.patient(firstName="Dev", lastName="Khan")
    theirs = centre.patient(firstName="Zoya", lastName="Bose")
    centre.session(theirs, other, therapy, date=yesterday)
    session: dict[str, Any] = centre.session(mine, therapist, therapy, date=yesterday)
    return session


def _complete(page: Page, *, report: bool = False) -> None:
    page.get_by_role("button", name="Complete: Dev Khan").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Session notes").first.fill(NOTE)
    if report:
        dialog.get_by_label("Write a progress report, too").check()
        dialog.get_by_role("group", name="Progress report").get_by_label("Session notes").fill(
            "Asks for what he wants."
        )
    assert faults(page) == []
    dialog.get_by_role("button", name="Complete session").click()


def _completions(centre: Centre, session: str) -> int:
    events = centre.get(f"/sessions/{session}/history", params={"limit": 100})["data"]
    return [each["type"] for each in events].count("scheduling.SessionCompleted")


@pytest.mark.parametrize(("width", "dark"), [(375, True), (1280, False)])
def test_own_sessions_only_and_completed_with_note_and_report_in_one_go(
    enter: Enter, centre: Centre, held: dict[str, Any], yesterday: str, width: int, dark: bool
) -> None:
    page = enter(centre, "THERAPIST", width=width, dark=dark).go("/my-day")
    expect(page.get_by_text("What became of this session?")).to_be_visible()
    assert faults(page) == []
    page.goto(page.url.replace("/my-day", f"/my-schedule?view=day&date={yesterday}"))
    expect(page.get_by_role("link", name="Dev Khan")).to_be_visible()
    expect(page.get_by_text("Zoya Bose")).to_have_count(0)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    _complete(page, report=True)
    expect(page.get_by_text("Dev Khan: completed")).to_be_visible()
    told = centre.get(f"/sessions/{held['id']}")
    assert (told["status"], told["notes"]) == ("COMPLETED", NOTE)
    reports = centre.get("/progress-reports", params={"sessionId": held["id"]})["data"]
    assert len(reports) == 1


def test_without_a_network_it_is_kept_and_sent_once_when_there_is_one(
    enter: Enter, centre: Centre, held: dict[str, Any], yesterday: str
) -> None:
    page = enter(centre, "THERAPIST", width=375).go(f"/my-schedule?view=day&date={yesterday}")
    keys: list[str | None] = []
    lose = [True]

    def through(route: Route) -> None:
        """The first time the request arrives, and its answer is lost: the worst that a network can do."""
        keys.append(route.request.headers.get("idempotency-key"))
        if lose[0]:
            lose[0] = False
            route.fetch()
            route.abort("connectionfailed")
        else:
            route.continue_()

    page.route(f"**/sessions/{held['id']}/complete", through)
    _complete(page)
    waits = page.get_by_text("Waiting to be sent", exact=True)
    expect(waits).to_be_visible()
    assert faults(page) == []
    page.context.set_offline(True)
    page.get_by_role("button", name="Send now").click()
    expect(waits).to_be_visible()
    page.context.set_offline(False)
    expect(waits).to_have_count(0)
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()
    assert len(keys) >= 2
    assert len(set(keys)) == 1
    assert None not in keys
    assert _completions(centre, held["id"]) == 1
    assert page.evaluate("Object.keys(localStorage).filter((key) => /outbox|draft/.test(key))") == []


def test_what_was_written_outlives_the_tab_and_a_login_that_ended(
    enter: Enter, centre: Centre, held: dict[str, Any], yesterday: str
) -> None:
    page = enter(centre, "THERAPIST", width=375).go(f"/my-schedule?view=day&date={yesterday}")
    page.get_by_role("button", name="Complete: Dev Khan").click()
    page.get_by_role("dialog").get_by_label("Session notes").first.fill(NOTE)
    page.reload()
    page.get_by_role("button", name="Complete: Dev Khan").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Session notes").first).to_have_value(NOTE)
    end_login(page)
    dialog.get_by_role("button", name="Complete session").click()
    again = page.get_by_role("alertdialog")
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Dev Khan: completed")).to_be_visible()
    assert centre.get(f"/sessions/{held['id']}")["notes"] == NOTE
    assert _completions(centre, held["id"]) == 1
