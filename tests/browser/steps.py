"""What people do on every page: sign in at the door, go somewhere by the navigation, choose a patient."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Enter
from tests.support.system import PASSWORD, Centre, wait_until


def arrive(enter: Enter, centre: Centre, who: str, *, width: int = 1280) -> Page:
    """Through the login page, as ``who`` (a role, or the name of a user of the centre)."""
    centre.token(who)
    page = enter(None, width=width).go("/")
    page.get_by_label("E-mail").fill(centre.get("/account", as_=who)["email"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Main").first).to_be_attached()
    return page


def go_to(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


FAMILY = {
    "First name": "Ira", "Last name": "Nair", "Date of birth": "2019-03-01", "Guardian's name": "Lakshmi Nair",
    "Guardian's phone": "+919812345670",
}  # fmt: skip
"""What is written in the form of a new patient."""


def fill_in(page: Page, written: Mapping[str, str]) -> None:
    for label, value in written.items():
        page.get_by_label(label).fill(value)


def register(page: Page) -> str:
    """``FAMILY``, on the form of a new patient. Answers the patient's id."""
    fill_in(page, FAMILY)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Ira Nair", level=1)).to_be_visible()
    return urlsplit(page.url).path.rsplit("/", 1)[-1]


def choose(within: Page | Locator, page: Page, name: str) -> None:
    """A patient, in the field that looks for one."""
    within.get_by_role("combobox", name="Patient", exact=True).press_sequentially(name[:4].lower())
    page.get_by_role("option", name=name).click()


def hold(route: Route, held: list[Route], method: str = "POST") -> None:
    """Keep a command back; let everything else through."""
    if route.request.method == method:
        held.append(route)
    else:
        route.continue_()


def together(page: Page, held: list[Route], count: int) -> None:
    """Requests that were held back go on at the same moment, once all are there."""
    wait_until(lambda: len(held) >= count or page.evaluate("0"))  # the driver hears while it is asked
    for route in held:
        route.continue_()


def end_login(page: Page) -> None:
    """As if the login had been ended elsewhere: neither token works any more."""
    page.evaluate("""() => { const kept = JSON.parse(localStorage['daybook.session']);
        localStorage['daybook.session'] = JSON.stringify({...kept, accessToken: 'gone', refreshToken: 'gone'});
        dispatchEvent(new StorageEvent('storage', {key: 'daybook.session'})); }""")
