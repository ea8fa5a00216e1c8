"""One's own account, and the ways back into it: an invitation, a forgotten password."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from api.auth import Email, SignedIn, Slug, address_of, signed_in
from api.base import Routes, services_of, view
from api.body import parse, read_body
from api.call import CATCH_UP_SECONDS, Call, answer
from application.account import (
    ChangeAccount,
    ChangePassword,
    ChoosePassword,
    PasswordChanged,
    PasswordChosen,
)
from application.base import Command, Context, Model, Outcome, execute
from application.logins import Purpose
from application.permissions import PERMISSIONS, Scope
from application.ports import Access, Bucket, Claims, LinkHolder, TooMany
from application.values import Password, Saved
from projections import staff

routes = Routes("Account")


class HeldPermission(Model):
    """``ALL`` of the centre's records, or one's ``OWN``."""

    name: str
    scope: Scope


AccountView = view(staff.UserRow, "Account", permissions=list[HeldPermission])


class ForgotPassword(Command):
    email: Email
    tenant: Slug = None


LinkToken = Annotated[
    str,
    Field(
        min_length=1, max_length=200, pattern="^[!-~]+$",
        examples=["01a202f4a27171fea60527a3620b03c1.y2uUwJ8nPzV0m4cQF1rXkH5tB9sLd7aE3gOi6vNZpRw"],
        description="What stands behind `#token=` in the link",
    ),
]  # fmt: skip


class AcceptInvitation(Command):
    token: LinkToken
    password: Password


class ResetPassword(Command):
    token: LinkToken
    password: Password


@routes.get("/account", may="account:self", answers=AccountView)
async def get_account(call: Call) -> Response:
    """Your own account

    `permissions` says what your role may do."""
    async with call.reading() as db:
        user = await staff.get(db, call.context.actor)
    role = call.context.role
    held = [{"name": name, "scope": cells[role]} for name, cells in PERMISSIONS.items() if role in cells]
    return call.found(user and {**user, "permissions": held})


@routes.put("/account", ChangeAccount, answers=Saved)
async def change_account(call: Call, command: ChangeAccount) -> Response:
    """Change your own account

    Name and phone. What is missing or null stays as it is; an empty or null phone is taken away."""
    return await call.execute(command)


@routes.put("/account/password", ChangePassword, answers=PasswordChanged)
async def change_password(call: Call, command: ChangePassword) -> Response:
    """Change your own password

    Takes the present one (422 `WRONG_PASSWORD` otherwise). Every session is signed out; the answer has new tokens for
    this one."""

    async def go_on(_: Outcome) -> dict[str, Any]:
        pair = await call.services.tokens.sign_in_again(call.claims)
        await call.services.limiter.forget(Bucket.LOGIN, call.context.actor.hex)
        return {"accessToken": pair.access_token, "refreshToken": pair.refresh_token, "expiresIn": pair.expires_in}

    # Whoever found an open session guesses no faster than at the sign-in.
    allowance = await call.services.limiter.count(Bucket.LOGIN, call.context.actor.hex)
    if allowance is not None and not allowance.granted:
        raise TooMany(allowance.reset)
    return await call.execute(command, then=go_on)


@routes.open_post("/auth/forgot-password", ForgotPassword, answers=PasswordChosen, refuses=(429,))
async def forgot_password(request: Request) -> Response:
    """Ask for a new password

    Sends a link to the e-mail address, good for an hour. The answer is the same whether or not anybody signs in with
    it."""
    body = parse(ForgotPassword, await read_body(request), {})
    await services_of(request).links.ask_reset(body.email.lower(), body.tenant, address_of(request))
    return answer({"success": True})


@routes.open_post("/auth/reset-password", ResetPassword, answers=PasswordChosen, refuses=(409, 429))
async def reset_password(request: Request) -> Response:
    """Set a new password by a link

    The link works once. Every session of the account is signed out."""
    body = parse(ResetPassword, await read_body(request), {})
    await _choose(request, body.token, body.password, Purpose.RESET)
    return answer({"success": True})


@routes.open_post("/auth/accept-invitation", AcceptInvitation, answers=SignedIn, refuses=(409, 429))
async def accept_invitation(request: Request) -> Response:
    """Accept an invitation

    Sets the password and signs in. The link works once."""
    body = parse(AcceptInvitation, await read_body(request), {})
    holder = await _choose(request, body.token, body.password, Purpose.INVITATION)
    services = services_of(request)
    claims = Claims(holder.user_id, holder.tenant_id, holder.role, services.clock.now())
    pair = await services.tokens.sign_in_again(claims)
    await services.access_log.note(holder.tenant_id, holder.user_id, Access.LOG_IN, address=address_of(request))
    return answer(signed_in(pair))


async def _choose(request: Request, token: str, password: str, purpose: Purpose) -> LinkHolder:
    """Set the password of the link's holder, who is the actor: the command checks that the login still holds."""
    services = services_of(request)
    holder = await services.links.look(token, purpose)
    now = services.clock.now()
    context = Context(
        tenant_id=holder.tenant_id, actor=holder.user_id, role=holder.role, now=now,
        correlation=request.scope.get("correlation") or services.new_id(), new_id=services.new_id,
        actor_tenant=holder.tenant_id, signed_in_at=now,
    )  # fmt: skip
    chosen = ChoosePassword(user_id=holder.user_id, token_hash=holder.token_hash, purpose=purpose, password=password)
    outcome = await execute(chosen, context, services.store)
    # Who signs in with it looks at their account next: it says then that they have joined.
    await services.positions.reached(holder.tenant_id, outcome.position, CATCH_UP_SECONDS)
    return holder
