"""Signed heads: what is signed, what is refused, what a copy kept elsewhere proves, and the proof of one event."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from adapters import merkle
from adapters.checkpoints import BookAltered, Checkpoint, Signer, read_checkpoint
from adapters.cli.main import app
from domain.base import Missing
from tests.book.apart import SCRIPT, SIGNER, checkpoints, signed, verify_book
from tests.book.desk import Desk, desk, in_loop, one
from tests.book.forger import Forger
from tests.support.postgres import Database
from tests.support.system import SECRETS, Centre

OTHER = Signer(bytes(32))


async def _pay(desk: Desk, times: int) -> None:
    patient = await desk.patient()
    for _ in range(times):
        await desk.pay(patient)


def _json(told: Any) -> Any:
    return json.loads(json.dumps(told, default=str))


@given(values=st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70), at=st.integers(0, 69))
def test_a_path_leads_from_any_leaf_to_the_root_and_from_nothing_else(values: list[bytes], at: int) -> None:
    at %= len(values)
    tree, path = merkle.Tree(), merkle.path(values, at)
    roots = verify_book.Roots()
    for value in values:
        tree.add(value)
        roots.add(value)
    assert tree.root == roots.root() == merkle.root_of(values)
    assert merkle.Tree(tree.leaves, tree.peaks).root == tree.root
    assert verify_book.root_from(at, len(values), values[at], path) == tree.root
    assert verify_book.root_from(at, len(values), bytes(31) + b"x", path) != tree.root
    assert verify_book.root_from(at, len(values), values[at], [*path, bytes(32)]) != tree.root
    for other in range(len(values)):
        if values[other] != values[at]:
            assert verify_book.root_from(other, len(values), values[at], path) != tree.root


@in_loop
async def test_each_checkpoint_continues_the_one_before(database: Database) -> None:
    async with desk(database) as here:
        made = []
        for payments in (3, 1, 12):
            await _pay(here, payments)
            made.append(await signed(here))
            assert made[-1].holds
        assert [taken.position for taken in made] == [5, 7, 20]
        assert await checkpoints(here).sign(here.tenant_id) is None  # nothing came since
        hashes = one(database, "SELECT array_agg(hash ORDER BY position) FROM book.events")
        for taken in made:
            assert taken.root == merkle.root_of(hashes[: taken.position])
            assert taken.chain == hashes[taken.position - 1]
        kept = await checkpoints(here).of(here.tenant_id)
        assert [read_checkpoint(_json(told)) for told in kept] == made[::-1]


@in_loop
async def test_what_does_not_verify_is_not_signed(database: Database) -> None:
    async with desk(database) as here, desk(database) as elsewhere:
        await _pay(here, 4)
        await _pay(elsewhere, 1)
        await signed(here)
        await _pay(here, 2)
        with psycopg.connect(database.admin_url, autocommit=True) as db:
            change = "UPDATE book.events SET data = data || ' ' WHERE tenant_id = %s AND position = 8"
            db.execute(change, [here.tenant_id])
        with pytest.raises(BookAltered):
            await signed(here)
        everything = await checkpoints(here).sign_all()
        assert isinstance(everything[here.tenant_id], BookAltered)
        assert isinstance(everything[elsewhere.tenant_id], Checkpoint)


@in_loop
async def test_nothing_of_a_checkpoint_can_be_changed(database: Database) -> None:
    async with desk(database) as here:
        await _pay(here, 2)
        taken = await signed(here)
    changes: list[dict[str, Any]] = [
        {"tenant_id": UUID(int=7)}, {"position": taken.position - 1}, {"chain": bytes(32)},
        {"root": bytes(32)}, {"signed_at": taken.signed_at + timedelta(microseconds=1)},
        {"public_key": OTHER.public_key}, {"signature": bytes(64)}, {"signature": b"", "public_key": b""},
    ]  # fmt: skip
    for change in changes:
        forged = replace(taken, **change)
        assert not forged.holds
        assert verify_book.signature_problem(verify_book.read_checkpoint(_json(forged.told())), None)
    theirs = replace(taken, public_key=OTHER.public_key, signature=OTHER.sign(taken.statement))
    assert theirs.holds  # by somebody: whose key it is, the reader knows
    told = verify_book.read_checkpoint(_json(theirs.told()))
    assert verify_book.signature_problem(told, None) is None
    assert "another key" in verify_book.signature_problem(told, SIGNER.public_key)
    assert taken.signed_at.tzinfo is UTC


@in_loop
async def test_one_event_is_proved_without_the_others(database: Database) -> None:
    async with desk(database) as here:
        await _pay(here, 17)
        with pytest.raises(Missing):
            await checkpoints(here).proof(here.tenant_id, 3)
        taken = await signed(here)
        await _pay(here, 1)
        for position in range(1, taken.position + 1):
            proof = _json(await checkpoints(here).proof(here.tenant_id, position))
            assert verify_book.verify_proof(proof, SIGNER.public_key) == []
            for wrong in (
                {"event": proof["event"] | {"data": proof["event"]["data"].replace("{", "{ ", 1)}},
                {"event": proof["event"] | {"position": proof["event"]["position"] + 1}},
                {"before": bytes(31).hex() + "01"},
                {"path": proof["path"][:-1]},
                {"path": [*proof["path"][:-1], bytes(32).hex()]},
            ):
                assert verify_book.verify_proof(proof | wrong, SIGNER.public_key), (position, wrong.keys())
            assert verify_book.verify_proof(proof, OTHER.public_key)
        with pytest.raises(Missing):
            await checkpoints(here).proof(here.tenant_id, taken.position + 1)


def _run(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", SCRIPT, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_export_and_a_checkpoint_verify_offline(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {**SECRETS, **database.environment}.items():
        monkeypatch.setenv(name, value)
    tenants: list[str] = []

    @in_loop
    async def write() -> None:
        async with desk(database) as here:
            await _pay(here, 9)
            tenants.append(str(here.tenant_id))

    write()
    book, heads = tmp_path / "book.ndjson", tmp_path / "checkpoints.json"

    def daybook(*arguments: str | Path) -> tuple[int, str]:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return result.exit_code, result.output

    assert daybook("checkpoint", "--out", heads) == (0, "")
    assert daybook("export", "--book", "--tenant", tenants[0], "--out", book) == (0, "")
    [taken] = json.loads(heads.read_text())
    key = taken["public_key"]
    offline = ("verify", "--book", book, "--checkpoint", heads, "--public-key", key)
    independent = (book, "--checkpoint", heads, "--public-key", key)
    assert daybook(*offline)[0] == 0
    assert _run(*independent) == (0, "11 events: verified\n")
    assert daybook("verify", "--tenant", tenants[0])[0] == 0
    other = base64.b64encode(OTHER.public_key).decode()
    assert _run(book, "--checkpoint", heads, "--public-key", other)[0] == 1
    assert daybook("verify", "--book", book, "--checkpoint", heads, "--public-key", other)[0] == 1
    assert "only that somebody signed" in _run(book, "--checkpoint", heads)[1]
    with psycopg.connect(database.admin_url, autocommit=True) as db:
        forger = Forger(db, read_checkpoint(taken).tenant_id, random.Random(1))
        forger.cut_tail_and_head()
    # The book keeps its checkpoints, too: a tail cut off with the head shows against them.
    assert "is not the one that was signed" in daybook("verify", "--tenant", tenants[0])[1]
    assert daybook("export", "--book", "--tenant", tenants[0], "--out", book)[0] == 0
    assert daybook(*offline)[0] == _run(*independent)[0] == 1
    assert _run(book)[0] == 0  # without what was kept elsewhere, it fits
    book.write_text("{}\n")
    assert _run(book)[0] == 2
    assert daybook("verify", "--book", book)[0] in {1, 2}


def test_checkpoints_and_proofs_over_http(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.patient(medicalNotes="Canary")
    centre.get("/audit/proof?position=1", expect=404)
    assert centre.get("/audit/checkpoints") == {"data": [], "next": None}
    for name, value in centre.system.environment.items():
        monkeypatch.setenv(name, value)
    assert CliRunner().invoke(app, ["checkpoint", "--tenant", centre.slug]).exit_code == 0
    [taken] = centre.get("/audit/checkpoints", as_="AUDITOR")["data"]
    position = taken["position"]
    found = centre.get("/audit/verify")
    assert (found["verified"], found["checkpoints"]) == (True, 1)
    proof = centre.get(f"/audit/proof?position={position}")
    assert "Canary" not in json.dumps(proof)
    assert verify_book.verify_proof(proof, base64.b64decode(taken["publicKey"])) == []
    centre.get(f"/audit/proof?position={found['events'] + 1}", expect=404)
    for role in ("ACCOUNTANT", "OPERATOR", "THERAPIST"):
        centre.get("/audit/checkpoints", as_=role, expect=403)
    with psycopg.connect(centre.system.database.admin_url, autocommit=True) as db:
        db.execute("UPDATE book.checkpoints SET chain = sha256(chain) WHERE tenant_id = %s", [centre.tenant_id])
    found = centre.get("/audit/verify")
    assert found["verified"] is False
    assert "not signed" in found["problems"][0]["problem"]
