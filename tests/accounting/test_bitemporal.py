"""As of a day, as known at an instant, or both: asked of the product and of a list that is read through every time."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.codec import event_type
from domain.billing import ledger_id, postings
from domain.expenses import Expense
from domain.expenses import entries as spendings
from projections.accounting import replay, trial
from projections.billing import journal as ledgers
from projections.query import Paging
from tests.accounting.books import Books, random_books
from tests.book.desk import in_loop
from tests.support.postgres import Database

COMMANDS, SEEDS, QUESTIONS = 250, [51, 52], 600
Line = tuple[date, datetime, str, Decimal]
"""When it counts, when it was recorded, on which account, how much."""


def naive(database: Database, tenant_id: UUID) -> dict[UUID | None, list[Line]]:
    """Every posting of the centre's book by the stream of a ledger, all of spending under ``None``: decoded one by one
    from what is stored."""
    lines: dict[UUID | None, list[Line]] = defaultdict(list)
    with psycopg.connect(database.admin_url) as db:
        rows = db.execute(
            "SELECT stream_id, version, topic, class_version, recorded_at, effective_on, data FROM book.events"
            " WHERE tenant_id = %s AND topic ~ '^(billing|expenses)[.]' ORDER BY position",
            [tenant_id],
        ).fetchall()
    for stream, version, topic, class_version, at, on, data in rows:
        event: Any = event_type(topic).decode(tenant_id, stream, version, class_version, on, data, lambda _: None)
        if isinstance(event, Expense.ExpenseRecorded | Expense.ExpenseAmended | Expense.ExpenseVoided):
            for spent in spendings(event):
                lines[None] += [
                    (spent.effective_on, at, "expenses", spent.amount), (spent.effective_on, at, "cash", -spent.amount),
                ]  # fmt: skip
        else:
            lines[stream] += [(on, at, posting.account, posting.amount) for posting in postings(event)]
    return lines


def summed(lines: list[Line], as_of: date | None, known_at: datetime | None) -> dict[str, Decimal]:
    held: dict[str, Decimal] = defaultdict(Decimal)
    for on, at, account, amount in lines:
        if (as_of is None or on <= as_of) and (known_at is None or at <= known_at):
            held[account] += amount
    return {account: amount for account, amount in held.items() if amount}


async def wrong_answers(books: Books, lines: dict[UUID | None, list[Line]], questions: int, seed: int) -> list[Any]:
    chance, wrong = random.Random(seed), []
    moments = sorted({at for of in lines.values() for _, at, *_ in of})
    days = sorted({on for of in lines.values() for on, *_ in of})
    for number in range(questions):
        as_of = chance.choice([None, chance.choice(days) + timedelta(days=chance.choice([-1, 0, 0, 1]))])
        just = timedelta(microseconds=chance.choice([-1, 0, 0, 1]))
        known_at = chance.choice([None, chance.choice(moments) + just])
        patient = chance.choice(books.writer.patients)
        async with books.reading() as db:
            if number % 2:
                told = await trial.trial_balance(db, as_of=as_of, known_at=known_at)
                ours: dict[str, Decimal] = defaultdict(Decimal)
                for line in told["accounts"]:
                    ours[line["account"]] += line["balance"]
                theirs = summed([line for of in lines.values() for line in of], as_of, known_at)
            else:
                page = await ledgers.ledger(db, patient, Paging(page_size=1), as_of=as_of, known_at=known_at)
                ours = page["accounts"]
                theirs = summed(lines[ledger_id(patient)], as_of, known_at)
        if {account: amount for account, amount in ours.items() if amount} != theirs:
            wrong.append((as_of, known_at, ours, theirs))
    return wrong


@in_loop
async def test_every_question_is_answered_as_by_reading_the_whole_book(database: Database) -> None:
    async with random_books(database, SEEDS, COMMANDS) as centres:
        for number, books in enumerate(centres):
            lines = naive(database, books.desk.tenant_id)
            assert await wrong_answers(books, lines, QUESTIONS, number) == []
        print(f"\n{len(SEEDS) * QUESTIONS} questions")
        # The control: a book that knew one posting a moment earlier, and one that counts one for another day.
        for turn in range(5):
            other = {stream: list(of) for stream, of in lines.items()}
            of = max(other.values(), key=len)
            on, at, account, amount = of[turn * 7]
            moved = timedelta(days=40 * (-1) ** turn)
            of[turn * 7] = (on + moved, at, account, amount) if turn % 2 else (on, at + moved, account, amount)
            assert await wrong_answers(books, other, QUESTIONS, turn) != []


@in_loop
async def test_a_replay_ends_where_the_ledger_stands(database: Database) -> None:
    chance, told = random.Random(3), 0
    async with random_books(database, SEEDS[:1], COMMANDS) as [books]:
        lines = naive(database, books.desk.tenant_id)
        for order in [*replay.Telling] * 20:
            patient = chance.choice(books.writer.patients)
            of = lines[ledger_id(patient)]
            when: dict[str, Any] = {
                "as_of": chance.choice([None, chance.choice(of)[0]]),
                "known_at": chance.choice([None, chance.choice(of)[1]]),
            }
            steps: list[Any] = []
            async with books.reading() as db:
                for page in itertools.count(1):
                    found = await replay.replay(db, patient, Paging(page, 100), **when, order=order)
                    steps += found["data"]
                    if len(steps) == found["total"]:
                        break
            held: dict[str, Decimal] = defaultdict(Decimal)
            for step in steps:
                assert sum(posting["amount"] for posting in step["postings"]) == 0
                for posting in step["postings"]:
                    held[posting["account"]] += posting["amount"]
                assert {name: held[name] for name in step["accounts"]} == step["accounts"]
                told += 1
            assert {name: amount for name, amount in held.items() if amount} == summed(of, **when)
            if order is replay.Telling.RECORDED:
                assert [step["position"] for step in steps] == sorted(step["position"] for step in steps)
    assert told > 1000


@settings(max_examples=200, deadline=None)
@given(
    entries=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(-9, 9)), max_size=30), ask=st.data()
)
def test_the_naive_model_itself_is_what_a_table_of_both_times_says(entries: list[Any], ask: Any) -> None:
    """Each cell of the table is the cell before it on either axis, and what came in there."""
    start, first = datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1)
    lines = [(first + timedelta(on), start + timedelta(at), "cash", Decimal(n)) for on, at, n in entries]
    on, at = ask.draw(st.integers(1, 9)), ask.draw(st.integers(1, 9))

    def cell(on: int, at: int) -> Decimal:
        return summed(lines, first + timedelta(on), start + timedelta(at)).get("cash", Decimal())

    here = sum(n for day, moment, n in entries if (day, moment) == (on, at))
    assert cell(on, at) == cell(on - 1, at) + cell(on, at - 1) - cell(on - 1, at - 1) + here
