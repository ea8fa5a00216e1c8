"""`daybook verify`, `daybook checkpoint`: that nothing was altered, and that nothing can be unseen."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import psycopg
import typer

from adapters.book_file import verified
from adapters.chain import verify as verify_chain
from adapters.checkpoints import Checkpoint, kept, read_checkpoint
from adapters.cli.books import AsJson, TenantOption, bar, find_tenant
from adapters.cli.serving import installation
from adapters.settings import Settings, from_environment

Head = tuple[int, bytes]
_BOOKS = (
    # Of events too: whoever removes a book's head would otherwise have removed the book from this list.
    "SELECT tenant_id, max(position) FROM (SELECT tenant_id, position FROM book.books"
    " UNION ALL SELECT tenant_id, position FROM book.events) b GROUP BY tenant_id ORDER BY tenant_id"
)


def verify(
    tenant: TenantOption = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(
            help="A head noted earlier: a file with exported checkpoints, or position:hash (needs --tenant or --book)"
        ),
    ] = None,
    book: Annotated[
        Path | None, typer.Option(help="Verify this export (`daybook export --book`), and no database")
    ] = None,
    public_key: Annotated[str | None, typer.Option(help="The key that must have signed, in base64")] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every hash of the books, and name each row that was changed, removed, inserted or reordered.

    Each book is held against the signed checkpoints kept beside it. A tail cut off together with the book's head and
    its checkpoints shows only against one noted earlier and kept elsewhere: `--checkpoint`."""
    noted, signed = _noted(checkpoint or [])
    if book is not None:
        reports = [_of_file(book, noted, signed)]
    else:
        with installation() as env:
            reports = _of_database(from_environment(env), tenant, noted, signed, quiet=as_json)
    for report in reports if public_key else ():
        _must_be_of(report, signed, public_key or "")
    broken = [report for report in reports if not report["verified"]]
    if as_json:
        typer.echo(json.dumps(reports, default=str))
    else:
        for report in broken:
            for problem in report["problems"]:
                typer.echo(f"{report['tenant_id']} at {problem['position']}: {problem['problem']}")
        events = sum(report["events"] for report in reports)
        typer.echo(f"{len(reports)} books, {events:,} events: {'ALTERED' if broken else 'verified'}")
        if (tenant or book) and reports:
            typer.echo(f"head {reports[0]['position']}:{reports[0]['head']}")
    if broken:
        raise typer.Exit(1)


def checkpoint(
    tenant: TenantOption = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file (default: to standard output)")] = None,
) -> None:
    """Verify what came since the last checkpoints, sign the books' heads, and export the latest checkpoint of each.

    Keep the file where the database's owner has no say. Exits with 1 if a book does not verify: it is not signed."""
    with installation() as env:
        settings = from_environment(env)
        tenant_id = find_tenant(settings, tenant) if tenant else None
        taken, altered = asyncio.run(_sign(settings, tenant_id))
    text = json.dumps(taken, default=str, indent=1)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(f"{text}\n", "utf-8")
    for book_id, problems in altered.items():
        typer.echo(f"daybook: the book of {book_id} was altered and is not signed: {problems}", err=True)
    if altered:
        raise typer.Exit(1)


async def _sign(settings: Settings, tenant_id: UUID | None) -> tuple[list[dict[str, Any]], dict[UUID, Any]]:
    from adapters.checkpoints import BookAltered
    from adapters.system import System

    async with System(settings).running() as system:
        made = await system.checkpoints.sign_all(tenant_id)
        taken = [latest for book in made for latest in await system.checkpoints.of(book, 1)]
    return taken, {book: result.details for book, result in made.items() if isinstance(result, BookAltered)}


def _of_database(
    settings: Settings, tenant: str | None, noted: Head | None, signed: list[Checkpoint], *, quiet: bool
) -> list[dict[str, Any]]:
    with bar(quiet) as progress, psycopg.connect(settings.projector_url, autocommit=True) as db:
        books: dict[UUID, int] = dict(db.execute(_BOOKS).fetchall())
        if tenant:
            only = find_tenant(settings, tenant)
            books = {only: books.get(only, 0)}
        for wanted in {taken.tenant_id for taken in signed} if not tenant else ():
            books.setdefault(wanted, 0)  # a book that is gone altogether
        task = progress.add_task("verifying", total=sum(books.values()), rate="")
        reports, done = [], 0
        for tenant_id in books:
            found = None
            checkpoints = [*kept(db, tenant_id), *(taken for taken in signed if taken.tenant_id == tenant_id)]
            for found in verify_chain(db, tenant_id, noted, checkpoints):
                progress.update(task, completed=done + found.events)
            if found is not None:
                done += found.events
                reports.append(found.report())
    return reports


def _of_file(book: Path, noted: Head | None, signed: list[Checkpoint]) -> dict[str, Any]:
    with book.open(encoding="utf-8", newline="\n") as file:
        return verified(file, noted, signed).report()


def _noted(given: list[str]) -> tuple[Head | None, list[Checkpoint]]:
    """A head written position:hash, and what the files named hold."""
    head, signed = None, list[Checkpoint]()
    for text in given:
        position, colon, chain = text.partition(":")
        if colon and position.isdecimal():
            try:
                head = int(position), bytes.fromhex(chain)
                continue
            except ValueError:
                raise typer.BadParameter("a checkpoint is position:hash, or a file") from None
        try:
            told = json.loads(Path(text).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise typer.BadParameter(f"{text}: {error}") from None
        told = told.get("data", told) if isinstance(told, dict) else told
        signed += [read_checkpoint(item) for item in (told if isinstance(told, list) else [told])]
    return head, signed


def _must_be_of(report: dict[str, Any], signed: list[Checkpoint], public_key: str) -> None:
    others = [c for c in signed if c.public_key != base64.b64decode(public_key) and c.tenant_id == report["tenant_id"]]
    for taken in others:
        report["verified"], report["problem_count"] = False, report["problem_count"] + 1
        report["problems"].append({"position": taken.position, "problem": "the checkpoint is signed with another key"})
