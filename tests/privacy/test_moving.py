"""Moving house: what arrives is what left, and what was altered on the way does not arrive."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest

from adapters.embedded_postgres import PostgresServer
from adapters.moving.archive import ArchiveAltered, NotAnArchive, ShortPassphrase, WrongKey, of_passphrase, written
from adapters.moving.house import EXPORT, export_tenant, import_tenant
from adapters.moving.reading import SlugTaken
from adapters.settings import Settings
from tests.privacy.planting import CANARY, PHONE, Planted, daybook, rows, until_sent, untouched
from tests.support.postgres import copied_database
from tests.support.system import PASSWORD, Centre, RunningSystem, running_system

PASSPHRASE = {"DAYBOOK_ARCHIVE_PASSPHRASE": "a sentence nobody guesses"}
OTHER_MASTER = "b3RoZXIgbWFzdGVyIGtleSBvZiBhbm90aGVyIGhvdXM="
VERIFY = Path(__file__).parents[2] / "scripts" / "verify_book.py"


@pytest.fixture(scope="module")
def another(
    postgres: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    """Another installation, with a master key of its own."""
    with (
        copied_database(postgres, template) as database,
        running_system(database, tmp_path_factory.mktemp("another"), DAYBOOK_MASTER_KEY=OTHER_MASTER) as running,
    ):
        yield running


class Left(NamedTuple):
    """A centre with somebody erased and somebody not, its archive, and what was in its tables as that was made."""

    planted: Planted
    archive: Path
    reading: dict[str, Any]
    book: dict[str, Any]


@pytest.fixture(scope="module")
def moved(house: RunningSystem, tmp_path_factory: pytest.TempPathFactory) -> Left:
    planted = Planted(house.new_centre())
    centre = planted.centre
    gone = centre.patient(firstName=f"{CANARY}gone")
    centre.post(f"/patients/{gone}/erase", {"basis": "REQUESTED"})
    until_sent(planted)
    daybook(house, "checkpoint", "--tenant", centre.slug)
    archive = tmp_path_factory.mktemp("archive") / "centre.zip"
    for _ in range(5):  # workers go on meanwhile: until nothing has changed around it
        left = [rows(house, centre.tenant_id, schema) for schema in ("reading", "book")]
        daybook(house, "tenant", "export", centre.slug, "--out", str(archive), env=PASSPHRASE)
        again = [rows(house, centre.tenant_id, schema) for schema in ("reading", "book")]
        if all(len(a["events"]) == len(b["events"]) for a, b in [(left[1], again[1])]):
            return Left(planted, archive, *left)
    pytest.fail("the centre does not come to rest")


def rewritten(archive: Path, member: str, change: Any, *, drop: str = "") -> Path:
    out, changed = archive.with_name("altered.zip"), bool(drop)
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name != drop:
                new.writestr(name, change(data) if name == member else data)
                changed = changed or (name == member and change(data) != data)
    assert changed, "nothing was altered"
    return out


def take_in(system: RunningSystem, archive: Path, passphrase: str = PASSPHRASE["DAYBOOK_ARCHIVE_PASSPHRASE"]) -> None:
    """As the command does, within this process."""
    import_tenant(Settings(system.environment), archive, passphrase)


@pytest.mark.parametrize(
    ("member", "change", "drop"),
    [
        ("book.ndjson", lambda data: data.replace(b"1000.00", b"9000.00"), ""),
        ("book.ndjson", lambda data: data.rsplit(b"\n", 2)[0] + b"\n", ""),
        ("keys.ndjson", lambda data: data[: data.rindex(b"\n", 0, -1) + 1], ""),
        ("logins.sealed", lambda data: data[:-9] + b"AAAAAAA=\n", ""),
        ("manifest.json", lambda data: data.replace(b'"position": ', b'"position": 1'), ""),
        ("", None, "commands.sealed"),
        ("", None, "manifest.json"),
    ],
    ids=["an amount", "the last event", "a key", "the logins", "the manifest", "no answers", "no manifest"],
)
def test_what_was_altered_does_not_arrive(
    another: RunningSystem, moved: Left, member: str, change: Any, drop: str
) -> None:
    planted, archive = moved.planted, moved.archive
    with pytest.raises((ArchiveAltered, WrongKey, NotAnArchive)):
        take_in(another, rewritten(archive, member, change, drop=drop))
    assert untouched(another, planted.centre.tenant_id)


def test_who_has_the_key_and_alters_the_book_is_found_by_its_hashes(
    another: RunningSystem, moved: Left, tmp_path: Path
) -> None:
    """A manifest made anew with the right passphrase: then the book itself does not verify."""
    planted, archive = moved.planted, moved.archive
    salt, forged = bytes(16), tmp_path / "forged.zip"
    key = of_passphrase(PASSPHRASE["DAYBOOK_ARCHIVE_PASSPHRASE"], salt)
    with zipfile.ZipFile(archive) as old:
        manifest = json.loads(old.read("manifest.json"))
        with written(forged, EXPORT, key, salt, {n: manifest[n] for n in ("tenant", "delivered")}) as made:
            for name in manifest["members"]:
                data = old.read(name)
                made.add(name, [data.replace(b"1000.00", b"9000.00") if name == "book.ndjson" else data])
    with pytest.raises(ArchiveAltered, match="does not verify"):
        take_in(another, forged)
    assert untouched(another, planted.centre.tenant_id)


def test_a_short_name_that_is_taken_lets_nothing_in(another: RunningSystem, moved: Left) -> None:
    planted, archive = moved.planted, moved.archive
    taken = [UUID(int=9), planted.centre.slug, UUID(int=9)]
    with psycopg.connect(another.database.admin_url, autocommit=True) as db:
        db.execute("INSERT INTO book.claims (tenant_id, kind, value, holder) VALUES (%s, 'slug', %s, %s)", taken)
        try:
            with pytest.raises(SlugTaken):
                take_in(another, archive)
        finally:
            db.execute("DELETE FROM book.claims WHERE tenant_id = %s", taken[:1])
    assert untouched(another, planted.centre.tenant_id)


def test_a_wrong_passphrase_a_short_one_and_what_is_no_archive(
    another: RunningSystem, house: RunningSystem, moved: Left, tmp_path: Path
) -> None:
    planted, archive = moved.planted, moved.archive
    with pytest.raises(WrongKey):
        take_in(another, archive, "another sentence")
    settings, tenant, out = Settings(house.environment), UUID(planted.centre.tenant_id), tmp_path / "short.zip"
    with pytest.raises(ShortPassphrase):
        export_tenant(settings, tenant, "too short", out, personal=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "text.zip").write_text("no archive")
    with pytest.raises(NotAnArchive):
        take_in(another, tmp_path / "text.zip")


def test_the_same_centre_in_another_house(
    house: RunningSystem, another: RunningSystem, moved: Left, tmp_path: Path
) -> None:
    planted, archive = moved.planted, moved.archive
    tenant = planted.centre.tenant_id
    there = json.loads(daybook(another, "tenant", "import", str(archive), "--json", env=PASSPHRASE))
    assert there["tenant_id"] == tenant
    left, arrived = moved.reading, rows(another, tenant, "reading")
    assert len(left) > 30
    assert {name for name in left if left[name] != arrived[name]} == set(), "read models"
    assert sum(map(len, left.values())) > 50
    book, their_book = dict(moved.book), rows(another, tenant, "book")
    for name in ("refresh_tokens", "one_time_links", "access_log"):
        del book[name], their_book[name]
    assert {name for name in book if book[name] != their_book[name]} <= {"claims"}, "the book and what stands beside it"
    assert set(book["claims"]) <= set(their_book["claims"])
    report = json.loads(daybook(another, "rebuild", "--tenant", tenant, "--check", "--json"))
    assert report["differing"] == 0

    people = Centre(another, tenant, planted.centre.slug)
    people.sign_in("WORKSPACE_ADMIN", f"admin@{people.slug}.example")  # with the password of before
    assert people.get(f"/patients/{planted.patient}")["guardianPhone"] == PHONE
    verified = people.get("/audit/verify")
    assert (verified["verified"], verified["head"]) == (True, there["chain"])
    taken = people.post("/users", {"email": f"admin@{people.slug}.example", "firstName": "A", "lastName": "B",
                                   "role": "OPERATOR", "password": PASSWORD}, expect=409)  # fmt: skip
    assert taken["error"]["code"] == "DUPLICATE"
    people.patient()  # life goes on, from the next position
    with zipfile.ZipFile(archive) as zip_:
        zip_.extractall(tmp_path)
    checked = [sys.executable, str(VERIFY), str(tmp_path / "book.ndjson")]
    assert subprocess.run(checked, capture_output=True, check=False).returncode == 0
    refused = daybook(another, "tenant", "import", str(archive), expect=1, env=PASSPHRASE)
    assert "here already" in refused


def test_an_archive_keeps_its_secrets(moved: Left, tmp_path: Path) -> None:
    archive = moved.archive
    with zipfile.ZipFile(archive) as zip_:
        zip_.extractall(tmp_path)
    said = [p.name for p in tmp_path.rglob("*") if p.is_file() for w in (CANARY, PHONE, "argon2")
            if w.encode() in p.read_bytes()]  # fmt: skip
    assert said == []
    patients = (tmp_path / "csv" / "patients.csv").read_text().splitlines()
    assert "first_name" not in patients[0]
    assert len(patients) >= 3
    assert archive.stat().st_mode & 0o077 == 0


def test_names_are_in_the_tables_if_somebody_wants_them(house: RunningSystem, moved: Left) -> None:
    planted, archive = moved.planted, moved.archive
    open_, tenant = archive.with_name("open.zip"), UUID(planted.centre.tenant_id)
    export_tenant(Settings(house.environment), tenant, PASSPHRASE["DAYBOOK_ARCHIVE_PASSPHRASE"], open_, personal=True)
    with zipfile.ZipFile(open_) as zip_:
        text = zip_.read("csv/patients.csv").decode()
    assert f"{CANARY}first" in text
    assert f"{CANARY}gone" not in text
    assert f"'{PHONE}" in text, "no spreadsheet computes it"


def test_every_table_of_the_book_goes_along_or_says_why_not(house: RunningSystem) -> None:
    from adapters.moving.writing import LEFT_OUT, ROWS

    with psycopg.connect(house.database.admin_url) as db:
        columns: dict[str, set[str]] = {}
        for table, column in db.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'book'"
        ).fetchall():
            columns.setdefault(table, set()).add(column)
    assert columns.keys() == ROWS.keys() | LEFT_OUT.keys()
    hashed = {"logins": {"email_key"}}
    for table, told in ROWS.items():
        assert {*told, "tenant_id"} | hashed.get(table, set()) == columns[table], table


def test_every_kind_of_claim_can_be_worked_out_from_a_book() -> None:
    import ast

    from adapters.moving.deriving import KINDS

    root = Path(__file__).parents[2] / "application"
    claimed = {
        node.args[0].value
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "claim"
        and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert claimed == KINDS
