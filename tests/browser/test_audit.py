"""An auditor: every event in plain words, and a badge that claims only what was checked."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.support.system import Centre


def test_verified_is_said_after_a_check_and_forgotten_with_the_session(enter: Enter, centre: Centre) -> None:
    centre.patient(firstName="Meera", lastName="Iyer")
    page = enter(centre, "AUDITOR").go("/audit")
    expect(page.get_by_role("heading", name="Registered").first).to_be_visible()
    expect(page.get_by_text("Not checked in this session")).to_be_visible()
    expect(page.get_by_text("Verified", exact=True)).to_have_count(0)
    assert faults(page) == []
    page.get_by_role("link", name="Verification", exact=True).click()
    page.get_by_role("button", name="Check the whole book now").click()
    expect(page.get_by_text("every checkpoint fit")).to_be_visible()
    expect(page.get_by_text("Verified", exact=True)).to_have_count(1)
    badge = page.get_by_role("link", name=re.compile("^Verified up to entry [0-9]+$"))  # no word of what came after
    expect(badge).to_be_visible()
    assert faults(page) == []
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download the result").click()
    assert saved.value.suggested_filename.startswith("daybook-verification-")
    page.reload()
    expect(page.get_by_text("Not checked in this session").first).to_be_visible()
    expect(page.get_by_text("Verified")).to_have_count(0)


def test_a_book_that_does_not_fit_is_never_called_verified(enter: Enter, centre: Centre) -> None:
    page = enter(centre, "AUDITOR", width=375, dark=True).go("/audit/verification")

    def forged(route: Route) -> None:
        told = route.fetch().json()
        problem = {"position": 3, "problem": "Its hash is not that of its content."}
        route.fulfill(json={**told, "verified": False, "problemCount": 1, "problems": [problem]})

    page.route("**/audit/verify", forged)
    page.get_by_role("button", name="Check the whole book now").click()
    expect(page.get_by_role("alert")).to_contain_text("Entry 3: Its hash is not that of its content.")
    expect(page.get_by_text("Verified")).to_have_count(0)
    assert faults(page) == []


def test_events_are_narrowed_in_the_address_and_shown_raw(enter: Enter, centre: Centre) -> None:
    centre.patient(firstName="Omar", lastName="Khan")
    page = enter(centre, "AUDITOR").go("/audit?feature=patients")
    entries = page.get_by_role("listitem").filter(has=page.get_by_text("Raw event"))
    expect(entries).to_have_count(1)
    entries.get_by_text("Raw event").click()
    expect(entries.locator("pre")).to_contain_text('"type": "patients.PatientRegistered"')
    assert faults(page) == []
    page.get_by_label("About").select_option("staff")
    expect(page.get_by_role("heading", name="Registered").first).to_be_visible()
    assert "feature=staff" in page.url
