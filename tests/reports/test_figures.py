"""Every figure of every report over random histories: against a naive model, and against the events that explain it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.reports.history import Past
from tests.reports.naive import ZERO, Books, Stored, offered, stored
from tests.support.system import RunningSystem

REPORTS = ("dashboard", "financial", "sessions", "ageing", "credit", "cash-close")


@dataclass
class Told:
    """A past, its events, and a kept connection to ask about it."""

    past: Past
    events: list[Stored]
    client: httpx.Client

    def get(self, path: str, params: dict[str, str]) -> Any:
        token = self.past.centre.token("WORKSPACE_ADMIN")
        answer = self.client.get(path, params=params, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, f"{path} {params}: {answer.text}"
        assert self.past.centre.system.description is not None
        self.past.centre.system.description.check(answer)
        return answer.json()

    def report(self, name: str, question: Question) -> Any:
        return self.get(f"/reports/{name}", question.params)


@dataclass(frozen=True)
class Question:
    first: date
    last: date
    as_of: date
    known_at: datetime | None = None

    @property
    def params(self) -> dict[str, str]:
        asked = {"from": self.first, "to": self.last, "asOf": self.as_of, "knownAt": self.known_at}
        return {name: value.isoformat() for name, value in asked.items() if value is not None}


@pytest.fixture(scope="module", params=[11, 12])
def told(request: pytest.FixtureRequest, system: RunningSystem) -> Iterator[Told]:
    past = Past(system.new_centre(), request.param)
    assert past.refused < past.steps * 0.6, past.done
    with system.client() as client:
        yield Told(past, stored(past.centre), client)


def questions(told: Told, count: int) -> list[Question]:
    chance, today = random.Random(told.past.seed), told.past.today
    asked = [
        Question(today - timedelta(days=70), today + timedelta(days=10), today),
        Question(today - timedelta(days=29), today, today),
    ]
    for _ in range(count):
        first = today - timedelta(days=chance.randint(0, 75))
        last = first + timedelta(days=chance.randint(0, 60))
        as_of = today - timedelta(days=chance.randint(0, 70))
        known = chance.choice(told.events).at if chance.random() < 0.5 else None
        asked.append(Question(first, last, as_of, known))
    return asked


def amounts(figures: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(figure["value"]) for name, figure in figures.items()}


def test_money_is_what_the_events_say(told: Told) -> None:
    for question in questions(told, 10):
        books = Books(told.events, question.as_of, question.known_at)
        found = told.report("financial", question)
        expected = books.money(question.first, question.last)
        shown = amounts(found["figures"])
        assert shown == {name: expected[name] for name in shown}, question
        at_end = Books(told.events, min(question.last, question.as_of), question.known_at)
        assert amounts(found["balances"])["receivable"] == sum((due for *_, due in at_end.dues().values()), ZERO)
        assert amounts(found["balances"])["credit"] == sum(at_end.credit().values(), ZERO)
        for split, name in (("byTherapyType", "revenue"), ("byMethod", "collected"), ("byCategory", "expenses")):
            assert sum((Decimal(row[name]["value"]) for row in found[split]), ZERO) == shown[name], (split, question)
        for name in ("revenue", "collected", "expenses"):
            assert sum((Decimal(row[name]) for row in found["byMonth"]), ZERO) == shown[name], question


def test_the_summary_ties_to_the_trial_balance(told: Told) -> None:
    for question in questions(told, 6):
        end = {"asOf": min(question.last, question.as_of).isoformat()}
        before = {"asOf": (min(question.first, question.as_of) - timedelta(days=1)).isoformat()}
        known = {"knownAt": question.params["knownAt"]} if question.known_at else {}
        closing, opening = (balances(told.get("/reports/trial-balance", when | known)) for when in (end, before))
        found = told.report("financial", question)
        assert {name: closing[name] for name in ("receivable", "credit", "deferred")} == {
            "receivable": amounts(found["balances"])["receivable"],
            "credit": -amounts(found["balances"])["credit"],
            "deferred": -amounts(found["balances"])["deferred"],
        }
        if question.first > question.as_of:
            continue
        figures = amounts(found["figures"])
        moved = {name: closing[name] - opening[name] for name in closing}
        assert moved["income"] == -figures["income"]
        assert moved["fees"] == -figures["fees"]
        assert moved["write_offs"] == figures["writeOffs"]
        assert moved["cash"] == figures["collected"] + figures["broughtForward"] - figures["expenses"]
        assert moved["expenses"] == figures["expenses"]


def balances(found: Any) -> dict[str, Decimal]:
    names = ("receivable", "credit", "deferred", "income", "fees", "write_offs", "cash", "expenses")
    return {
        name: sum((Decimal(line["balance"]) for line in found["accounts"] if line["account"] == name), ZERO)
        for name in names
    }


def test_sessions_and_hours_are_what_the_events_say(told: Told) -> None:
    for question in questions(told, 10):
        books = Books(told.events, question.as_of, question.known_at)
        expected = books.sessions(question.first, question.last)
        found = told.report("sessions", question)
        minutes = offered(told.past.today, question.first, question.last)
        for name, therapist in (("anna", told.past.therapists[0]), ("bela", told.past.therapists[1])):
            [row] = [row for row in found["byTherapist"] if row["therapistId"] == therapist]
            mine = [(state, length) for who, state, length in expected if who == therapist]
            for state in ("scheduled", "inProgress", "completed", "cancelled", "noShow"):
                assert row[state]["value"] == len([s for s, _ in mine if s == state]), (question, state)
            booked = sum(length for s, length in mine if s != "cancelled")
            assert row["bookedMinutes"]["value"] == booked
            assert row["availableMinutes"]["value"] == minutes[name], question
            share = Decimal(booked) * 100 / minutes[name] if minutes[name] else None
            told_share = row["utilisation"]["value"]
            assert told_share is None if share is None else abs(Decimal(told_share) - share) <= Decimal("0.005")
        assert found["totals"]["total"]["value"] == len(expected)
        assert sum(row["total"]["value"] for row in found["byTherapyType"]) == len(expected)
        assert sum(sum(v for k, v in day.items() if k != "date") for day in found["byDay"]) == len(expected)
        missed, done = (len([s for _, s, _ in expected if s == state]) for state in ("noShow", "completed"))
        rate = found["totals"]["noShowRate"]
        assert (rate["part"]["value"], rate["whole"]["value"]) == (missed, missed + done)
        assert (rate["value"] is None) == (missed + done == 0)


def test_dues_and_credit_are_what_the_events_say(told: Told) -> None:
    edges = {"notDue": (None, 0), "upTo30": (1, 30), "upTo60": (31, 60), "upTo90": (61, 90), "over90": (91, None)}
    for question in questions(told, 10):
        books = Books(told.events, question.as_of, question.known_at)
        dues, held = books.dues(), books.credit()
        found = told.report("ageing", question)
        assert {row["patientId"] for row in found["patients"]} == {whose for whose, *_ in dues.values()}
        for name, (least, most) in edges.items():
            for row in [*found["patients"], found["totals"]]:
                mine = [
                    left
                    for whose, due, left in dues.values()
                    if whose == row.get("patientId", whose)
                    and (least is None or (question.as_of - due).days >= least)
                    and (most is None or (question.as_of - due).days <= most)
                ]
                assert Decimal(row[name]["value"]) == sum(mine, ZERO), (question, name)
        credit = told.report("credit", question)
        assert {row["patientId"]: Decimal(row["credit"]["value"]) for row in credit["patients"]} == held
        assert Decimal(credit["total"]["value"]) == sum(held.values(), ZERO)


def test_the_cash_close_is_the_journals_cash(told: Told) -> None:
    for question in questions(told, 6):
        books = Books(told.events, question.as_of, question.known_at)
        found = told.report("cash-close", question)
        lines = {(e["day"], e["operatorId"], e["method"]): Decimal(e["net"]["value"]) for e in found["lines"]}
        assert lines == books.cash(question.first, question.last), question
        assert Decimal(found["totals"]["net"]["value"]) == books.money(question.first, question.last)["collected"]
        for name in ("taken", "voided", "refunded"):
            assert found["totals"][f"{name}Count"] == sum(line[f"{name}Count"] for line in found["lines"])


def test_the_dashboard_is_the_reports_beside_the_period_before(told: Told) -> None:
    for question in questions(told, 5):
        found = told.report("dashboard", question)
        length = question.last - question.first + timedelta(days=1)
        earlier = Question(question.first - length, question.last - length, question.as_of, question.known_at)
        assert found["previous"] == {"first": earlier.first.isoformat(), "last": earlier.last.isoformat()}
        for asked, name in ((question, "value"), (earlier, "previous")):
            books = Books(told.events, question.as_of, question.known_at)
            expected = books.money(asked.first, asked.last)
            at_end = Books(told.events, min(asked.last, asked.as_of), asked.known_at)
            dues = at_end.dues().values()
            expected |= {
                "outstanding": sum((left for *_, left in dues), ZERO),
                "overdue": sum((left for _, due, left in dues if due < at_end.as_of), ZERO),
                "credit": sum(at_end.credit().values(), ZERO),
            }
            for figure, told_ in found["money"].items():
                assert Decimal(told_[name]) == expected[figure], (figure, name, question)
                assert Decimal(told_["change"]) == Decimal(told_["value"]) - Decimal(told_["previous"])
            sessions = books.sessions(asked.first, asked.last)
            for state, told_ in found["sessions"].items():
                assert told_[name] == len([s for _, s, _ in sessions if state in {s, "total"}])
            minutes = sum(offered(told.past.today, asked.first, asked.last).values())
            assert found["utilisation"]["whole"][name] == minutes


def figures(body: Any) -> Iterator[tuple[str, str]]:
    """Each value of a report with the address of what is behind it."""
    if isinstance(body, list):
        for item in body:
            yield from figures(item)
    elif isinstance(body, dict):
        for value, link in (("value", "explain"), ("previous", "explainPrevious")):
            if link in body:
                yield str(body[value]), body[link]
        for item in body.values():
            yield from figures(item)


def explained(told: Told, link: str) -> tuple[str, Decimal]:
    """What an explanation says the figure is, and what its events add up to."""
    parts = urlsplit(link)
    asked = dict(parse_qsl(parts.query))
    total, page, seen = ZERO, 1, 0
    while True:
        found = told.get(parts.path.removeprefix("/api/v1"), {**asked, "page": str(page), "pageSize": "100"})
        total += sum((Decimal(line["amount"]) for line in found["data"]), ZERO)
        seen += len(found["data"])
        positions = [line["position"] for line in found["data"]]
        assert positions == sorted(set(positions))
        types = {event.position: event.topic for event in told.events}
        assert all(types[line["position"]] == line["type"] for line in found["data"])
        if seen >= found["total"]:
            return found["value"], total
        page += 1


def test_every_figure_is_the_sum_of_the_events_behind_it(told: Told) -> None:
    count, wrong, names = 0, [], set()
    for n, question in enumerate(questions(told, 3)):
        for name in REPORTS:
            listed = list(dict.fromkeys(figures(told.report(name, question))))
            if n > 1:
                listed = random.Random(n).sample(listed, min(12, len(listed)))
            for value, link in listed:
                count += 1
                names.add(urlsplit(link).path.rpartition("/")[2])
                said, added = explained(told, link)
                if not Decimal(value) == Decimal(said) == added:
                    wrong.append(f"{name}: {value}, explained as {said}, adds up to {added}: {link}")
    print(f"\n{count} figures explained, of {len(names)} kinds")
    assert not wrong, "\n".join(wrong[:10])
    assert len(names) == 21


def test_every_account_is_the_sum_of_the_entries_behind_it(told: Told) -> None:
    accounts = set()
    for question in [None, *questions(told, 3)]:
        asked = {} if question is None else question.params
        found = told.get("/reports/trial-balance", {n: v for n, v in asked.items() if n in {"asOf", "knownAt"}})
        for line in found["accounts"]:
            accounts.add((line["account"], line["method"]))
            said, added = explained(told, line["explain"])
            assert abs(Decimal(line["balance"])) == abs(Decimal(said)) == abs(added), line
    assert {account for account, _ in accounts} >= {"receivable", "credit", "deferred", "income", "cash", "expenses"}


def test_every_amount_of_the_till_is_the_sum_of_the_entries_behind_it(told: Told) -> None:
    asked = questions(told, 0)[0].params
    found = told.get("/ledger/reconciliation", {name: asked[name] for name in ("from", "to")})["days"]
    assert any(Decimal(row["paid"]) for row in found)
    for row in random.Random(told.past.seed).sample(found, min(25, len(found))):
        for name, link in row["explain"].items():
            said, added = explained(told, link)
            assert Decimal(row[name]) == Decimal(said) == added, (name, row)


@pytest.mark.parametrize("account", ["RECEIVABLE", "CREDIT", "DEFERRED", "CASH"])
def test_what_is_found_of_a_checked_balance_is_explained(told: Told, account: str) -> None:
    asserted = {"account": account, "asOf": told.past.today.isoformat(), "expected": "1.00"}
    told.past.centre.post(
        "/ledger/assertions", asserted | ({"method": "CASH"} if account == "CASH" else {}), expect=201
    )
    [row, *_] = told.get("/ledger/assertions", {"account": account})["data"]
    said, added = explained(told, row["explain"])
    assert Decimal(row["found"]) == Decimal(said) == added
