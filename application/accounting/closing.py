"""Closing periods of the accounts, and opening them again."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, Reason, Result, handles
from application.values import Day
from domain.tenancy import Tenant

__all__ = ["BooksResult", "CloseBooks", "ReopenBooks"]


class CloseBooks(Command):
    """Close the books up to a day that is over. What is entered later for a closed day is refused, or booked in the
    open period as an adjustment."""

    through: Annotated[Day, Field(description="The last day that is closed", examples=["2026-10-31"])]
    note: Annotated[Reason | None, Field(examples=["October, as sent to the auditors"])] = None


class ReopenBooks(Command):
    """Open closed periods again: the books stay closed up to ``through`` only."""

    through: Annotated[
        Day | None, Field(description="The last day that stays closed; all are opened if missing", examples=[None])
    ] = None
    reason: Annotated[Reason, Field(examples=["A statement of the bank came late"])]


class BooksResult(Result):
    """The last day for which the books are closed; null: no day."""

    id: UUID
    version: int
    closed_through: date | None


@handles(CloseBooks, may="books:close")
async def close_books(command: CloseBooks, context: Context, book: Book) -> BooksResult:
    tenant = await book.load(Tenant, context.tenant_id)
    tenant.close_books(command.through, command.note, today=book.today)
    return _result(tenant)


@handles(ReopenBooks, may="books:reopen")
async def reopen_books(command: ReopenBooks, context: Context, book: Book) -> BooksResult:
    tenant = await book.load(Tenant, context.tenant_id)
    tenant.reopen_books(command.through, command.reason)
    return _result(tenant)


def _result(tenant: Tenant) -> BooksResult:
    return BooksResult(id=tenant.id, version=tenant.version, closed_through=tenant.settings.closed_through)
