"""The people who sign in."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.filters import Active, Search
from api.history import Before, HistoryView, Limit, history
from application.staff import ChangeUser, DeactivateUser, ReactivateUser, RegisterUser, SetPassword
from application.values import Saved
from domain.base import Missing
from domain.values import Role
from projections import staff

routes = Routes("Users")

UserView = view(staff.UserRow, "User")


@routes.get("/users", may="users:read", answers=Page[UserView])  # type: ignore[valid-type]
async def list_users(
    call: Call,
    paging: PagingQuery,
    search: Search = None,
    role: Annotated[Role | None, Query()] = None,
    active: Active = None,
) -> Response:
    """List users

    Therapists see themselves. `search` looks in names and e-mail."""
    async with call.reading() as db:
        return call.json(await staff.page(db, paging, search=search, role=role, active=active, only=call.own))


@routes.post("/users", RegisterUser, answers=Saved, status=201)
async def create_user(call: Call, command: RegisterUser) -> Response:
    """Register a user

    The e-mail must be new to the centre."""
    return await call.execute(command)


@routes.get("/users/{user_id}", may="users:read", answers=UserView)
async def get_user(call: Call, user_id: UUID) -> Response:
    """A user"""
    async with call.reading() as db:
        return call.found(await staff.get(db, user_id, only=call.own))


@routes.put("/users/{user_id}", ChangeUser, answers=Saved)
async def change_user(call: Call, command: ChangeUser) -> Response:
    """Change a user

    What is missing or null stays as it is. A new role counts from the next sign-in; nobody changes their own."""
    return await call.execute(command)


@routes.delete("/users/{user_id}", DeactivateUser, answers=Saved)
async def deactivate_user(call: Call, command: DeactivateUser) -> Response:
    """Deactivate a user

    Signs the person out everywhere. A therapist with sessions still to give is refused: `details.sessions` lists
    them."""
    return await call.execute(command)


@routes.post("/users/{user_id}/reactivate", ReactivateUser, answers=Saved)
async def reactivate_user(call: Call, command: ReactivateUser) -> Response:
    """Reactivate a user"""
    return await call.execute(command)


@routes.put("/users/{user_id}/password", SetPassword, answers=Saved)
async def set_password(call: Call, command: SetPassword) -> Response:
    """Set a user's password

    Signs the person out everywhere."""
    return await call.execute(command)


@routes.get("/users/{user_id}/history", may="history:read", answers=HistoryView)
async def user_history(call: Call, user_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a user"""
    async with call.reading() as db:
        if await staff.get(db, user_id) is None:
            raise Missing
    return await history(call, [user_id], before, limit)
