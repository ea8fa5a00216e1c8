#!/usr/bin/env python3
"""Takes the pictures of docs/screenshots anew, from the demo centre: ``.venv/bin/python scripts/screenshots.py``.

The demo centre is made for the day it is started on, so names and amounts differ from one taking to the next.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the demo centre is started as the benchmarks start it

import httpx  # noqa: E402
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

from adapters.demo import PASSWORD  # noqa: E402
from benchmarks.web import ACCOUNTANT, ADMIN, THERAPIST, demo_centre  # noqa: E402
from tests.support.browser import FLAGS, chromium  # noqa: E402

PICTURES = ROOT / "docs" / "screenshots"
DESK, PHONE = (1280, 800), (375, 760)
Shown = Callable[[Page], Any]


def signed_in(url: str, email: str) -> tuple[str, str]:
    """The answer of the login, and its access token."""
    given = {"email": email, "password": PASSWORD}
    answer = httpx.post(f"{url}/api/v1/auth/login", json=given, timeout=30, trust_env=False).raise_for_status()
    return answer.text, answer.json()["accessToken"]


def take(
    browser: Browser, url: str, name: str, email: str, path: str, size: tuple[int, int] = DESK, *, dark: bool = False,
    then: Shown = lambda _: None,
) -> None:  # fmt: skip
    """A picture of a page once nothing on it is being loaded any more, and after ``then``."""
    told, _ = signed_in(url, email)
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light",
        reduced_motion="reduce", locale="en-IN",
    )  # fmt: skip
    context.add_init_script(f"""const told = {told};
        told.expiresAt = Date.now() + told.expiresIn * 1000;
        localStorage.setItem("daybook.session", JSON.stringify(told));""")
    page = context.new_page()
    page.goto(f"{url}{path}")
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    then(page)
    settled(page)
    page.screenshot(path=PICTURES / f"{name}.png")
    context.close()


def settled(page: Page) -> None:
    """Nothing is being asked for any more but what others change, and two frames have been drawn."""
    for loading in ("[aria-busy=true]", "[role=status][aria-label='Loading…']"):
        expect(page.locator(loading)).to_have_count(0)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def earlier(page: Page) -> None:
    """The balance of three weeks ago."""
    slider = page.get_by_role("slider", name="Balance as of")
    slider.focus()
    for _ in range(21):
        slider.press("ArrowLeft")
    there = page.get_by_label("Balance as of").first.input_value()
    day = f"{date.fromisoformat(there):%-d %b %Y}"
    expect(page.get_by_text(f"Balance as of {day}")).to_be_visible()
    slider.blur()


def checked(page: Page) -> None:
    """The whole book, and one entry, computed."""
    page.get_by_role("button", name="Check the whole book now").click()
    page.get_by_label("Entry number").fill("1000")
    page.get_by_role("button", name="Prove it").click()
    expect(page.get_by_text("Verified").first).to_be_visible()


def busiest(url: str) -> str:
    """The patient of whom the ledger tells most."""
    _, token = signed_in(url, ADMIN)
    with httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, trust_env=False) as api:
        patients = api.get("/patients", params={"pageSize": 50}).raise_for_status().json()["data"]
        entries = {each["id"]: len(api.get(f"/patients/{each['id']}/ledger").json()["data"]) for each in patients}
    return max(entries, key=lambda patient: entries[patient])


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with demo_centre() as url, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium(), args=FLAGS)
        patient = busiest(url)
        take(browser, url, "schedule", ADMIN, "/schedule?view=day")
        take(browser, url, "schedule-week-dark", ADMIN, "/schedule?view=week", dark=True)
        take(browser, url, "ledger", ACCOUNTANT, f"/patients/{patient}?tab=ledger", then=earlier)
        take(browser, url, "dashboard", ADMIN, "/dashboard")
        take(browser, url, "dues", ACCOUNTANT, "/dues")
        take(browser, url, "audit", ADMIN, "/audit/verification", then=checked)
        take(browser, url, "my-day-phone", THERAPIST, "/my-day", PHONE)
        take(browser, url, "patients-phone-dark", ADMIN, "/patients", PHONE, dark=True)
        browser.close()


if __name__ == "__main__":
    main()
