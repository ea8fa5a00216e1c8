"""By keyboard alone: no mouse, no finger; where one is can always be seen, and a dialog gives back where one was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Enter
from tests.support.system import Centre, wait_until

DAY = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011 - far enough from whatever day it is at the centre
# A click that a key makes has no pointer behind it: its detail is 0.
POINTED = """window.pointed = 0;
for (const name of ['pointerdown', 'mousedown', 'mousemove', 'touchstart', 'click'])
    addEventListener(name, (event) => { if (name !== 'click' || event.detail > 0) window.pointed += 1; }, true);"""
# Empty if it is seen where one is. A date's own button has the focus within its field, and is drawn by the browser.
SEEN = """(pressed) => {
    const here = document.activeElement;
    if (!here || here === document.body) return `after ${pressed} nothing has the focus`;
    if (!pressed.endsWith('Tab') || !here.matches(':focus')) return '';
    const box = here.getBoundingClientRect();
    const drawn = [here, here.parentElement].some((each) => {
        const {outlineStyle, outlineWidth} = getComputedStyle(each);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    });
    const inside = box.width > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    return drawn && inside ? '' : `${here.outerHTML.slice(0, 200)} is drawn ${drawn}, inside ${inside}`;
}"""


class Hands:
    """Both on the keyboard. After each key something has the focus; after Tab, it can be seen where."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            wait_until(partial(self._seen, key))

    def _seen(self, pressed: str) -> bool:
        problem: str = self.page.evaluate(SEEN, pressed)
        return not problem

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def tab_to(self, there: Locator, most: int = 60) -> None:
        """Tab until it has the focus: it can be reached, and nothing on the way keeps whoever comes by."""
        for _ in range(most):
            self.press("Tab")
            if there.evaluate("(each) => each === document.activeElement"):
                return
        pytest.fail(f"not reached with {most} tabs: {there}")


@pytest.fixture
def hands(enter: Enter, centre: Centre) -> Callable[[str], Hands]:
    def on(path: str) -> Hands:
        visit = enter(centre)
        visit.page.add_init_script(POINTED)
        return Hands(visit.go(path))

    return on


def _pointed(page: Page) -> Any:
    return page.evaluate("window.pointed")


def test_a_session_is_booked_and_the_focus_comes_back(hands: Callable[[str], Hands], centre: Centre) -> None:
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
    assert _pointed(page) == 0


def test_a_payment_is_recorded_from_the_palette(hands: Callable[[str], Hands], centre: Centre) -> None:
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
    assert _pointed(page) == 0


def test_a_patient_is_found_and_what_opens_gives_the_focus_back(hands: Callable[[str], Hands], centre: Centre) -> None:
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
    assert _pointed(page) == 0
