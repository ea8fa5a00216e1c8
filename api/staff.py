"""The people who sign in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.filters import Active, Search
from api.history import Before, HistoryView, Limit, history
from application.base import Outcome
from application.staff import (
    ChangeUser,
    DeactivateUser,
    Invited,
    InviteUser,
    ReactivateUser,
    RegisterUser,
    SetPassword,
)
from application.values import Saved
from domain.base import Missing
from domain.values import Role
from projections import staff, tenancy

routes = Routes("Users")

UserView = view(staff.UserRow, "User")


@routes.get("/users", may="users:read", answers=Page[UserView])  # type: ignore[valid-type]
async def list_users(
    call: Call,
    paging: PagingQuery,
    search: Search = None,
    role: Annotated[Role | None, Query()] = None,
    active: Active = None,
    joined: Annotated[bool | None, Query(description="Only users who have a password, or only invited ones")] = None,
) -> Response:
    """List users

    Therapists see themselves. `search` looks in names and e-mail."""
    async with call.reading() as db:
        found = await staff.page(db, paging, search=search, role=role, active=active, joined=joined, only=call.own)
    return call.json(found)


@routes.post("/users", RegisterUser, answers=Invited, status=201)
async def create_user(call: Call, command: RegisterUser) -> Response:
    """Register a user

    The e-mail must be new to the centre. Without a password the person is invited by e-mail to choose one."""
    return await call.execute(command, then=_inviting(call) if command.password is None else None)


@routes.post("/users/{user_id}/invite", InviteUser, answers=Invited, status=200)
async def invite_user(call: Call, command: InviteUser) -> Response:
    """Invite a user again

    Sends a fresh link; earlier ones end. Refused with 409 `ALREADY_JOINED` for whoever has a password."""
    return await call.execute(command, then=_inviting(call))


def _inviting(call: Call) -> Callable[[Outcome], Awaitable[dict[str, Any]]]:
    """Sends the invitation, once the account it is for is recorded. A failure is told, and can be mended any time."""

    async def invite(outcome: Outcome) -> dict[str, Any]:
        tenant_id, user_id = call.context.tenant_id, UUID(outcome.result["id"])
        async with call.reading() as db:
            user = await staff.get(db, user_id)
            centre = await tenancy.get(db, tenant_id)
        if user is None or centre is None:  # the read models are behind
            return {"invitationSent": False}
        sent = await call.services.links.invite(
            tenant_id, user_id, email=user["email"], name=user["first_name"], centre=centre["name"]
        )
        return {"invitationSent": sent}

    return invite


@routes.get("/users/{user_id}", may="users:read", answers=UserView)
async def get_user(call: Call, user_id: UUID) -> Response:
    """A user"""
    async with call.reading() as db:
        return call.found(await staff.get(db, user_id, only=call.own))


@routes.put("/users/{user_id}", ChangeUser, answers=Saved)
async def change_user(call: Call, command: ChangeUser) -> Response:
    """Change a user

    What is missing or null stays as it is; an empty or null phone is taken away. A new role ends the tokens of the old
    one; nobody changes their own. A therapist with sessions still to give stays one: `details.sessions` lists them."""
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

    Signs the person out everywhere. One's own is changed under `/account/password`."""
    return await call.execute(command)


@routes.get("/users/{user_id}/history", may="history:read", answers=HistoryView)
async def user_history(call: Call, user_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a user"""
    async with call.reading() as db:
        if await staff.get(db, user_id) is None:
            raise Missing
    return await history(call, [user_id], before, limit)
