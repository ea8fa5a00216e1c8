"""A login that runs out while something is being written: replaced in silence, or asked for over the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.browser.steps import FAMILY, fill_in
from tests.support.system import PASSWORD, SECRETS, Centre

REPLACE = """(change) => {
    const kept = {...JSON.parse(localStorage['daybook.session']), ...change};
    localStorage['daybook.session'] = JSON.stringify(kept);
    dispatchEvent(new StorageEvent('storage', {key: 'daybook.session'}));
    return kept;
}"""


def _half_filled(enter: Enter, centre: Centre) -> Page:
    page = enter(centre).go("/patients/new")
    fill_in(page, FAMILY)
    return page


def _held(page: Page) -> Any:
    return page.evaluate("JSON.parse(localStorage['daybook.session'])")


def _run_out(token: str) -> str:
    """The same token, a minute too old: what the browser's clock thinks of it is another matter."""
    said = jwt.decode(token, options={"verify_signature": False})
    gone = datetime.now(UTC) - timedelta(minutes=1)
    said |= {"iat": int((gone - timedelta(minutes=15)).timestamp()), "exp": int(gone.timestamp())}
    return jwt.encode(said, SECRETS["JWT_SECRET"], algorithm="HS256")


def _registered(page: Page, centre: Centre) -> None:
    expect(page.get_by_role("heading", name="Ira Nair", level=1)).to_be_visible()
    assert [each["guardianPhone"] for each in centre.get("/patients")["data"]] == [FAMILY["Guardian's phone"]]


@pytest.mark.parametrize("whose_clock", ["browser", "server"])
def test_a_token_that_ran_out_is_replaced_in_silence(enter: Enter, centre: Centre, whose_clock: str) -> None:
    page = _half_filled(enter, centre)
    before = _held(page)
    refreshed: list[Request] = []
    page.on("request", lambda asked: refreshed.append(asked) if asked.url.endswith("/auth/refresh") else None)
    if whose_clock == "browser":
        page.evaluate(REPLACE, {"expiresAt": 0})
    else:  # the phone's clock is behind: it hears of the end when it is refused
        page.evaluate(REPLACE, {"accessToken": _run_out(before["accessToken"])})
    page.get_by_role("button", name="Save").click()
    _registered(page, centre)
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    assert len(refreshed) == 1
    assert _held(page)["refreshToken"] != before["refreshToken"]


def test_when_the_login_is_over_the_password_is_asked_for_over_the_form(enter: Enter, centre: Centre) -> None:
    page = _half_filled(enter, centre)
    with centre.system.client() as elsewhere:
        answer = elsewhere.post("/auth/logout", json={"refreshToken": _held(page)["refreshToken"]})
        assert answer.is_success, answer.text
    page.evaluate(REPLACE, {"accessToken": _run_out(_held(page)["accessToken"])})
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_text("What you have typed is still here")).to_be_visible()
    assert faults(page) == []
    for label, value in FAMILY.items():
        expect(page.get_by_label(label)).to_have_value(value)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    _registered(page, centre)


def test_a_form_is_as_it_was_after_a_reload_and_the_login_page(enter: Enter, centre: Centre) -> None:
    page = _half_filled(enter, centre)
    email = centre.get("/account")["email"]
    page.evaluate("localStorage.removeItem('daybook.session')")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("You typed this before")).to_be_visible()
    for label, value in FAMILY.items():
        expect(page.get_by_label(label)).to_have_value(value)
    page.get_by_role("button", name="Save").click()
    _registered(page, centre)
