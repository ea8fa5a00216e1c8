"""`daybook export`: a centre's books for other programs."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import typer

from adapters.book_file import lines
from adapters.cli.books import TenantName, an_instant, day, find_tenant
from adapters.cli.serving import installation
from adapters.settings import Settings, from_environment
from application.accounting import JournalFormat


def export(
    tenant: TenantName,
    journal: Annotated[bool, typer.Option("--journal", help="The journal: every ledger and every expense")] = False,
    book: Annotated[
        bool, typer.Option("--book", help="The book: every event as it is hashed, sealed fields sealed, to be verified")
    ] = False,
    form: Annotated[JournalFormat, typer.Option("--format", help="Which program it is for")] = JournalFormat.HLEDGER,
    as_of: Annotated[str | None, typer.Option(help="Only what counts up to this date (YYYY-MM-DD)")] = None,
    known_at: Annotated[str | None, typer.Option(help="Only what was recorded up to this instant (ISO 8601)")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file (default: to standard output)")] = None,
) -> None:
    """Export a centre's journal for hledger, beancount or a spreadsheet, our balance asserted after every posting; or
    its book, for `daybook verify --book` and scripts/verify_book.py."""
    if journal == book:
        raise typer.BadParameter("say what to export: --journal or --book")
    until, known = day(as_of), an_instant(known_at)
    with installation() as env:
        settings = from_environment(env)
        tenant_id = find_tenant(settings, tenant)
        with contextlib.nullcontext(sys.stdout.buffer) if out is None else out.open("wb") as file:
            if book:
                asyncio.run(note_export(settings, tenant_id, "book"))
                with psycopg.connect(settings.projector_url, autocommit=True) as db:
                    file.writelines(line.encode() for line in lines(db, tenant_id))
            else:
                asyncio.run(_journal(settings, tenant_id, form, until, known, file.write))
            file.flush()


async def note_export(settings: Settings, tenant_id: UUID, what: str) -> None:
    """On record before anything leaves."""
    from adapters.cli.tenants import system_context
    from adapters.system import System
    from application.ports import Access

    async with System(settings).running() as system:
        await system.access_log.record(system_context(system, tenant_id), Access.EXPORT, what)


async def _journal(
    settings: Settings, tenant_id: UUID, form: JournalFormat, as_of: date | None, known_at: datetime | None,
    write: Callable[[bytes], Any],
) -> None:  # fmt: skip
    from adapters.cli.tenants import system_context
    from adapters.system import System
    from api.accounting.journal import ask, written
    from application.ports import Access

    async with System(settings).running() as system:
        context = system_context(system, tenant_id)
        reading = partial(system.reading, context)
        async with reading() as db:
            asked = await ask(db, as_of, known_at)
        await system.access_log.record(context, Access.EXPORT, "journal")
        today = context.now.astimezone(ZoneInfo(asked.timezone)).date()
        async for part in written(reading, asked, form, today):
            write(part)
