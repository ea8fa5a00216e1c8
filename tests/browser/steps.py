"""What people do on every page: sign in at the door, go somewhere by the navigation, choose a patient."""

from __future__ import annotations

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
