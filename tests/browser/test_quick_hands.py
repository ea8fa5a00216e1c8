"""Hands that are quicker than the answers: Enter means what was typed, never what happens to be listed by then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Enter
from tests.support.system import Centre, wait_until

Two = tuple[str, str]
# What is asked of an element's focus; whoever calls it twice puts a date back to its first part.
FOCUSED = """window.focused = 0;
const focus = HTMLElement.prototype.focus;
HTMLElement.prototype.focus = function (...how) {
    if (this.type === 'date') window.focused += 1;
    return focus.apply(this, how);
};"""


@contextmanager
def slow_searches(page: Page) -> Iterator[list[Route]]:
    """Searches of patients are answered when the block is over."""
    held: list[Route] = []
    over = False

    def hold(route: Route) -> None:
        if over:
            route.fallback()
        else:
            held.append(route)

    page.route("**/api/v1/patients?*", hold)
    yield held
    over = True
    for route in held:
        route.fallback()


@pytest.fixture
def two(centre: Centre) -> Two:
    """'na' finds both, and the other one first; 'nair' finds Zoya."""
    return centre.patient(firstName="Anaya", lastName="Bose"), centre.patient(firstName="Zoya", lastName="Nair")


def _asked(held: list[Route], text: str) -> Callable[[], bool]:
    return lambda: any(f"search={text}" in route.request.url for route in held)


def test_enter_in_the_palette_opens_what_the_whole_text_finds(enter: Enter, centre: Centre, two: Two) -> None:
    page = enter(centre).go("/sessions")
    expect(page.get_by_role("heading", name="Sessions", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").press_sequentially("na")
    expect(page.get_by_role("option").filter(has_text="Anaya Bose")).to_have_attribute("aria-selected", "true")
    with slow_searches(page) as held:
        page.keyboard.type("ir")
        page.keyboard.press("Enter")
        wait_until(lambda: _pump(page) and _asked(held, "nair")())
        expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("heading", name="Zoya Nair", level=1)).to_be_visible()


def test_typing_on_takes_enter_back_and_an_arrow_means_what_it_points_at(
    enter: Enter, centre: Centre, two: Two
) -> None:
    page = enter(centre).go("/sessions")
    expect(page.get_by_role("heading", name="Sessions", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").press_sequentially("na")
    anaya, zoya = (page.get_by_role("option").filter(has_text=name) for name in ("Anaya Bose", "Zoya Nair"))
    expect(anaya).to_have_attribute("aria-selected", "true")
    with slow_searches(page) as held:
        page.keyboard.type("ir")
        page.keyboard.press("Enter")
        page.keyboard.press("Backspace")
        wait_until(lambda: _pump(page) and _asked(held, "nai")())
    expect(anaya).to_have_count(0)
    expect(zoya).to_have_attribute("aria-selected", "true")  # found, and not opened
    page.keyboard.press("Backspace")
    expect(anaya).to_have_attribute("aria-selected", "true")
    with slow_searches(page):
        page.keyboard.type("y")  # "nay": the list is still that of "na"
        page.keyboard.press("ArrowDown")
        expect(zoya).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="Zoya Nair", level=1)).to_be_visible()


@pytest.mark.parametrize("after", ["", "Tab"])
def test_a_payment_is_of_whom_the_whole_text_finds(enter: Enter, centre: Centre, two: Two, after: str) -> None:
    page = enter(centre).go("/payments/new")
    patient = page.get_by_role("combobox", name="Patient", exact=True)
    patient.press_sequentially("na")
    expect(page.get_by_role("option")).to_have_count(2)
    with slow_searches(page) as held:
        page.keyboard.type("ir")
        page.keyboard.press("Enter")
        if after:
            page.keyboard.press(after)
        wait_until(lambda: _pump(page) and _asked(held, "nair")())
        expect(patient).to_have_value("nair")
    expect(patient).to_have_value("Zoya Nair")
    page.get_by_label("Amount").fill("500")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("heading", name="Payment RECEIPT")).to_be_visible()
    assert [len(centre.get(f"/patients/{each}/payments")["data"]) for each in two] == [0, 1]


def test_who_is_not_found_is_not_left_standing(enter: Enter, centre: Centre, two: Two) -> None:
    page = enter(centre).go("/payments/new")
    patient = page.get_by_role("combobox", name="Patient", exact=True)
    patient.press_sequentially("na")
    expect(page.get_by_role("option")).to_have_count(2)
    with slow_searches(page) as held:
        page.keyboard.type("xx")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        wait_until(lambda: _pump(page) and _asked(held, "naxx")())
        expect(patient).to_have_value("naxx")
    expect(patient).to_have_value("")  # what the field says is what is chosen


def test_a_mistake_takes_the_focus_once(enter: Enter, centre: Centre) -> None:
    visit = enter(centre)
    visit.page.add_init_script(FOCUSED)
    page = visit.go("/patients/new")
    for label in ("First name", "Last name"):
        page.get_by_label(label).fill("Ira")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Date of birth")).to_be_focused()
    page.evaluate("new Promise((passed) => setTimeout(passed))")  # what was put off until the next task is over
    assert page.evaluate("window.focused") == 1


def test_a_year_that_cannot_be_is_refused_in_words(enter: Enter, centre: Centre) -> None:
    page = enter(centre).go("/patients/new")
    filled: dict[str, Any] = {
        "First name": "Ira", "Last name": "Nair", "Date of birth": "0019-03-01", "Guardian's name": "Lakshmi Nair",
        "Guardian's phone": "+919812345670",
    }  # fmt: skip
    for label, value in filled.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A date lies between 1900 and 2199", exact=True)).to_be_visible()
    expect(page.get_by_label("Date of birth")).to_be_focused()


def _pump(page: Page) -> bool:
    """Routes are told while something is asked of the page."""
    page.evaluate("1")
    return True
