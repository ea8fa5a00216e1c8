"""Everything that opens over a page: which module of the client has it, and what somebody does to see it.

A module that draws a dialog, a drawer, a question or a menu and is not listed here fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.places import ACCOUNTANT, ADMIN, OPERATOR, PLATFORM, THERAPIST
from tests.support.browser import ROOT

Step = Callable[[Page], object]

UNDER_WAY = "[aria-label='Loading…'], .animate-pulse, [aria-busy=true]"
_SOURCE = ROOT / "web" / "src"
_OPENS = re.compile(r"<(?:Dialog|Drawer|Confirm|Popover|Menu\.Root|AlertDialog\.Root)\b")


@dataclass(frozen=True)
class Overlay:
    """``steps`` lead from ``address`` to it. On a wide screen only, or on a phone only, if ``width`` says so."""

    module: str
    role: str
    address: str
    steps: tuple[Step, ...] = ()
    width: int | None = None


def modules() -> set[str]:
    """Those that draw something over the page; ``components/ui`` has the parts that they draw it with."""
    files = [each for each in _SOURCE.rglob("*.tsx") if "components/ui" not in each.as_posix()]
    return {
        each.relative_to(_SOURCE).with_suffix("").as_posix()
        for each in files
        if _OPENS.search(each.read_text()) is not None
    }


def press(name: str, role: str = "button") -> Step:
    """The first control whose name begins so: in what lies over the page, if something does."""

    def step(page: Page) -> None:
        expect(page.locator(UNDER_WAY)).to_have_count(0)
        over = page.get_by_role("dialog").or_(page.get_by_role("menu"))
        within = over.last if over.count() else page.locator("body")
        within.get_by_role(role, name=re.compile(f"^{re.escape(name)}")).first.click()  # type: ignore[arg-type]

    return step


def explain(label: str) -> Step:
    def step(page: Page) -> None:
        page.get_by_role("button", name=re.compile(rf"Explain {label}$")).first.click()

    return step


def key(keys: str) -> Step:
    return lambda page: page.keyboard.press(keys)


def fill(label: str, text: str) -> Step:
    return lambda page: page.get_by_label(label).first.press_sequentially(text)


def choose(label: str, text: str) -> Step:
    return lambda page: page.get_by_label(label, exact=True).last.select_option(label=text)


def tick(label: str) -> Step:
    def ticked(page: Page) -> None:
        page.get_by_label(label).click()
        expect(page.get_by_label(label)).to_be_checked()

    return ticked


def shows(text: str) -> Step:
    return lambda page: expect(page.get_by_text(text).first).to_be_visible()


OVERLAYS = [
    Overlay("app/palette", OPERATOR, "/patients", (key("Control+k"), fill("Search", "pa"))),
    Overlay("app/keys", OPERATOR, "/patients", (key("?"),)),
    Overlay("app/person", OPERATOR, "/patients", (press("Meera OPERATOR, Front desk"),)),
    Overlay("app/more", ADMIN, "/patients", (press("More"),), width=375),
    Overlay("components/toolbar", OPERATOR, "/patients?search=mee", (press("Saved views"),)),
    Overlay("components/patient-search", ACCOUNTANT, "/payments/new", (
        fill("Patient", "meera"), lambda page: expect(page.get_by_role("option").first).to_be_visible())),
    Overlay("components/chart", ACCOUNTANT, "/dues", (lambda page: page.get_by_text("Show as a table").click(),)),
    Overlay("features/patients/identity", ADMIN, "/patients/{owing}", (
        press("Merge into another record"), fill("The record to be used", "meera"),
        lambda page: expect(page.get_by_role("option").first).to_be_visible())),
    Overlay("features/patients/identity", ADMIN, "/patients/{owing}", (press("Erase"),)),
    Overlay("features/settings/questions", ADMIN, "/settings?section=therapies", (press("Questions of reports"),)),
    Overlay("features/series/drawer", OPERATOR, "/series?series={series}"),
    Overlay("features/series/drawer", OPERATOR, "/series?series={series}", (press("Cancel sessions"),)),
    Overlay("features/series/drawer", OPERATOR, "/series?series={series}", (press("Change"),)),
    Overlay("features/history/overlays", ADMIN, "/patients/{patient}", (press("History"),)),
    Overlay("features/history/overlays", ACCOUNTANT, "/dashboard", (explain("Collected"),)),
    Overlay("features/expenses/void", ACCOUNTANT, "/expenses/{expense}", (press("Void"),)),
    Overlay("features/settings/therapies", ADMIN, "/settings?section=therapies", (press("New therapy"),)),
    Overlay("features/settings/therapies", ADMIN, "/settings?section=therapies", (press("Edit"),)),
    Overlay("features/settings/prices", ADMIN, "/settings?section=therapists&therapistId={therapist}", (
        press("Set a price"),)),
    Overlay("features/settings/rooms", ADMIN, "/settings?section=rooms", (press("New room"),)),
    Overlay("features/settings/people", ADMIN, "/settings?section=people", (press("Invite somebody"),)),
    Overlay("features/settings/people", ADMIN, "/settings?section=people", (press("More for"),)),
    Overlay("features/settings/people", ADMIN, "/settings?section=people", (
        press("More for"), press("Edit", "menuitem"))),
    Overlay("features/settings/people", ADMIN, "/settings?section=people&role=THERAPIST", (
        press("More for"), press("Deactivate", "menuitem"))),
    Overlay("features/settings/notices", ADMIN, "/settings?section=notices", (press("Text: "),)),
    Overlay("features/settings/therapists", ADMIN, "/settings?section=therapists&therapistId={therapist}", (
        press("Add hours"),)),
    Overlay("features/settings/therapists", THERAPIST, "/settings?section=therapists", (press("Plan leave"),)),
    Overlay("features/settings/holidays", ADMIN, "/settings?section=holidays", (press("New holiday"),)),
    Overlay("features/settings/centres", PLATFORM, "/centres?centre={tenant}"),
    Overlay("features/settings/new-centre", PLATFORM, "/centres", (press("New centre"),)),
    Overlay("features/billing/acts", ACCOUNTANT, "/payments/{payment}", (press("Void"),)),
    Overlay("features/billing/acts", ACCOUNTANT, "/payments/{payment}", (press("Refund"),)),
    Overlay("features/billing/acts", ACCOUNTANT, "/patients/{owing}?tab=money", (press("Write off"),)),
    Overlay("features/settings/password", ADMIN, "/settings?section=people&role=THERAPIST", (
        press("More for"), press("New password", "menuitem"))),
    Overlay("features/accounting/assertions", ACCOUNTANT, "/books?books=assertions", (press("Check a balance"),)),
    Overlay("features/accounting/assertions", ACCOUNTANT, "/books?books=assertions", (press("Take back"),)),
    Overlay("features/accounting/periods", ACCOUNTANT, "/books?books=periods", (press("Close books"),)),
    Overlay("features/accounting/periods", ADMIN, "/books?books=periods", (press("Reopen"),)),
    Overlay("features/schedule/session", ADMIN, "/sessions?session={held}"),
    Overlay("features/schedule/session", ADMIN, "/sessions?session={unclosed}", (press("Complete"),)),
    Overlay("features/schedule/session", OPERATOR, "/sessions?session={unclosed}", (
        press("Nobody came"), tick("Charge no fee"))),
    Overlay("features/schedule/session", OPERATOR, "/sessions?session={coming}", (
        press("Cancel the session"), tick("Charge no fee"))),
    Overlay("features/schedule/session", OPERATOR, "/schedule?session={coming}", (press("Move"),)),
    Overlay("features/schedule/booking", OPERATOR, "/schedule", (press("Book"), tick("Every week"))),
    Overlay("features/therapist/doing", THERAPIST, "/my-schedule?view=day&date={yesterday}", (
        press("Complete: "),)),
    Overlay("features/therapist/doing", THERAPIST, "/my-schedule?view=day&date={tomorrow}", (
        press("Ask to move: "),)),
    Overlay("features/therapist/doing", THERAPIST, "/my-schedule?view=day&date={yesterday}", (
        press("Nobody came: "),)),
    Overlay("features/operations/rebuilds", ADMIN, "/operations/rebuilds?rebuild={differed}"),
    Overlay("features/operations/rebuilds", ADMIN, "/operations/rebuilds?rebuild={rebuild}", (press("Give up"),)),
    Overlay("features/operations/parked", ADMIN, "/operations/parked?parked={parked}"),
    Overlay("features/operations/tables", ADMIN, "/operations", (press("Rebuild all"),)),
    Overlay("features/notices/over", ADMIN, "/notifications?open={notice}"),
    Overlay("features/notices/over", ADMIN, "/notifications", (press("Send a message"),)),
    Overlay("features/notices/over", ADMIN, "/notifications", (press("Send a test"),)),
    Overlay("features/rescheduling/detail", OPERATOR, "/reschedule-requests?open={reschedule_request}", (
        press("Reject"),)),
]  # fmt: skip

# What takes a journey to see is looked at in the test of that journey, with ``faults``.
ELSEWHERE = {
    "features/auth/again": "test_shell.py",
    "features/schedule/conflict": "test_schedule.py",
    "features/therapist/outbox": "test_therapist.py",
}
