"""Somebody with the database in their hands: every way of altering a stored book, chosen at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg

COPY = "CREATE TABLE pristine_{0} AS SELECT * FROM book.{0}"
RESTORE = "DELETE FROM book.{0}; INSERT INTO book.{0} SELECT * FROM pristine_{0}"
# What a forger who knows the chain does afterwards: every hash from a position on, and the head, anew.
_REWRITE = """DO $$ DECLARE r record; v bytea := coalesce((SELECT hash FROM book.events WHERE tenant_id = '{tenant}'
    AND position = {after}), decode(repeat('00', 32), 'hex'));
  BEGIN
    FOR r IN SELECT * FROM book.events WHERE tenant_id = '{tenant}' AND position > {after} ORDER BY position LOOP
      v := book.link(v, r.tenant_id, r.position, r.stream_id, r.version, r.topic, r.class_version, r.recorded_at,
                     r.effective_on, r.actor, r.correlation, r.document, r.data);
      UPDATE book.events SET hash = v WHERE tenant_id = r.tenant_id AND position = r.position;
    END LOOP;
  END $$"""
_HEAD = """UPDATE book.books b SET (position, chain) = (SELECT position, hash FROM book.events e
  WHERE e.tenant_id = b.tenant_id ORDER BY position DESC LIMIT 1) WHERE tenant_id = %s"""

CHANGES = [
    "data = data || ' '", "data = regexp_replace(data, '[0-9]', '7', 'g') || ' '", "data = '{}'",
    "data = replace(data, '{', '{ ')", "topic = topic || 's'", "topic = upper(topic)",
    "class_version = class_version + 1", "recorded_at = recorded_at + interval '1 microsecond'",
    "recorded_at = recorded_at - interval '1 day'", "recorded_at = 'infinity'", "recorded_at = '0044-03-15 BC'",
    "effective_on = effective_on - 1", "effective_on = '-infinity'", "effective_on = '20000-01-01'",
    "actor = gen_random_uuid()", "correlation = gen_random_uuid()", "stream_id = gen_random_uuid()",
    "version = version + 100", "document = coalesce(document || '0', '')", "document = 'RECEIPT/2026-27/999999'",
    "hash = set_byte(hash, 5, 255 - get_byte(hash, 5))", "hash = '\\x'", "hash = sha256(hash)",
    "position = position + 1000000", "position = -position",
    "tenant_id = gen_random_uuid()",
]  # fmt: skip


class Forger:
    """Alters one tenant's book over a superuser's connection; ``restore`` brings back what was."""

    def __init__(self, db: psycopg.Connection[Any], tenant_id: UUID, chance: random.Random) -> None:
        self.db = db
        self.tenant_id = tenant_id
        self.chance = chance
        for table in ("events", "books"):
            db.execute(COPY.format(table).encode())
        [[self.last]] = db.execute("SELECT position FROM book.books WHERE tenant_id = %s", [tenant_id]).fetchall()
        self.ways: list[Callable[[], str]] = [
            self.change, self.change, self.change, self.delete, self.delete_and_close_up, self.insert, self.swap,
            self.cut_tail, self.alter_head, self.replay,
        ]  # fmt: skip
        """Each leaves the rest of the chain as it was: found from the book alone."""
        self.clean_ways: list[Callable[[], str]] = [self.cut_tail_and_head, self.rewrite_history]
        """Each leaves a chain that fits: found only against a checkpoint kept elsewhere."""

    def restore(self) -> None:
        for table in ("events", "books"):
            self.db.execute(RESTORE.format(table).encode())

    def at(self, first: int = 1, last: int | None = None) -> int:
        return self.chance.randint(first, last or self.last)

    def run(self, statement: str, *values: Any) -> None:
        assert self.db.execute(statement.encode(), values).rowcount > 0, statement

    def change(self) -> str:
        change, position = self.chance.choice(CHANGES), self.at()
        self.run(f"UPDATE book.events SET {change} WHERE tenant_id = %s AND position = %s", self.tenant_id, position)
        return f"{change} at {position}"

    def delete(self) -> str:
        first = self.at(1, self.last - 1)
        last = self.at(first, min(self.last - 1, first + 3))
        self.run(
            "DELETE FROM book.events WHERE tenant_id = %s AND position BETWEEN %s AND %s", self.tenant_id, first, last
        )
        return f"deleted {first} to {last}"

    def delete_and_close_up(self) -> str:
        position = self.at(1, self.last - 1)
        self.run("DELETE FROM book.events WHERE tenant_id = %s AND position = %s", self.tenant_id, position)
        self._shift(position, -1)
        self.db.execute(_HEAD, [self.tenant_id])
        return f"deleted {position} and closed up"

    def insert(self) -> str:
        position = self.at(1, self.last)
        self._shift(position - 1, 1)
        self._forge(position)
        self.db.execute(_HEAD, [self.tenant_id])
        return f"inserted at {position}"

    def replay(self) -> str:
        """An event of theirs once more at the end, with a hash that fits; the head still tells."""
        self._forge(self.last + 1)
        self._rewrite(self.last)
        return "appended"

    def swap(self) -> str:
        one = self.at(1, self.last - 1)
        two = self.at(one + 1)
        hashes = self.chance.random() < 0.5
        for old, new in ((one, -one), (two, one), (-one, two)):
            self.run(
                "UPDATE book.events SET position = %s WHERE tenant_id = %s AND position = %s", new, self.tenant_id, old
            )
        if hashes:  # the rows change places and their hashes stay
            self.run(
                "UPDATE book.events e SET hash = p.hash FROM pristine_events p WHERE p.tenant_id = e.tenant_id"
                " AND p.position = e.position AND e.tenant_id = %s AND e.position IN (%s, %s)",
                self.tenant_id, one, two,
            )  # fmt: skip
        return f"swapped {one} and {two}{', not their hashes' if hashes else ''}"

    def cut_tail(self) -> str:
        after = self.at(0, self.last - 1)
        self.run("DELETE FROM book.events WHERE tenant_id = %s AND position > %s", self.tenant_id, after)
        return f"cut after {after}"

    def alter_head(self) -> str:
        change = self.chance.choice(["position = position + 1", "position = position - 1", "chain = sha256(chain)"])
        self.run(f"UPDATE book.books SET {change} WHERE tenant_id = %s", self.tenant_id)
        return f"head: {change}"

    def cut_tail_and_head(self) -> str:
        after = self.at(1, self.last - 1)
        self.run("DELETE FROM book.events WHERE tenant_id = %s AND position > %s", self.tenant_id, after)
        self.db.execute(_HEAD, [self.tenant_id])
        return f"cut after {after}, head too"

    def rewrite_history(self) -> str:
        what = self.chance.choice([self.delete_and_close_up, self.insert, self.swap])()
        self._rewrite(0)
        self.db.execute(_HEAD, [self.tenant_id])
        return f"{what}, and every hash rewritten"

    def _shift(self, after: int, by: int) -> None:
        for step in ("position = -position", f"position = -position + {by}"):
            self.db.execute(
                f"UPDATE book.events SET {step} WHERE tenant_id = %s AND abs(position) > %s".encode(),
                [self.tenant_id, after],
            )

    def _forge(self, position: int) -> None:
        self.run(
            "INSERT INTO book.events SELECT tenant_id, %s, gen_random_uuid(), 1, topic, class_version, recorded_at,"
            " effective_on, actor, correlation, document, data, sha256(hash) FROM book.events"
            " WHERE tenant_id = %s AND position = %s",
            position, self.tenant_id, position - 1 if position > 1 else 2,
        )  # fmt: skip

    def _rewrite(self, after: int) -> None:
        self.db.execute(_REWRITE.format(tenant=self.tenant_id, after=after).encode())
