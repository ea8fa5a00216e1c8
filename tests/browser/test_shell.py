"""The frame around every page: signing in, navigation by role, the palette, history, an ended session."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter, Visit
from tests.support.system import PASSWORD, Centre


def test_whoever_signs_in_arrives_where_they_wanted_to_go(enter: Enter, centre: Centre) -> None:
    patient = centre.patient(firstName="Kiran", lastName="Das")
    page = enter(None).go(f"/patients/{patient}")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_label("E-mail").fill(f"admin@{centre.slug}.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Kiran Das")).to_be_visible()
    assert faults(page) == []


def test_a_page_of_another_role_says_so_and_asks_nothing(enter: Enter, centre: Centre) -> None:
    page = enter(centre, "AUDITOR").go("/patients/new")
    expect(page.get_by_text("Your role does not include this page.")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True), (320, False)])
def test_patients_are_listed_found_and_opened(enter: Enter, centre: Centre, width: int, dark: bool) -> None:
    for first, last in (("Aarav", "Sharma"), ("Zoya", "Khan")):
        centre.patient(firstName=first, lastName=last, guardianName="Rina")
    page = enter(centre, width=width, dark=dark).go("/patients")
    expect(page.get_by_role("row").filter(has_text="Aarav Sharma")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("Find by name").fill("zoya")
    expect(page.get_by_role("row").filter(has_text="Aarav")).to_have_count(0)
    assert "search=zoya" in page.url
    page.get_by_role("link", name="Zoya Khan").click()
    expect(page.get_by_role("heading", name="Zoya Khan")).to_be_visible()
    page.get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Registered")).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_by_keyboard_alone_from_anywhere_to_a_patient(enter: Enter, centre: Centre) -> None:
    centre.patient(firstName="Meera", lastName="Iyer")
    page = enter(centre).go("/patients")
    expect(page.get_by_role("link", name="Meera Iyer")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").press_sequentially("meera iy")
    expect(page.get_by_role("option", name="Meera Iyer")).to_have_attribute("aria-selected", "true")
    assert faults(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Meera Iyer")).to_be_visible()


def _fill(page: Page) -> None:
    page.get_by_label("First name").fill("Ira")
    page.get_by_label("Last name").fill("Nair")
    page.get_by_label("Date of birth").fill("2019-03-01")
    page.get_by_label("Guardian's name").fill("Lakshmi Nair")


def test_a_form_shows_mistakes_where_they_are_and_keeps_what_was_typed(enter: Enter, centre: Centre) -> None:
    page = enter(centre).go("/patients/new")
    _fill(page)
    page.get_by_label("Guardian's phone").fill("98")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Guardian's phone")).to_be_focused()
    expect(page.get_by_text("with its country code, please")).to_be_visible()
    page.reload()
    expect(page.get_by_label("First name")).to_have_value("Ira")
    page.get_by_label("Guardian's phone").fill("+919800000077")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Ira Nair")).to_be_visible()
    expect(page.get_by_text("Ira Nair is registered")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('daybook.draft.'))") == []


def test_what_others_change_shows_by_itself(enter: Enter, centre: Centre) -> None:
    page = enter(centre).go("/patients")
    expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    centre.patient(firstName="Omar", lastName="Khan")
    expect(page.get_by_role("link", name="Omar Khan")).to_be_visible()


def test_a_command_is_taken_back_by_its_toast(enter: Enter, centre: Centre) -> None:
    patient = centre.patient(firstName="Pari", lastName="Das")
    page = enter(centre).go(f"/patients/{patient}")
    page.get_by_role("button", name="Take off the active list").click()
    expect(page.get_by_text("Inactive")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Inactive")).to_have_count(0)
    types = [event["type"] for event in centre.get(f"/patients/{patient}/history")["data"]]
    assert types[:2] == ["patients.PatientReactivated", "patients.PatientDeactivated"]


def test_nine_tabs_share_one_connection(enter: Enter, centre: Centre) -> None:
    """A browser gives one server six connections: with a stream in each tab the seventh would hang."""
    visit = enter(centre)
    context = visit.page.context
    streams: list[Request] = []
    context.on("request", lambda asked: streams.append(asked) if asked.url.endswith("/api/v1/stream") else None)
    tabs = [visit.go("/patients")]
    expect(tabs[0].get_by_text("Live", exact=True).first).to_be_visible()
    for _ in range(8):
        tabs.append(context.new_page())
        tabs[-1].goto(f"{visit.url}/patients")
    for tab in tabs:
        expect(tab.get_by_text("Live", exact=True).first).to_be_visible()
    centre.patient(firstName="Omar", lastName="Khan")
    for tab in tabs:
        expect(tab.get_by_role("link", name="Omar Khan")).to_be_visible()
    assert len(streams) == 1
    tabs[0].close()  # whoever listened is gone: another one takes its place
    centre.patient(firstName="Nila", lastName="Reddy")
    for tab in tabs[1:]:
        expect(tab.get_by_role("link", name="Nila Reddy")).to_be_visible()
    assert len(streams) == 2


def test_nothing_is_missed_before_anybody_listens(enter: Enter, centre: Centre) -> None:
    visit = enter(centre)
    held = _held_streams(visit)
    page = visit.go("/patients")
    expect(page.get_by_text("No patients yet")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_have_count(0)
    centre.patient(firstName="Nila", lastName="Reddy")
    _let_on(page, held)
    expect(page.get_by_role("link", name="Nila Reddy")).to_be_visible()


def test_nothing_is_missed_while_another_tab_takes_over(enter: Enter, centre: Centre) -> None:
    visit = enter(centre)
    first = visit.go("/patients")
    expect(first.get_by_text("Live", exact=True).first).to_be_visible()
    held = _held_streams(visit)
    page = visit.page.context.new_page()
    page.goto(f"{visit.url}/patients")
    expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    with page.expect_request("**/api/v1/stream"):
        first.close()
    centre.patient(firstName="Nila", lastName="Reddy")
    _let_on(page, held)
    expect(page.get_by_role("link", name="Nila Reddy")).to_be_visible()


def _held_streams(visit: Visit) -> list[Route]:
    """From now on connections for announcements wait until they are let on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    visit.page.context.route("**/api/v1/stream", hold)
    return held


def _let_on(page: Page, held: list[Route]) -> None:
    while not held:  # Playwright tells of it when it is spoken to
        page.evaluate("1")
    held[0].continue_()


def test_an_address_of_no_page_says_so_within_the_frame(enter: Enter, centre: Centre) -> None:
    page = enter(centre).go("/patiens")
    expect(page.get_by_text("There is nothing here.")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Patients")).to_be_visible()


def test_filters_are_kept_under_a_name_and_come_back(enter: Enter, centre: Centre) -> None:
    centre.patient(firstName="Diya", lastName="Nair", guardianName="Sunita")
    page = enter(centre, width=375).go("/patients?search=diya&active=true")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Name of the view").fill("Diya's family")
    assert faults(page) == []
    page.get_by_role("button", name="Save this view").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Saved views")).to_be_focused()
    page.get_by_role("button", name="Clear filters").click()
    expect(page).to_have_url(re.compile("/patients$"))
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("link", name="Diya's family").click()
    expect(page.get_by_label("Find by name")).to_have_value("diya")
    expect(page.get_by_label("State")).to_have_value("true")


def test_two_keys_go_to_a_page_and_one_goes_nowhere(enter: Enter, centre: Centre) -> None:
    page = enter(centre).go("/patients")
    expect(page.get_by_text("No patients yet.")).to_be_visible()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/patients$"))
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Schedule")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
