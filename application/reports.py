"""A report as columns and rows: what is written as CSV and set as a document, whatever it reports."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from application.values import neutral

__all__ = ["Cell", "Column", "Kind", "Report", "Section", "csv_parts", "neutral", "typeset"]

Cell = str | int | Decimal | date | None
MINUS = "\u2212"
AT_ONCE = 500
"""Rows of CSV that are sent at once."""


class Kind(StrEnum):
    TEXT = "TEXT"
    DATE = "DATE"
    MONEY = "MONEY"
    COUNT = "COUNT"
    PERCENT = "PERCENT"


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    kind: Kind = Kind.TEXT
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a title; ``totals`` is one more row for readers, which a program would add up itself."""

    title: str
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Every section has the same columns. ``name`` is what a file of it is called."""

    name: str
    title: str
    subtitle: str
    columns: Sequence[Column]
    sections: Sequence[Section]
    facts: Sequence[tuple[str, str]] = ()

    @property
    def length(self) -> int:
        return sum(len(section.rows) for section in self.sections)


def csv_parts(report: Report) -> Iterator[bytes]:
    """The report as CSV (RFC 4180) in UTF-8, part by part: a header, ISO dates, amounts as plain decimals. With several
    sections their titles are the first column."""
    several = len(report.sections) > 1
    header = [*(["Section"] if several else []), *(column.label for column in report.columns)]
    rows = ([*([s.title] if several else []), *row] for s in report.sections for row in s.rows)
    yield _lines([header])
    batch: list[Sequence[Cell]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield _lines(batch)
            batch = []
    if batch:
        yield _lines(batch)


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return neutral(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def typeset(report: Report, centre: Mapping[str, Any], issued: str) -> dict[str, Any]:
    """The data of the template ``report``. ``centre`` has ``name``, ``currency`` and ``timezone``."""
    indian = centre["currency"] == "INR"
    sides = [column.kind in {Kind.MONEY, Kind.COUNT, Kind.PERCENT} for column in report.columns]
    columns = [
        {"label": column.label, "align": "right" if right else "left", "wide": column.wide}
        for column, right in zip(report.columns, sides, strict=True)
    ]

    def shown(row: Sequence[Cell]) -> list[str]:
        return [_shown(cell, column.kind, indian) for cell, column in zip(row, report.columns, strict=True)]

    return {
        "centre": {"name": centre["name"]},
        "title": report.title,
        "subtitle": report.subtitle,
        "issued": issued,
        "reference": report.title,
        "facts": [["Currency", centre["currency"]], ["Time zone", centre["timezone"]], *map(list, report.facts)],
        "columns": columns,
        "sections": [
            {
                "title": section.title,
                "rows": [shown(row) for row in section.rows],
                "totals": None if section.totals is None else shown(section.totals),
            }
            for section in report.sections
        ],
    }


def _shown(cell: Cell, kind: Kind, indian: bool) -> str:
    if cell is None:
        return "–" if kind is Kind.PERCENT else ""
    if isinstance(cell, date):
        return f"{cell.day} {cell:%b %Y}"
    if kind is Kind.PERCENT:
        return f"{cell} %".replace("-", MINUS)
    return grouped(cell, indian) if isinstance(cell, Decimal | int) else cell


def grouped(number: Decimal | int, indian: bool) -> str:
    """An amount as ``12,34,567.00`` in lakhs, or ``1,234,567.00``, a count without cents; a true minus sign."""
    sign = MINUS if number < 0 else ""
    whole, point, cents = (f"{abs(number):.2f}" if isinstance(number, Decimal) else str(abs(number))).partition(".")
    if indian and len(whole) > 3:  # noqa: PLR2004 - thousands, then hundreds of the next
        head, tail = whole[:-3], whole[-3:]
        pairs = [head[max(0, i - 2) : i] for i in range(len(head), 0, -2)][::-1]
        whole = ",".join([*pairs, tail])
    else:
        whole = f"{int(whole):,}"
    return f"{sign}{whole}{point}{cents}"
