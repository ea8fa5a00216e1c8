"""Parts of the client that do not come: said in their place, asked for again, and nothing round them is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.support.system import Centre

TOLD = "This part could not be loaded."


@pytest.fixture
def page(enter: Enter, centre: Centre) -> Page:
    """A form with something written in it, on a document that is known by a mark."""
    page = enter(centre, "OPERATOR", width=375).go("/patients/new")
    page.get_by_label("First name").fill("Ira")
    page.evaluate("window.mark = 1")
    return page


def _untouched(page: Page) -> bool:
    """The document was not loaded anew."""
    same: bool = page.evaluate("window.mark === 1")
    return same


def test_what_opens_over_a_page_can_be_asked_for_again(page: Page) -> None:
    page.context.set_offline(True)
    page.get_by_role("button", name="Search or jump to").click()
    told = page.get_by_role("alert").filter(has_text=TOLD)
    expect(told).to_contain_text("There is no network.")
    assert faults(page) == []
    told.get_by_role("button", name="Try again").click()  # in vain
    expect(told).to_be_visible()
    told.get_by_role("button", name="Close").click()
    expect(told).to_be_hidden()
    page.context.set_offline(False)
    page.get_by_role("button", name="Search or jump to").click()
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("First name")).to_have_value("Ira")
    assert _untouched(page)


def test_a_page_that_was_never_open_says_so_within_the_frame(page: Page) -> None:
    page.context.set_offline(True)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Payments").click()
    expect(page.get_by_role("heading", name=TOLD, level=1)).to_be_visible()
    assert faults(page) == []
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Patients").click()
    expect(page.get_by_role("heading", name=TOLD, level=1)).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Patients", level=1)).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Payments").click()
    expect(page.get_by_role("heading", name="Payments", level=1)).to_be_visible()
    assert _untouched(page)


def test_a_newer_release_is_loaded_anew_when_somebody_says_so(page: Page) -> None:
    def gone(route: Route) -> None:
        route.fulfill(status=404)

    page.route("**/assets/palette-*.js", gone)
    page.get_by_role("button", name="Search or jump to").click()
    told = page.get_by_role("alert").filter(has_text=TOLD)
    expect(told).to_contain_text("newer version")
    assert _untouched(page)
    page.unroute_all()
    told.get_by_role("button", name="Load the page anew").click()
    expect(page.get_by_label("First name")).to_have_value("Ira")  # the draft
    assert not _untouched(page)


def test_signing_out_takes_what_was_begun_along_though_nothing_more_can_be_loaded(enter: Enter, centre: Centre) -> None:
    page = enter(centre).go("/patients")
    page.evaluate("localStorage['daybook.draft.somebody.notes'] = 'begun'")
    page.get_by_role("banner").get_by_role("button", name=re.compile("Asha Rao")).click()
    out = page.get_by_role("button", name="Sign out")
    expect(out).to_be_visible()
    page.route("**/assets/form-*.js", lambda route: route.abort("internetdisconnected"))
    with page.expect_event("load"):
        out.click()
    kept = "Object.keys(localStorage).filter((key) => /draft|session/.test(key))"
    assert page.evaluate(kept) == []
