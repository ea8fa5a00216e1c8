"""The read rows of billing, folded from random histories, against the ledger that decided them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.base import NIL, Event, Recorded
from domain.billing import ACCOUNTS, Entry, PatientLedger
from domain.billing.postings import TABLE
from domain.values import ZERO
from projections.base import Key, ReadTable, Rules, apply
from projections.billing.balances import balances
from projections.billing.charges import allocations, charges, session_charged
from projections.billing.journal import JournalRow, journal
from projections.billing.payments import PaymentRow, PaymentStatus, payments
from tests.billing.ledgers import D1, P1, R1, S1, Step, charge, day, given, pay, refund, reverse, void
from tests.billing.test_ledger_machine import LedgerMachine, run

TABLES: tuple[ReadTable[Any], ...] = (charges, allocations, payments, balances, journal)
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def folded(stream: list[Event]) -> dict[str, dict[Key, Any]]:
    """Table name → key → row, as the engine folds them."""
    rows: dict[str, dict[Key, Any]] = {table.name: {} for table in TABLES}
    rules = Rules(TABLES)
    for position, event in enumerate(stream, 1):
        at = Recorded(
            NIL, position, event.originator_id, event.originator_version, "", START + timedelta(minutes=position),
            event.effective_on or D1, NIL, NIL, f"NO-{position}" if event.DOCUMENT else None,
        )  # fmt: skip
        for rule in rules.of(event):
            apply(rule, rows[rule.table.name], event, at)
    return {name: {key[1:]: row for key, row in found.items() if row is not None} for name, found in rows.items()}


class RowsMachine(LedgerMachine):
    """The histories of the ledger machine; at the end of each the rows must say what the ledger says."""

    def teardown(self) -> None:
        rows, ledger = folded(self.stream), self.ledger
        self.charges_agree(rows["charges"])
        assert rows["allocations"].keys() == {
            (source.payment_id, charge) for source in ledger.sources.values() for charge in source.applied
        }
        for (payment_id, charge_id), row in rows["allocations"].items():
            assert row.amount == ledger.sources[payment_id].applied[charge_id]
        self.payments_agree(rows["payments"])
        if ledger.exists:
            [balance] = rows["patient_balances"].values()
            assert (balance.credit, balance.receivable) == (ledger.credit, ledger.receivable)
            assert balance.version == ledger.version
        for account in ACCOUNTS:
            wide = sum((getattr(row, account) for row in rows["journal"].values()), ZERO)
            plain = sum(paise for (name, _), paise in self.naive.trial_balance().items() if name == account)
            assert wide == Decimal(plain).scaleb(-2)

    def charges_agree(self, rows: dict[Key, Any]) -> None:
        assert rows.keys() == {(charge_id,) for charge_id in self.ledger.charges}
        for charged in self.ledger.charges.values():
            row = rows[charged.charge_id,]
            assert (row.amount, row.due_on, row.reversed) == (charged.amount, charged.due_on, charged.reversed)
            assert (row.open, row.is_open, row.written_off) == (charged.open, charged.open > 0, charged.written_off)
            assert row.paid == sum(charged.settled.values(), ZERO)
            assert row.earned == charged.earned

    def payments_agree(self, rows: dict[Key, Any]) -> None:
        assert rows.keys() == {(payment_id,) for payment_id in self.ledger.sources}
        for source in self.ledger.sources.values():
            row: PaymentRow = rows[source.payment_id,]
            assert (row.amount, row.credit, row.refunded) == (source.amount, source.credit, source.refunded)
            assert row.applied == sum(source.applied.values(), ZERO)
            assert (row.status is PaymentStatus.VOIDED) == source.voided
            assert row.version == source.version
            assert sum((refund.amount for refund in row.refunds), ZERO) == source.refunded


def test_rows_agree_with_random_ledgers() -> None:
    run(RowsMachine, examples=80, steps=50)


def test_the_journal_takes_an_entry_over_as_it_is() -> None:
    """Journal rows are made from entries by position: both name the same columns in the same order."""
    fields = JournalRow.__struct_fields__
    first = fields.index("kind")
    assert fields[first : first + len(Entry._fields)] == Entry._fields


def stream(*steps: Step) -> list[Event]:
    """What these commands decide, one after the other."""
    return [e for e in given().when(*steps).aggregate.pending_events if isinstance(e, Event)]


def test_a_payment_row_tells_its_story() -> None:
    steps = [
        charge(S1, 800),
        pay(P1, 1000),
        refund(R1, P1, 150, on=day(2)),
        reverse(S1, on=day(3)),
    ]
    row = folded(stream(*steps))["payments"][P1,]
    assert (row.status, row.applied, row.credit, row.refunded) == (PaymentStatus.PARTLY_REFUNDED, 0, 850, 150)
    assert (row.receipt_number, row.version) == ("NO-2", 4)
    [handed_back] = row.refunds
    assert (handed_back.number, handed_back.refunded_on, handed_back.reason) == ("NO-3", day(2), "moved away")


def test_a_void_payment_keeps_its_row() -> None:
    rows = folded(stream(charge(S1, 800), pay(P1, 800), void(P1, on=day(2))))
    row = rows["payments"][P1,]
    assert (row.status, row.credit, row.void_reason, row.voided_on) == (PaymentStatus.VOIDED, 0, "typed twice", day(2))
    assert rows["allocations"] == {}
    assert rows["charges"][S1,].open == 800


def test_a_table_is_another_when_what_its_steps_call_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read tables are rebuilt, never migrated: a new rule in a shared helper must not leave old rows standing."""
    before = {table.name: table.definition for table in TABLES}
    monkeypatch.setattr("projections.billing.charges._balanced", session_charged)
    monkeypatch.setitem(TABLE, PatientLedger.PaymentVoided, session_charged)
    changed = {table.name for table in TABLES if table.definition != before[table.name]}
    assert changed == {"charges", "journal", "patient_balances"}
