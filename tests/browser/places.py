"""Every page of the client, from its own list; where each is looked at, and by whom."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.support.browser import ROOT

ADMIN, OPERATOR, THERAPIST = "WORKSPACE_ADMIN", "OPERATOR", "THERAPIST"
ACCOUNTANT, AUDITOR, PLATFORM = "ACCOUNTANT", "AUDITOR", "SUPER_ADMIN"

_TABLE = ROOT / "web" / "src" / "app" / "pages.tsx"
_LINE = re.compile(r'^  page\("(?P<path>[^"]+)", \(\) => import\("[^"]+"\)(?P<rest>.*)\),$', re.MULTILINE)
_MAY = re.compile(r'\bmay: "([^"]+)"')


@dataclass(frozen=True)
class Route:
    """A line of the client's list. ``may`` is the permission that it takes, if it takes one."""

    path: str
    may: str | None


def routes() -> list[Route]:
    """As ``app/pages.tsx`` has them; a line that this does not understand is a failure, not a page less."""
    text = _TABLE.read_text()
    found = [Route(each["path"], m[1] if (m := _MAY.search(each["rest"])) else None) for each in _LINE.finditer(text)]
    assert len(found) == len(re.findall(r"^\s*page\(", text, re.MULTILINE)), "a page of another form"
    return found


# Where each page is opened: what differs in kind is opened for itself. `{}` are ids of the world.
PLACES: dict[str, list[tuple[str, str]]] = {
    "/my-day": [(THERAPIST, "/my-day"), (ADMIN, "/my-day?therapistId={therapist}")],
    "/dashboard": [(ADMIN, "/dashboard"), (OPERATOR, "/dashboard")],
    "/schedule": [
        (OPERATOR, "/schedule?view=week&date={today}"), (ADMIN, "/schedule?view=day&date={today}"),
        (AUDITOR, "/schedule?view=month&date={today}"),
    ],
    "/sessions": [(ADMIN, "/sessions"), (OPERATOR, "/sessions?status=SCHEDULED")],
    "/series": [(OPERATOR, "/series")],
    "/patients": [(OPERATOR, "/patients"), (THERAPIST, "/patients")],
    "/patients/new": [(OPERATOR, "/patients/new")],
    "/patients/$patientId": [
        (ADMIN, "/patients/{patient}"), (ADMIN, "/patients/{patient}?tab=money"),
        (ADMIN, "/patients/{owing}?tab=money"), (ACCOUNTANT, "/patients/{patient}?tab=ledger"),
        (OPERATOR, "/patients/{patient}?tab=sessions"), (THERAPIST, "/patients/{patient}?tab=progress"),
        (OPERATOR, "/patients/{patient}?tab=notifications"), (ADMIN, "/patients/{erased}"),
    ],
    "/patients/$patientId/edit": [(ADMIN, "/patients/{patient}/edit")],
    "/patients/$patientId/statement": [(ACCOUNTANT, "/patients/{patient}/statement")],
    "/payments": [(ACCOUNTANT, "/payments")],
    "/payments/new": [(ACCOUNTANT, "/payments/new"), (ADMIN, "/payments/new?patientId={owing}")],
    "/payments/$paymentId": [(ACCOUNTANT, "/payments/{payment}")],
    "/dues": [(ACCOUNTANT, "/dues"), (ADMIN, "/dues")],
    "/expenses": [(ACCOUNTANT, "/expenses"), (AUDITOR, "/expenses")],
    "/expenses/new": [(ACCOUNTANT, "/expenses/new")],
    "/expenses/$expenseId": [(ACCOUNTANT, "/expenses/{expense}")],
    "/expenses/$expenseId/edit": [(ADMIN, "/expenses/{expense}/edit")],
    "/books": [
        (ACCOUNTANT, "/books"), (ADMIN, "/books?books=assertions"), (ADMIN, "/books?books=periods"),
        (AUDITOR, "/books?books=trial"),
    ],
    "/progress-reports": [
        (THERAPIST, "/progress-reports"), (ADMIN, "/progress-reports?patientId={patient}&view=timeline"),
    ],
    "/progress-reports/new": [(THERAPIST, "/progress-reports/new?patientId={patient}")],
    "/progress-reports/compare": [
        (THERAPIST, "/progress-reports/compare?left={progress_report}&right={second_report}"),
        (ADMIN, "/progress-reports/compare"),
    ],
    "/progress-reports/$reportId": [
        (THERAPIST, "/progress-reports/{second_report}"), (ADMIN, "/progress-reports/{progress_report}?version=1"),
    ],
    "/progress-reports/$reportId/edit": [(THERAPIST, "/progress-reports/{second_report}/edit")],
    "/reschedule-requests": [(OPERATOR, "/reschedule-requests"), (THERAPIST, "/reschedule-requests?status=ALL")],
    "/reports": [
        (ACCOUNTANT, "/reports"), (ADMIN, "/reports?report=sessions"), (ADMIN, "/reports?report=credit"),
        (ACCOUNTANT, "/reports?report=cash"), (OPERATOR, "/reports"),
    ],
    "/my-schedule": [
        (THERAPIST, "/my-schedule?view=week&date={today}"), (THERAPIST, "/my-schedule?view=day&date={today}"),
    ],
    "/my-patients": [(THERAPIST, "/my-patients")],
    "/notifications": [(ADMIN, "/notifications"), (AUDITOR, "/notifications")],
    "/centres": [(PLATFORM, "/centres")],
    "/settings": [
        (ADMIN, "/settings?section=people"), (ADMIN, "/settings?section=therapies"),
        (ADMIN, "/settings?section=therapists&therapistId={therapist}"), (ADMIN, "/settings?section=rooms"),
        (ADMIN, "/settings?section=holidays"), (ADMIN, "/settings?section=centre"), (ADMIN, "/settings?section=rules"),
        (ADMIN, "/settings?section=notices"), (THERAPIST, "/settings?section=therapists"),
    ],
    "/audit": [(AUDITOR, "/audit"), (ACCOUNTANT, "/audit")],
    "/audit/access": [(AUDITOR, "/audit/access")],
    "/audit/verification": [(AUDITOR, "/audit/verification")],
    "/operations": [(ADMIN, "/operations"), (PLATFORM, "/operations")],
    "/operations/rebuilds": [(ADMIN, "/operations/rebuilds")],
    "/operations/parked": [(ADMIN, "/operations/parked")],
    "/account": [(OPERATOR, "/account"), (PLATFORM, "/account")],
}  # fmt: skip

