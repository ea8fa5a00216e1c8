"""A day's work of each seat, from the login page on, by nothing but what is on the screen."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter
from tests.browser.steps import arrive, choose, go_to, register
from tests.support.system import Centre

DAY = date.today() + timedelta(days=9)  # noqa: DTZ011 - far enough from whatever day it is at the centre


def _to_the_day(page: Page) -> None:
    go_to(page, "Schedule")
    page.get_by_label("Date", exact=True).fill(DAY.isoformat())
    page.get_by_text("Day", exact=True).click()


def test_an_administrator_registers_books_and_takes_the_money(enter: Enter, centre: Centre) -> None:
    centre.therapist("leela")
    centre.therapy_type(name="Speech")
    page = arrive(enter, centre, "WORKSPACE_ADMIN")
    go_to(page, "Patients")
    page.get_by_role("link", name="New patient").first.click()
    register(page)

    _to_the_day(page)
    page.get_by_role("button", name="Book", exact=True).click()
    dialog = page.get_by_role("dialog", name="Book a session")
    choose(dialog, page, "Ira Nair")
    dialog.get_by_label("Therapist").select_option(label="Leela Tester")
    dialog.get_by_label("Therapy", exact=True).select_option(label="Speech")
    dialog.get_by_role("button", name="11:00", exact=True).click()
    dialog.get_by_role("button", name="Book", exact=True).click()
    block = page.get_by_role("button", name="11:00 Ira Nair")
    expect(block).to_be_visible()
    block.click()
    page.get_by_role("dialog").get_by_role("link", name="Open the patient").click()
    owed = page.get_by_role("button", name=re.compile(r"Explain Outstanding$"))
    expect(owed).to_have_accessible_name(re.compile("₹800"))

    go_to(page, "Payments")
    page.get_by_role("link", name="Record payment").first.click()
    choose(page, page, "Ira Nair")
    page.get_by_role("button", name="All that is open: ₹800").click()
    page.get_by_role("button", name="Record", exact=True).click()
    receipt = page.get_by_role("heading", name=re.compile("^Payment RECEIPT"))
    expect(receipt).to_be_visible()
    expect(page.get_by_role("button", name="Print receipt")).to_be_visible()
    number = (receipt.text_content() or "").removeprefix("Payment ")
    page.get_by_role("link", name="Ira Nair").click()
    expect(owed).to_have_accessible_name(re.compile("₹0"))
    page.get_by_role("tab", name="Dues and payments").click()
    expect(page.get_by_role("tabpanel").get_by_text(number)).to_be_visible()


def test_the_front_desk_moves_a_session_and_reads_who_did(enter: Enter, centre: Centre) -> None:
    therapist, kind = centre.therapist("leela"), centre.therapy_type(name="Speech")
    patient = centre.patient(firstName="Zoya", lastName="Bose")
    centre.session(patient, therapist, kind, date=DAY.isoformat(), startTime="10:00")
    centre.user("OPERATOR", "nadia")
    page = arrive(enter, centre, "nadia")
    _to_the_day(page)
    page.get_by_role("button", name="10:00 Zoya Bose").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Move", exact=True).click()
    drawer.get_by_role("button", name="14:00", exact=True).click()
    moved = page.get_by_role("button", name="14:00 Zoya Bose")
    expect(moved).to_be_visible()
    expect(page.get_by_text(", 14:00").last).to_be_visible()  # the server said so, too
    moved.click()
    drawer.get_by_role("button", name="History").click()
    latest = page.get_by_role("dialog", name="History: Zoya Bose").get_by_role("listitem").first
    expect(latest.get_by_role("heading", name="Moved")).to_be_visible()
    expect(latest).to_contain_text("Nadia Tester")
    expect(latest).to_contain_text(re.compile(r"10:00.*14:00"))

    auditor = arrive(enter, centre, "AUDITOR")
    auditor.get_by_role("link", name="Audit").click()
    entry = auditor.get_by_role("listitem").filter(has=auditor.get_by_role("heading", name="Moved"))
    expect(entry).to_contain_text("Nadia Tester")
    expect(entry).to_contain_text(re.compile(r"10:00.*14:00"))
    expect(entry.get_by_text("SessionRescheduled")).to_be_hidden()  # the raw event is folded away


def test_a_therapist_finds_their_own_and_completes_with_a_note(enter: Enter, centre: Centre) -> None:
    therapist, other = centre.therapist("thea"), centre.therapist("other")
    kind = centre.therapy_type(name="Speech")
    # Yesterday's can be completed at any hour of today.
    held = (datetime.now(UTC).astimezone(ZoneInfo("Asia/Kolkata")) - timedelta(days=1)).date().isoformat()
    mine = centre.session(centre.patient(firstName="Dev", lastName="Khan"), therapist, kind, date=held)["id"]
    centre.session(centre.patient(firstName="Zoya", lastName="Bose"), other, kind, date=held)
    page = arrive(enter, centre, "thea")
    go_to(page, "My day")
    page.get_by_role("link", name="Complete: Dev Khan").click()
    expect(page.get_by_role("heading", name="My schedule")).to_be_visible()
    expect(page.get_by_role("link", name="Dev Khan")).to_be_visible()
    expect(page.get_by_text("Zoya Bose")).to_have_count(0)
    page.get_by_role("button", name="Complete: Dev Khan").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Session notes").first.fill("Two-word phrases, with prompts.")
    dialog.get_by_role("button", name="Complete session").click()
    expect(page.get_by_text("Dev Khan: completed")).to_be_visible()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()
    expect(page.get_by_text("Two-word phrases, with prompts.")).to_be_visible()
    assert centre.get(f"/sessions/{mine}")["status"] == "COMPLETED"


def test_an_accountant_records_an_expense_and_finds_it_in_the_report(enter: Enter, centre: Centre) -> None:
    page = arrive(enter, centre, "ACCOUNTANT")
    go_to(page, "Expenses")
    page.get_by_role("link", name="Record expense").first.click()
    page.get_by_label("Amount").fill("4250.50")
    page.get_by_label("Category").select_option(label="Rent")
    page.get_by_label("Paid to").fill("Sharma Estates")
    page.get_by_role("button", name="Record", exact=True).click()
    heading = page.get_by_role("heading", name=re.compile("^Expense "))
    expect(heading).to_be_visible()
    number = (heading.text_content() or "").removeprefix("Expense ")
    go_to(page, "Reports")
    page.get_by_role("button", name="₹4,250.50. Explain Expenses").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("One entry of the book adds up to it.")).to_be_visible()
    entry = drawer.get_by_role("listitem").filter(has_text="Expense recorded")
    expect(entry).to_contain_text(number)
    expect(entry).to_contain_text("₹4,250.50")
