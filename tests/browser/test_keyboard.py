"""By keyboard alone: no mouse, no finger; where one is can always be seen, and a dialog gives back where one was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.hands import POINTED, Hands, pointed
from tests.browser.world import today_there
from tests.support.system import Centre

DAY = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011 - far enough from whatever day it is at the centre


Put = Callable[..., Hands]


@pytest.fixture
def hands(enter: Enter, centre: Centre) -> Put:
    """``hands("/patients", "THERAPIST")``: on a page, with an administrator's or somebody else's role."""

    def on(path: str, role: str = "WORKSPACE_ADMIN") -> Hands:
        visit = enter(centre, role)
        visit.page.add_init_script(POINTED)
        return Hands(visit.go(path))

    return on


def test_a_session_is_booked_and_the_focus_comes_back(hands: Put, centre: Centre) -> None:
    centre.therapist("leela")
    centre.therapy_type(name="Speech")
    centre.patient(firstName="Zoya", lastName="Bose")
    keys = hands(f"/schedule?view=day&date={DAY}")
    page = keys.page
    book = page.get_by_role("main").get_by_role("button", name="Book", exact=True)
    expect(page.get_by_role("region", name="Schedule").get_by_text("Leela")).to_be_visible()
    keys.press("Tab", "Enter")  # the skip link
    expect(page.get_by_role("main")).to_be_focused()
    keys.tab_to(book, 15)
    keys.press("Enter")
    dialog = page.get_by_role("dialog", name="Book a session")
    patient = dialog.get_by_role("combobox", name="Patient", exact=True)
    expect(patient).to_be_focused()
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(book).to_be_focused()  # where they were
    keys.press("Enter")
    expect(patient).to_be_focused()
    keys.write("zoya")
    expect(page.get_by_role("option", name="Zoya Bose")).to_be_visible()
    keys.press("Enter", "Tab")
    expect(patient).to_have_value("Zoya Bose")
    expect(dialog.get_by_label("Therapist")).to_be_focused()
    keys.write("Leela")
    keys.press("Tab")
    keys.write("Speech")
    free = dialog.get_by_role("button", name="11:00", exact=True)
    expect(free).to_be_visible()
    keys.tab_to(free)
    keys.press("Enter")
    expect(dialog.get_by_label("Time", exact=True)).to_have_value("11:00")
    keys.tab_to(dialog.get_by_role("button", name="Book", exact=True))
    keys.press("Enter")
    expect(page.get_by_role("button", name="11:00 Zoya Bose")).to_be_visible()
    expect(dialog).to_have_count(0)
    expect(book).to_be_focused()
    assert pointed(page) == 0


def test_a_payment_is_recorded_from_the_palette(hands: Put, centre: Centre) -> None:
    patient = centre.patient(firstName="Ira", lastName="Nair")
    keys = hands("/patients")
    page = keys.page
    expect(page.get_by_role("link", name="Ira Nair")).to_be_visible()
    keys.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    keys.write("record a pay")
    expect(page.get_by_role("option", name="Record a payment")).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(page.get_by_role("combobox", name="Patient", exact=True)).to_be_focused()
    keys.write("ira")
    expect(page.get_by_role("option", name="Ira Nair")).to_be_visible()
    keys.press("Enter")
    expect(page.get_by_label("Amount")).to_be_focused()
    keys.write("500")
    keys.press("Tab", "ArrowRight")
    expect(page.get_by_role("radio", name="UPI")).to_be_checked()
    keys.tab_to(page.get_by_role("button", name="Record", exact=True))
    keys.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Payment RECEIPT"))).to_be_visible()
    (payment,) = centre.get(f"/patients/{patient}/payments")["data"]
    assert (payment["amount"], payment["method"]) == ("500.00", "UPI")
    assert pointed(page) == 0


def test_a_patient_is_found_and_what_opens_gives_the_focus_back(hands: Put, centre: Centre) -> None:
    centre.patient(firstName="Meera", lastName="Iyer")
    keys = hands("/patients")
    page = keys.page
    row = page.get_by_role("link", name="Meera Iyer")
    expect(row).to_be_visible()
    keys.tab_to(row)
    keys.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row).to_be_focused()
    keys.press("/")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    keys.write("meera iy")
    expect(page.get_by_role("option", name="Meera Iyer")).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Meera Iyer", level=1)).to_be_visible()
    history = page.get_by_role("button", name="History")
    keys.tab_to(history, 20)
    keys.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("heading", name="Registered")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(history).to_be_focused()
    assert pointed(page) == 0


def test_a_patient_is_registered(hands: Put, centre: Centre) -> None:
    keys = hands("/patients")
    page = keys.page
    new = page.get_by_role("link", name="New patient").first
    expect(new).to_be_visible()
    keys.tab_to(new)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="New patient")).to_be_visible()
    for label, value in {
        "First name": "Ira", "Last name": "Nair", "Guardian's name": "Lakshmi Nair",
        "Guardian's phone": "+919812345670",
    }.items():  # fmt: skip
        keys.tab_to(page.get_by_label(label))
        keys.write(value)
    keys.press("Enter")
    birth = page.get_by_label("Date of birth")
    expect(birth).to_be_focused()  # the first mistake of the form
    keys.write("01032019")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Ira Nair", level=1)).to_be_visible()
    assert pointed(page) == 0


def test_a_session_is_moved_taken_back_and_its_history_read(hands: Put, centre: Centre) -> None:
    therapist, kind = centre.therapist("leela"), centre.therapy_type(name="Speech")
    centre.therapist("vikram")
    centre.session(centre.patient(firstName="Zoya", lastName="Bose"), therapist, kind, date=DAY, startTime="10:00")
    keys = hands(f"/schedule?view=day&date={DAY}", "OPERATOR")
    page = keys.page
    block = page.get_by_role("button", name="Zoya Bose")
    expect(block).to_be_visible()
    keys.tab_to(block)
    keys.press("m", "ArrowDown", "ArrowDown", "ArrowRight", "Enter")
    expect(page.get_by_role("button", name="10:30 Zoya Bose")).to_be_focused()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    keys.tab_to(undo)
    keys.press("Enter")
    expect(page.get_by_role("button", name="10:00 Zoya Bose")).to_be_focused()  # who takes it back goes on from there
    keys.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("button", name="History")).to_be_visible()
    keys.tab_to(drawer.get_by_role("button", name="History"))
    keys.press("Enter")
    moves = page.get_by_role("dialog", name="History: Zoya Bose").get_by_role("heading", name="Moved")
    expect(moves).to_have_count(2)
    assert pointed(page) == 0


def test_a_therapist_completes_with_a_note(hands: Put, centre: Centre) -> None:
    therapist, kind = centre.therapist("THERAPIST"), centre.therapy_type(name="Speech")
    held = (today_there() - timedelta(days=1)).isoformat()
    patient = centre.patient(firstName="Dev", lastName="Khan")
    session = centre.session(patient, therapist, kind, date=held)["id"]
    keys = hands("/my-day", "THERAPIST")
    page = keys.page
    complete = page.get_by_role("link", name="Complete: Dev Khan")
    expect(complete).to_be_visible()
    keys.tab_to(complete)
    keys.press("Enter")
    button = page.get_by_role("button", name="Complete: Dev Khan")
    expect(button).to_be_visible()
    keys.tab_to(button)
    keys.press("Enter")
    notes = page.get_by_role("dialog").get_by_label("Session notes").first
    expect(notes).to_be_visible()
    if not notes.evaluate("(each) => each === document.activeElement"):
        keys.tab_to(notes)
    keys.write("Two-word phrases.")
    keys.tab_to(page.get_by_role("button", name="Complete session"))
    keys.press("Enter")
    expect(page.get_by_text("Dev Khan: completed")).to_be_visible()
    assert centre.get(f"/sessions/{session}")["notes"] == "Two-word phrases."
    assert pointed(page) == 0


def test_what_has_the_focus_may_go_and_the_focus_stays_near(hands: Put, centre: Centre) -> None:
    therapist, kind = centre.therapist("THERAPIST"), centre.therapy_type(name="Speech")
    held = (today_there() - timedelta(days=1)).isoformat()
    for first, at in (("Dev", "09:00"), ("Ira", "11:00")):
        centre.session(centre.patient(firstName=first), therapist, kind, date=held, startTime=at)
    keys = hands(f"/my-schedule?view=day&date={held}", "THERAPIST")
    page = keys.page
    cards = page.get_by_role("main").get_by_role("article")
    button = cards.nth(0).get_by_role("button", name="Complete: ")
    expect(button).to_be_visible()
    keys.tab_to(button)
    (session, *_) = centre.get("/sessions", params={"from": held, "to": held, "sort": "startsAt"})["data"]
    centre.post(f"/sessions/{session['id']}/complete", {})  # somebody else, meanwhile
    expect(button).to_have_count(0)
    near = cards.nth(0).locator(":focus")
    expect(near).to_have_attribute("tabindex", "-1")
    keys.tab_to(cards.nth(1).get_by_role("link"), 3)
    expect(cards.nth(0).locator("[tabindex]")).to_have_count(0)


def test_an_expense_is_recorded_and_explained_in_the_report(hands: Put) -> None:
    keys = hands("/expenses", "ACCOUNTANT")
    page = keys.page
    record = page.get_by_role("link", name="Record expense").first
    expect(record).to_be_visible()
    keys.tab_to(record)
    keys.press("Enter")
    amount = page.get_by_label("Amount")
    expect(amount).to_be_visible()
    if not amount.evaluate("(each) => each === document.activeElement"):
        keys.tab_to(amount)
    keys.write("4250.50")
    keys.tab_to(page.get_by_label("Category"))
    keys.write("Rent")
    keys.tab_to(page.get_by_label("Paid to"))
    keys.write("Sharma Estates")
    keys.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Expense "))).to_be_visible()
    expect(page.get_by_text("₹4,250.50 recorded")).to_be_visible()  # what is said keeps nobody from going on
    keys.pair("g", "o")  # reports
    figure = page.get_by_role("button", name="₹4,250.50. Explain Expenses")
    expect(figure).to_be_visible()
    keys.tab_to(figure)
    keys.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("listitem").filter(has_text="Expense recorded")).to_be_visible()
    assert pointed(page) == 0


def test_both_keys_of_a_pair_count_whatever_is_drawn_between_them(hands: Put) -> None:
    page = hands("/expenses", "ACCOUNTANT").page
    expect(page.get_by_role("heading", name="Expenses", level=1)).to_be_visible()
    page.keyboard.press("g")
    page.evaluate("history.pushState({}, '', '/expenses?category=RENT')")  # the whole frame is drawn anew
    expect(page.get_by_role("link", name="Expenses", exact=True)).to_have_attribute("aria-current", "page")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Reports", level=1)).to_be_visible()
