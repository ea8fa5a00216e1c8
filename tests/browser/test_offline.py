"""A phone without a network: what was completed is kept there, outlives a reload, and reaches the centre once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Response, Route, expect

from tests.browser.conftest import Enter, Visit
from tests.support.system import Centre

NOTE = "Two-word phrases, with prompts."
WAITS = "Waiting to be sent"


@pytest.fixture
def path() -> str:
    """Yesterday's schedule: what was held then can be completed at any hour of today."""
    held = datetime.now(UTC).astimezone(ZoneInfo("Asia/Kolkata")) - timedelta(days=1)
    return f"/my-schedule?view=day&date={held.date().isoformat()}"


@pytest.fixture
def session(centre: Centre, path: str) -> str:
    patient = centre.patient(firstName="Dev", lastName="Khan")
    booked = centre.session(patient, centre.therapist("THERAPIST"), centre.therapy_type(), date=path[-10:])
    return str(booked["id"])


def _sent(context: BrowserContext) -> list[str | None]:
    """The key of each completion that the centre answered: what is tried while there is no network does not count."""
    keys: list[str | None] = []

    def answered(response: Response) -> None:
        if response.url.endswith("/complete") and response.request.method == "POST":
            keys.append(response.request.headers.get("idempotency-key"))

    context.on("response", answered)
    return keys


def _loaded(visit: Visit, path: str) -> Page:
    """The day, and what completing a session takes: fetched beforehand, because there may be no network then."""
    with visit.page.expect_response("**/progress-template"), visit.page.expect_response("**/assets/toasts-*.js"):
        return visit.go(path)


def _complete(page: Page) -> None:
    page.get_by_role("button", name="Complete: Dev Khan").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Session notes").first.fill(NOTE)
    dialog.get_by_role("button", name="Complete session").click()


def _completed_once(centre: Centre, session: str) -> bool:
    events = centre.get(f"/sessions/{session}/history", params={"limit": 100})["data"]
    notes = centre.get(f"/sessions/{session}")["notes"]
    return [each["type"] for each in events].count("scheduling.SessionCompleted") == 1 and notes == NOTE


def _outbox(page: Page) -> list[Any]:
    kept: list[Any] = page.evaluate("""Object.keys(localStorage).filter((key) => key.startsWith('daybook.outbox.'))
        .flatMap((key) => JSON.parse(localStorage[key]).map((each) => each.key))""")
    return kept


def _cut(context: BrowserContext) -> None:
    """Chromium's own way to be offline has a gap while it leaves a page: what is sent just then arrives."""
    context.route("**/*", lambda route: route.abort("internetdisconnected"))
    context.set_offline(True)


def _mend(context: BrowserContext) -> None:
    context.unroute_all()
    context.set_offline(False)


def test_what_was_completed_offline_outlives_a_reload_and_is_sent_once(
    enter: Enter, centre: Centre, session: str, path: str
) -> None:
    visit = enter(centre, "THERAPIST", width=375)
    page, context = _loaded(visit, path), visit.page.context
    _cut(context)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    _complete(page)
    expect(page.get_by_text("kept on this phone")).to_be_visible()
    expect(page.get_by_text(WAITS, exact=True)).to_be_visible()
    (key,) = _outbox(page)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.reload()  # the pages themselves need the network; what was written does not
    assert centre.get(f"/sessions/{session}")["status"] == "SCHEDULED"
    keys = _sent(context)
    _mend(context)
    visit.go("/my-day")  # wherever they come back to
    expect(page.get_by_text("What became of this session?")).to_have_count(0)
    expect(page.get_by_role("heading", name="My day", level=1)).to_be_visible()
    visit.go(path)
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()
    assert set(keys) == {key}  # more than one where leaving a page cut the answer off
    assert _completed_once(centre, session)
    assert _outbox(page) == []


def test_two_tabs_of_one_outbox_do_not_send_twice(enter: Enter, centre: Centre, session: str, path: str) -> None:
    visit = enter(centre, "THERAPIST", width=375)
    page, context = _loaded(visit, path), visit.page.context
    other = context.new_page()
    other.goto(f"{visit.url}{path}")
    expect(other.get_by_role("button", name="Complete: Dev Khan")).to_be_visible()
    context.set_offline(True)
    _complete(page)
    for tab in (page, other):
        expect(tab.get_by_text(WAITS, exact=True)).to_be_visible()
    keys = _sent(context)
    # Both hear at the same moment that the network is back.
    context.set_offline(False)
    for tab in (page, other):
        expect(tab.get_by_text(WAITS, exact=True)).to_have_count(0)
        expect(tab.get_by_text("Completed", exact=True)).to_be_visible()
    assert len(keys) == 1
    assert _completed_once(centre, session)


def test_a_payment_whose_answer_was_lost_is_repeated_under_its_key(enter: Enter, centre: Centre) -> None:
    patient = centre.patient(firstName="Ira", lastName="Nair")
    page = enter(centre, "ACCOUNTANT").go(f"/payments/new?patientId={patient}")
    keys: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            route.fetch()  # it arrives, and is done
            route.abort("connectionfailed")
        else:
            route.continue_()

    page.route("**/api/v1/payments", lose_the_first)
    page.get_by_label("Amount").fill("500")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("The server could not be reached").first).to_be_visible()
    assert len(keys) == 1
    page.get_by_role("button", name="Record", exact=True).click()  # as anybody would
    expect(page.get_by_role("heading", name="Payment RECEIPT")).to_be_visible()
    assert keys == [keys[0]] * 2
    assert keys[0]
    assert centre.get(f"/patients/{patient}/payments")["total"] == 1
    assert centre.get(f"/patients/{patient}/credits")["credit"] == "500.00"
