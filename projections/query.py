"""Reading: a tenant's reader, lists with paging and sorting, and rows as JSON-ready dicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.base import Invalid

Data = dict[str, Any]
"""A row as a dict in snake_case; the API renames to camelCase."""

DEEPEST = 1_000_000


class BadSort(Invalid):
    """A list can be sorted by some of its fields only."""


@dataclass(frozen=True, slots=True)
class Paging:
    """``page`` from 1, ``page_size`` 1 to 100, ``sort`` such as ``"-receivedOn"`` (a leading minus: descending)."""

    page: int = 1
    page_size: int = 20
    sort: str | None = None


class Reader:
    """A read-only transaction that sees one tenant. Row-level security repeats the tenant filter of every query."""

    def __init__(self, connection: AsyncConnection, tenant_id: UUID) -> None:
        self.connection = connection
        self.tenant_id = tenant_id

    async def all(self, statement: sa.Select[Any], **parameters: Any) -> list[Data]:
        result = await self.connection.execute(statement, {"tenant": self.tenant_id, **parameters})
        return [dict(row) for row in result.mappings()]

    async def one(self, statement: sa.Select[Any], **parameters: Any) -> Data | None:
        result = await self.connection.execute(statement, {"tenant": self.tenant_id, **parameters})
        row = result.mappings().first()
        return None if row is None else dict(row)

    async def scalar(self, statement: sa.Select[Any], **parameters: Any) -> Any:
        return await self.connection.scalar(statement, {"tenant": self.tenant_id, **parameters})

    async def page(
        self, statement: sa.Select[Any], paging: Paging, sortable: Mapping[str, sa.ColumnElement[Any]], default: str
    ) -> Data:
        """One page: ``{"data", "page", "page_size", "total"}``. ``sortable`` maps the API's field names to columns;
        the last of them breaks ties, so it must be unique."""
        total = await self.scalar(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery()))
        ordered = statement.order_by(*_order(paging.sort or default, sortable))
        offset = min((paging.page - 1) * paging.page_size, DEEPEST)
        data = await self.all(ordered.limit(paging.page_size).offset(offset))
        return {"data": data, "page": paging.page, "page_size": paging.page_size, "total": total}


def _order(sort: str, sortable: Mapping[str, sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
    order = []
    for part in sort.split(","):
        name = part.strip().removeprefix("-")
        if name not in sortable:
            raise BadSort(f"Sort by one of: {', '.join(sortable)}", field="sort")
        order.append(sortable[name].desc() if part.strip().startswith("-") else sortable[name].asc())
    return [*order, list(sortable.values())[-1]]


def with_count(statement: sa.Select[Any]) -> sa.Select[Any]:
    """The statement, each of whose rows also tells how many there are before any limit: for ``counted``."""
    return statement.add_columns(sa.func.count().over().label("counted"))


def counted(rows: list[Data]) -> tuple[int, list[Data]]:
    """How many rows there are, and the first of them."""
    total = rows[0]["counted"] if rows else 0
    return total, [{name: value for name, value in row.items() if name != "counted"} for row in rows]


def of_tenant(table: sa.Table) -> sa.Select[Any]:
    """The reader's tenant's rows of a table that is no read table, but has a ``tenant_id``; without that column."""
    shown = [column for column in table.c if column.name != "tenant_id"]
    return sa.select(*shown).where(table.c.tenant_id == sa.bindparam("tenant", type_=table.c.tenant_id.type))


def like(text: str) -> str:
    """A pattern that finds ``text`` anywhere, with its own wildcards made literal (escape character: backslash)."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
