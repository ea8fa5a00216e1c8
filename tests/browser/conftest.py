"""A browser, somebody signed in, and an eye on what the browser complains about.

The plugin starts its driver once a session, which leaves a running event loop in the thread: whatever test comes next
in the same process could not use ``asyncio.run``. Ours starts and ends with each module.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.booked import World, book_one
from tests.support.browser import FLAGS, chromium, missing
from tests.support.system import PASSWORD, Centre, RunningSystem

PATIENCE = 10_000  # milliseconds; the machine may be busy with other tests


@pytest.fixture(scope="module")
def playwright(system: RunningSystem) -> Iterator[Playwright]:
    """After the system, which uses event loops of its own to start."""
    if (why := missing()) is not None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield launched
    launched.close()


@dataclass
class Visit:
    """A page of the client. ``complaints`` is what the console and the content security policy said."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page


Enter = Callable[..., Visit]


@pytest.fixture
def world(centre: Centre) -> World:
    return book_one(centre)


def _listen(visit: Visit) -> None:
    def heard(message: Any) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            visit.complaints.append(f"{message.type}: {message.text}")

    visit.page.on("console", heard)
    visit.page.on("pageerror", lambda error: visit.complaints.append(f"error: {error}"))


def new_context(browser: Browser, *, width: int = 1280, dark: bool = False) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", reduced_motion="reduce",
        locale="en-IN",
    )  # fmt: skip
    context.set_default_timeout(PATIENCE)
    return context


def arrive(context: BrowserContext, system: RunningSystem) -> Visit:
    """On no page yet, and listening."""
    visit = Visit(context.new_page(), system.url)
    _listen(visit)
    return visit


@pytest.fixture
def enter(browser: Browser, system: RunningSystem) -> Iterator[Enter]:
    """``enter(centre, "OPERATOR", width=375, dark=True)``: signed in already, on no page yet. Complains at the end if
    the browser did."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def inside(
        centre: Centre | None,
        role: str = "WORKSPACE_ADMIN",
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> Visit:
        context = new_context(browser, width=width, dark=dark)
        contexts.append(context)
        if centre is not None:
            context.add_init_script(signed_in(system, centre, role))
        visits.append(arrive(context, system))
        return visits[-1]

    yield inside
    complaints = [each for visit in visits for each in visit.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


def signed_in(system: RunningSystem, centre: Centre, role: str) -> str:
    """What the login leaves in the browser, from a login of its own: tests of the login page use that page."""
    with system.client() as client:
        centre.token(role)
        email = centre.get("/account", as_=role)["email"]
        tenant = "platform" if role == "SUPER_ADMIN" else centre.slug
        body = {"email": email, "password": PASSWORD, "tenant": tenant}
        answer = client.post("/auth/login", json=body)
        assert answer.status_code == 200, answer.text
    return f"""if (location.protocol === "http:" && !sessionStorage.getItem("entered")) {{
        const told = {answer.text};
        sessionStorage.setItem("entered", "1");
        told.expiresAt = Date.now() + told.expiresIn * 1000;
        localStorage.setItem("daybook.session", JSON.stringify(told));
    }}"""
