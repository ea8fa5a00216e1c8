"""A report as CSV: read back by Python and by a spreadsheet reader, and inert in both."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.reports import AT_ONCE, Cell, Column, Kind, Report, Section, csv_parts, grouped, neutral, typeset

COLUMNS = [
    Column("Name", wide=True),
    Column("Day", Kind.DATE),
    Column("Amount", Kind.MONEY),
    Column("Count", Kind.COUNT),
]
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", " =1"]


def written(*sections: Section) -> str:
    report = Report("r", "R", "s", COLUMNS, sections)
    return b"".join(csv_parts(report)).decode()


def test_plain_cells() -> None:
    rows: list[list[Cell]] = [['Ann, "A"\nB', date(2026, 1, 2), Decimal("-1250.00"), 3], [None, None, Decimal(0), None]]
    text = written(Section("One", rows))
    assert text == 'Name,Day,Amount,Count\r\n"Ann, ""A""\nB",2026-01-02,-1250.00,3\r\n,,0,\r\n'


def test_sections_are_a_column() -> None:
    text = written(Section("One", [["a", None, None, 1]]), Section("Two", [["b", None, None, 2]]))
    assert text.splitlines() == ["Section,Name,Day,Amount,Count", "One,a,,,1", "Two,b,,,2"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_be_computed_is_a_text(text: str) -> None:
    [_, row] = csv.reader(io.StringIO(written(Section("One", [[text, None, Decimal("-5.00"), -3]])), newline=""))
    assert row == [f"'{text}", "", "-5.00", "-3"]


@given(st.text(), st.decimals("-99999", "99999", places=2))
def test_both_readers_read_what_was_written(text: str, amount: Decimal) -> None:
    text = "".join(c for c in text if c.isprintable())
    made = written(Section("One", [[text, date(2026, 1, 2), amount, 1]]))
    [_, row] = csv.reader(io.StringIO(made, newline=""))
    assert row == [neutral(text), "2026-01-02", str(amount), "1"]
    assert row[0][:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"} or not row[0].strip()
    frame = pd.read_csv(io.StringIO(made), dtype={"Name": str}, keep_default_na=False, parse_dates=["Day"])
    assert frame["Name"].tolist() == [neutral(text)]
    assert frame["Amount"].sum() == pytest.approx(float(amount))
    assert frame["Day"].dt.year.tolist() == [2026]


def test_a_long_report_comes_in_parts() -> None:
    rows: list[list[Cell]] = [[f"n{i}", None, Decimal("1.00"), i] for i in range(10 * AT_ONCE + 1)]
    parts = list(csv_parts(Report("r", "R", "s", COLUMNS, [Section("One", rows)])))
    assert len(parts) == 12
    assert sum(part.count(b"\r\n") for part in parts) == len(rows) + 1


@pytest.mark.parametrize(
    ("amount", "indian", "shown"),
    [("0.00", True, "0.00"), ("999.50", True, "999.50"), ("1000.00", True, "1,000.00"),
     ("1234567.00", True, "12,34,567.00"), ("123456789.10", True, "12,34,56,789.10"),
     ("1234567.00", False, "1,234,567.00"), ("-50000.00", True, "\u221250,000.00")],
)  # fmt: skip
def test_amounts_as_people_write_them(amount: str, indian: bool, shown: str) -> None:
    assert grouped(Decimal(amount), indian) == shown
    if amount.endswith(".00"):
        assert grouped(int(Decimal(amount)), indian) == shown.removesuffix(".00")


def test_a_report_for_print() -> None:
    report = Report(
        "r", "Dues", "January", COLUMNS,
        [Section("One", [["Ann", date(2026, 1, 2), Decimal("100000.00"), 1200]], ["In all", None, Decimal(1), 1])],
    )  # fmt: skip
    data = typeset(report, {"name": "C", "currency": "INR", "timezone": "Asia/Kolkata"}, "Issued today")
    assert data["sections"][0]["rows"] == [["Ann", "2 Jan 2026", "1,00,000.00", "1,200"]]
    assert [column["align"] for column in data["columns"]] == ["left", "left", "right", "right"]
