"""How soon a page is there, and how soon a move is seen: on one's own screen, and on somebody else's."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser import FLAGS

FIRST_PAGES, MOVES = 5, 10
AHEAD = timedelta(days=28)  # beyond what the demo centre has booked
DOWN, UP = "ArrowDown", "ArrowUp"

# When the session is first drawn at this time of day, on the clock that all pages of a machine share.
_SEEN = """(label) => { window.seen = undefined; const look = () => {
    if (document.querySelector(`[aria-label^="${label}"]`)) window.seen = performance.timeOrigin + performance.now();
    else requestAnimationFrame(look); }; look(); }"""
_WHEN = """() => new Promise((done) => { const look = () => {
    if (window.seen === undefined) requestAnimationFrame(look); else done(window.seen); }; look(); })"""
_PRESSED = """() => addEventListener("keydown", ({ key }) => {
    if (key === "Enter") window.pressed = performance.timeOrigin + performance.now(); }, { capture: true })"""


@dataclass(frozen=True)
class Booked:
    day: str
    patient: str


def latencies(url: str, chromium: str, who: Mapping[str, str]) -> dict[str, float]:
    """Medians in milliseconds: ``first_page``, with nothing in the browser's cache; ``own_screen`` and
    ``other_screen``, from the key that moves a session."""
    said = httpx.post(f"{url}/api/v1/auth/login", json=dict(who), timeout=30, trust_env=False).raise_for_status()
    booked = _booked(url, said.json()["accessToken"])
    path = f"{url}/schedule?view=day&date={booked.day}"
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=FLAGS)
        first = [_first(browser, said.text, path, booked) for _ in range(FIRST_PAGES)]
        with _opened(browser, said.text, path) as mine, _opened(browser, said.text, path) as theirs:
            moves = [_moved(mine, theirs, booked, n) for n in range(MOVES)]
        browser.close()
    own, other = (statistics.median(each[n] for each in moves) for n in (0, 1))
    figures = {"first_page": statistics.median(first), "own_screen": own, "other_screen": other}
    return {name: round(value, 1) for name, value in figures.items()}


def _booked(url: str, token: str) -> Booked:
    """A session of its own, at ten."""
    headers = {"Authorization": f"Bearer {token}"}
    day = date.today() + AHEAD  # noqa: DTZ011 - a day some weeks off, whatever day it is there
    day += timedelta(days=day.isoweekday() == 7)
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30, trust_env=False) as api:

        def first(path: str) -> dict[str, Any]:
            found: dict[str, Any] = api.get(path).raise_for_status().json()["data"][0]
            return found

        patient, kind = first("/patients?pageSize=1"), first("/therapy-types?search=Speech")
        given = {
            "patientId": patient["id"], "therapyTypeId": kind["id"], "date": day.isoformat(), "startTime": "10:00",
            "therapistId": first("/users?role=THERAPIST&search=Ananya")["id"],
        }  # fmt: skip
        api.post("/sessions", json=given).raise_for_status()
    return Booked(given["date"], f"{patient['firstName']} {patient['lastName']}")


@contextmanager
def _opened(browser: Browser, said: str, path: str | None) -> Iterator[Page]:
    """A page of a browser that has seen nothing yet but the login."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", locale="en-IN")
    context.add_init_script(f"""const told = {said};
        told.expiresAt = Date.now() + told.expiresIn * 1000;
        localStorage.setItem("daybook.session", JSON.stringify(told));""")
    page = context.new_page()
    if path is not None:
        page.goto(path)
        expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    yield page
    context.close()


def _first(browser: Browser, said: str, path: str, booked: Booked) -> float:
    """From the navigation to the session on the screen."""
    with _opened(browser, said, None) as page:
        page.goto(path, wait_until="commit")
        page.evaluate(_SEEN, f"10:00 {booked.patient}")
        expect(page.get_by_role("button", name=f"10:00 {booked.patient}")).to_be_visible()
        took: float = page.evaluate(_WHEN) - page.evaluate("performance.timeOrigin")
    return took


def _moved(mine: Page, theirs: Page, booked: Booked, n: int) -> tuple[float, float]:
    """An hour down, or up again."""
    was, now, key = ("10:00", "11:00", DOWN) if n % 2 == 0 else ("11:00", "10:00", UP)
    label = f"{now} {booked.patient}"
    for page in (mine, theirs):
        expect(page.get_by_role("button", name=f"{was} {booked.patient}")).to_be_visible()
        page.evaluate(_SEEN, label)
    mine.get_by_role("button", name=f"{was} {booked.patient}").focus()
    for press in ("m", *[key] * 4):
        mine.keyboard.press(press)
    mine.evaluate(_PRESSED)
    mine.evaluate(_SEEN, label)  # the shadow of where it would go has another name
    mine.keyboard.press("Enter")
    for page in (mine, theirs):
        expect(page.get_by_role("button", name=label)).to_be_visible()
    pressed: float = mine.evaluate("pressed")
    own, other = (float(page.evaluate(_WHEN)) - pressed for page in (mine, theirs))
    return own, other
