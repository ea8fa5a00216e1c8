"""Exports for accountants."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from api.accounting import journal
from api.accounting.views import routes
from api.billing.ledgers import AsOf, KnownAt
from api.call import Call
from application.accounting import EXTENSION, MEDIA, JournalFormat
from application.ports import Access


@routes.get(
    "/ledger/export", may="ledger:read", answers=MEDIA[JournalFormat.HLEDGER], refuses=(503,),
    also={media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()},
)  # fmt: skip
async def export_journal(
    call: Call,
    form: Annotated[
        JournalFormat, Query(alias="format", description="Which program it is for")
    ] = JournalFormat.HLEDGER,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """Export the whole journal

    Every entry of every ledger and every expense, by date, for hledger, beancount or a spreadsheet. After each posting
    stands the balance as we have it, and at the end that of the trial balance, so that those programs check ours:
    `hledger check --strict`, `bean-check`. Patients are named by id only."""
    async with call.reading() as db:
        asked = await journal.ask(db, as_of, known_at)
    await call.seen(Access.EXPORT, "journal")
    today = call.context.now.astimezone(ZoneInfo(asked.timezone)).date()
    headers = {"Content-Disposition": f'attachment; filename="journal-{as_of or today}.{EXTENSION[form]}"'}
    text = journal.written(call.reading, asked, form, today)
    return StreamingResponse(text, headers=headers, media_type=f"{MEDIA[form]}; charset=utf-8")
