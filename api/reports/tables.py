"""How reports are laid out as files: columns and rows made of what they answer as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from application.reports import Cell, Column, Kind, Report, Section
from domain.reports import Bucket
from projections.query import Data
from projections.reports.asked import Asked

__all__ = ["LAYOUTS"]

MONEY, COUNT, PERCENT = Kind.MONEY, Kind.COUNT, Kind.PERCENT


def _days(asked: Asked) -> str:
    return f"{asked.first.day} {asked.first:%B %Y} to {asked.last.day} {asked.last:%B %Y}"


def _facts(asked: Asked) -> list[tuple[str, str]]:
    known = [] if asked.known_at is None else [("Known at", asked.known_at.isoformat())]
    return [("As of", f"{asked.as_of.day} {asked.as_of:%B %Y}"), *known]


def _report(name: str, title: str, asked: Asked, columns: Iterable[Column], *sections: Section) -> Report:
    return Report(name, title, _days(asked), [*columns], [s for s in sections if s.rows], _facts(asked))


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _value(told: Data, name: str) -> Any:
    found = told[name]
    return found["value"] if isinstance(found, dict) else found


def dashboard(data: Data, asked: Asked) -> Report:
    columns = [
        Column("Figure", wide=True), Column("Unit"), Column("Value", MONEY), Column("Before", MONEY),
        Column("Change", MONEY), Column("Change in percent", PERCENT),
    ]  # fmt: skip

    def line(name: str, unit: str, told: Data) -> list[Cell]:
        return [_words(name), unit, told["value"], told["previous"], told.get("change"), told.get("change_percent")]

    rates = {"Utilisation": data["utilisation"], "No-show rate": data["no_show_rate"]}
    minutes = {"Booked": rates["Utilisation"]["part"], "Offered": rates["Utilisation"]["whole"]}
    return _report(
        "dashboard", "Dashboard", asked, columns,
        Section("Money", [line(name, "amount", told) for name, told in (data["money"] or {}).items()]),
        Section("Sessions", [line(name, "sessions", told) for name, told in data["sessions"].items()]),
        Section(
            "Use of time",
            [line(name, "minutes", told) for name, told in minutes.items()]
            + [line(name, "percent", told) for name, told in rates.items()],
        ),
        Section(
            "Utilisation by therapist",
            [
                [each["therapist_name"], "percent", each["utilisation"]["value"], None, None, None]
                for each in data["therapists"]
            ],
        ),
    )  # fmt: skip


def financial(data: Data, asked: Asked) -> Report:
    columns = [Column("Item", wide=True), Column("Figure"), Column("Amount", MONEY)]

    def lines(rows: Iterable[Data], label: str, figures: Iterable[str]) -> list[list[Cell]]:
        return [[_label(row[label]), _words(name), _value(row, name)] for row in rows for name in figures]

    return _report(
        "financial", "Financial summary", asked, columns,
        Section("Summary", [["In all", _words(name), told["value"]] for name, told in data["figures"].items()]),
        Section(
            "Balances at the end", [["In all", _words(name), told["value"]] for name, told in data["balances"].items()]
        ),
        Section(
            "By therapy type",
            lines(data["by_therapy_type"], "therapy_type_name", ("income", "fees", "revenue", "write_offs")),
        ),
        Section("By method", lines(data["by_method"], "method", ("taken", "voided", "refunded", "collected"))),
        Section("Expenses by category", lines(data["by_category"], "category", ("expenses",))),
        Section("By month", lines(data["by_month"], "month", ("revenue", "collected", "expenses"))),
    )  # fmt: skip


def _label(value: Any) -> str | None:
    """Names as they are, words of ours as people write them."""
    text = None if value is None else str(value)
    return _words(text.lower()) if text and text.isupper() and text.replace("_", "").isalpha() else text


_STATES = ("scheduled", "in_progress", "completed", "cancelled", "no_show")


def sessions(data: Data, asked: Asked) -> Report:
    columns = [
        Column("Name", wide=True), *(Column(_words(state), COUNT) for state in _STATES), Column("Total", COUNT),
        Column("Booked minutes", COUNT), Column("Offered minutes", COUNT), Column("Utilisation", PERCENT),
        Column("No-show rate", PERCENT),
    ]  # fmt: skip

    def row(name: str | None, told: Data) -> list[Cell]:
        counts = [told[state]["value"] for state in (*_STATES, "total", "booked_minutes")]
        offered = told.get("available_minutes", {"value": None})["value"]
        utilisation = told.get("utilisation", {"value": None})["value"]
        return [name, *counts, offered, utilisation, told["no_show_rate"]["value"]]

    total = row("In all", data["totals"])
    return _report(
        "sessions", "Sessions", asked, columns,
        Section("By therapist", [row(each["therapist_name"], each) for each in data["by_therapist"]], total),
        Section("By therapy type", [row(each["therapy_type_name"], each) for each in data["by_therapy_type"]]),
    )  # fmt: skip


_BUCKETS = {
    Bucket.NOT_DUE: "Not due", Bucket.UP_TO_30: "1 to 30 days", Bucket.UP_TO_60: "31 to 60 days",
    Bucket.UP_TO_90: "61 to 90 days", Bucket.OVER_90: "Over 90 days",
}  # fmt: skip


def ageing(data: Data, asked: Asked) -> Report:
    columns = [
        Column("Patient", wide=True), Column("Oldest due", Kind.DATE), Column("Charges", COUNT),
        *(Column(label, MONEY) for label in _BUCKETS.values()), Column("Outstanding", MONEY),
    ]  # fmt: skip

    def amounts(told: Data) -> list[Cell]:
        return [*(told[bucket.lower()]["value"] for bucket in _BUCKETS), told["outstanding"]["value"]]

    rows = [[p["patient_name"], p["oldest_due_on"], p["charges"], *amounts(p)] for p in data["patients"]]
    total = ["In all", None, sum(p["charges"] for p in data["patients"]), *amounts(data["totals"])]
    return _report("ageing", "Dues by age", asked, columns, Section("Patients", rows, total))


def credit(data: Data, asked: Asked) -> Report:
    columns = [Column("Patient", wide=True), Column("Credit", MONEY)]
    rows = [[each["patient_name"], each["credit"]["value"]] for each in data["patients"]]
    return _report(
        "credit", "Credit held", asked, columns, Section("Patients", rows, ["In all", data["total"]["value"]])
    )


def cash_close(data: Data, asked: Asked) -> Report:
    names = ("taken", "voided", "refunded")
    columns = [
        Column("Day", Kind.DATE), Column("Person", wide=True), Column("Method"),
        *(Column(label, kind) for name in names for label, kind in ((_words(name), MONEY), ("Count", COUNT))),
        Column("Net", MONEY),
    ]  # fmt: skip

    def amounts(told: Data) -> list[Cell]:
        pairs = [cell for name in names for cell in (told[name]["value"], told[f"{name}_count"])]
        return [*pairs, told["net"]["value"]]

    rows = [[line["day"], line["operator_name"], _label(line["method"]), *amounts(line)] for line in data["lines"]]
    total = ["In all" if rows else None, None, None, *amounts(data["totals"])]
    return _report("cash-close", "Cash close", asked, columns, Section("Lines", rows, total))


LAYOUTS: dict[str, Callable[[Data, Asked], Report]] = {
    "dashboard": dashboard,
    "financial": financial,
    "sessions": sessions,
    "ageing": ageing,
    "credit": credit,
    "cash-close": cash_close,
}
"""By the name of the report."""
