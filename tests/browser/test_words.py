"""Every word of the client is in its catalogue: in the language that is English in letters of another script, whatever
a page still says in plain letters came from the API, from ``Intl``, or is a name that no language translates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.access.world import World
from tests.browser.conftest import Visit, arrive, new_context, signed_in
from tests.browser.overlays import UNDER_WAY
from tests.browser.places import PLACES
from tests.browser.world import full_world
from tests.support.system import RunningSystem

ZONES = {word for zone in available_timezones() for word in re.findall(r"[A-Za-z']+", zone)}
NAMES = ZONES | {
    "Daybook", "Ctrl", "PDF", "CSV", "JSON", "UPI", "IST", "GMT", "UTC", "hledger", "beancount", "Beancount", "INR",
}  # fmt: skip
"""Of products, formats, keys, zones and money."""
DATES = re.compile(
    r"\b((Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Mon|Tue|Wed|Thu|Fri|Sat|Sun|am|pm|January|February|March|April|May|June"
    r"|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b"
)
PLAIN = re.compile(r"[A-Za-z][A-Za-z'’]+")
SAID = """() => {
  const said = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const within = walker.currentNode.parentElement;
    if (!within.closest("script, style, noscript, code, pre")) said.push(walker.currentNode.data);
  }
  for (const each of document.body.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-description", "aria-roledescription"])
      if (each.hasAttribute(name)) said.push(each.getAttribute(name));
  return [document.title, ...said];
}"""


LISTEN = """
const ask = window.fetch;
window.told = [];
window.fetch = async (...asked) => {
  const answer = await ask(...asked);
  if (answer.headers.get("content-type")?.startsWith("application/json")) window.told.push(answer.clone().json());
  return answer;
};
"""
"""Keeps what the API answers a page, also what the browser has kept from before."""


@dataclass
class Abroad:
    """A role's page in the other language. ``known`` are the words that the API has answered it so far."""

    visit: Visit
    known: set[str] = field(default_factory=set)

    def outside(self, address: str) -> set[str]:
        """Words of a page, with everything that it loads, that are in plain letters and that nobody told it."""
        page = self.visit.go(address)
        expect(page.get_by_role("heading").or_(page.get_by_role("main").get_by_role("paragraph")).first).to_be_visible()
        expect(page.locator(UNDER_WAY)).to_have_count(0)
        expect(page.locator("html")).to_have_attribute("lang", "en-XA")
        said = plain_words(page)
        told = page.evaluate("() => Promise.all(window.told)")  # after: names come late
        self.known |= set(words_of(told, spelled="/audit" in address))
        return said - self.known - NAMES


Enter = Callable[[str], Abroad]


@pytest.fixture(scope="module")
def world(system: RunningSystem) -> Iterator[World]:
    with system.client() as client:
        yield full_world(system, client)


@pytest.fixture(scope="module")
def abroad(browser: Browser, system: RunningSystem, world: World) -> Iterator[Enter]:
    made: dict[str, Abroad] = {}

    def enter(role: str) -> Abroad:
        if role not in made:
            context = new_context(browser)
            context.add_init_script(signed_in(system, world.centre, role))
            context.add_init_script('localStorage.setItem("daybook.language", "en-XA")')
            context.add_init_script(LISTEN)
            made[role] = Abroad(arrive(context, system))
        return made[role]

    yield enter
    for each in made.values():
        each.visit.page.context.close()


def words_of(data: Any, *, spelled: bool) -> Iterator[str]:
    """``spelled``: also those of names and codes, which the audit's pages spell out where nobody has named them."""
    if isinstance(data, str):
        yield from PLAIN.findall(data)
        if spelled:
            for word in PLAIN.findall(re.sub("([a-z])([A-Z])", r"\1 \2", data)):
                yield from (word.lower(), word.capitalize())
    elif isinstance(data, list):
        for each in data:
            yield from words_of(each, spelled=spelled)
    elif isinstance(data, dict):
        yield from words_of([*data.values(), *(data if spelled else ())], spelled=spelled)


def plain_words(page: Page) -> set[str]:
    return {word for text in page.evaluate(SAID) for word in PLAIN.findall(DATES.sub(" ", text))}


@pytest.mark.parametrize("path", PLACES)
def test_a_page_says_nothing_outside_the_catalogue(abroad: Enter, world: World, path: str) -> None:
    role, address = PLACES[path][0]
    assert abroad(role).outside(address.format(**world.ids)) == set()


@pytest.mark.faults
@pytest.mark.parametrize("path", [path for path, places in PLACES.items() if len(places) > 1])
def test_nor_do_its_other_parts(abroad: Enter, world: World, path: str) -> None:
    found = {address: abroad(role).outside(address.format(**world.ids)) for role, address in PLACES[path][1:]}
    assert {address: words for address, words in found.items() if words} == {}