# Pages of whoever is not signed in: the login, and where links in letters lead.
WAYS_IN = [
    "/login",
    "/forgot-password",
    "/reset-password#token=abcdef",
    "/accept-invitation#token=abcdef",
    "/reset-password",
    "/accept-invitation",
]

# What a list says while it is empty, and the next step that it offers (to an administrator), where there is one.
EMPTY: dict[str, tuple[str, str | None]] = {
    "/patients": ("No patients yet", "New patient"),
    "/sessions": ("No sessions to come", "Book a session"),
    "/series": ("No series yet", "Book a session"),
    "/schedule": ("There are no therapists yet", "Invite somebody"),
    "/payments": ("No payments yet", "Record payment"),
    "/dues": ("Nobody owes anything", None),
    "/expenses": ("No expenses yet", "Record expense"),
    "/books": ("No money moved", None),
    "/books?books=assertions": ("No balance has been checked yet", "Check a balance"),
    "/books?books=periods": ("Books have never been closed", "Close books"),
    "/books?books=trial": ("Nothing is in the book by then", None),
    "/progress-reports": ("No progress reports yet", "New report"),
    "/reschedule-requests": ("Nobody has asked to move a session", None),
    "/notifications": ("Nothing was sent yet", "Send a message"),
    "/settings?section=therapies": ("No therapies yet", "New therapy"),
    "/settings?section=therapists": ("There are no therapists yet", "Invite somebody"),
    "/settings?section=rooms": ("No rooms yet", "New room"),
    "/settings?section=holidays": ("No holidays from today on", "New holiday"),
    "/operations/rebuilds": ("Nothing was rebuilt yet", None),
    "/operations/parked": ("Nothing is parked", None),
}
