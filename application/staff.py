"""Registering, changing and closing accounts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import PLATFORM, Book, Command, Context, FromPath, Login, handles
from application.values import Email, FirstName, LastName, Password, Phone, Saved, upcoming_sessions
from domain.base import Forbidden, Missing
from domain.staff import User
from domain.values import Role

OptionalPhone = Annotated[Phone | None, Field(min_length=0)]
"""Empty text or null: none."""


class RegisterUser(Command):
    """Without a password the person is sent an invitation to choose one."""

    email: Email
    first_name: FirstName
    last_name: LastName
    role: Annotated[Role, Field(examples=["THERAPIST"])]
    phone: OptionalPhone = None
    password: Password | None = None


class InviteUser(Command):
    """Send another invitation; the links of earlier ones end."""

    user_id: FromPath


class Invited(Saved):
    """``invitationSent``: whether the invitation could be handed to the mail server just now; null where none was to be
    sent. If false, send it again later: ``POST /users/{id}/invite``."""

    invitation_sent: bool | None = None


class ChangeUser(Command):
    """Whatever is given is changed; what is missing or null stays as it is. An empty or null phone is taken away."""

    user_id: FromPath
    email: Email | None = None
    first_name: FirstName | None = None
    last_name: LastName | None = None
    phone: OptionalPhone = None
    role: Role | None = None


class DeactivateUser(Command):
    """The person can no longer sign in. A therapist with sessions to give stays; the answer lists them."""

    user_id: FromPath


class ReactivateUser(Command):
    user_id: FromPath


class SetPassword(Command):
    """Set somebody's password and sign them out everywhere."""

    user_id: FromPath
    password: Password


class OwnPassword(Forbidden):
    """Change your own password under your account: it takes the present one."""


@handles(RegisterUser, may="users:manage")
async def register_user(command: RegisterUser, context: Context, book: Book) -> Invited:
    user = book.new(User, context.new_id())
    user.register(
        email=command.email, first_name=command.first_name, last_name=command.last_name, role=command.role,
        platform=context.tenant_id == PLATFORM,
    )  # fmt: skip
    user.change_phone(command.phone)
    password_hash = None
    if command.password is None:
        user.invite()
    else:
        user.note_password_set()
        password_hash = await book.hash_password(command.password)
    book.claim("email", user.email or "", user.id)
    book.put_login(Login(user.id, email=user.email, password_hash=password_hash, role=command.role, active=True))
    return Invited(id=user.id, version=user.version)


@handles(InviteUser, may="users:manage")
async def invite_user(command: InviteUser, context: Context, book: Book) -> Invited:
    user = await _user(command.user_id, context, book)
    user.invite()
    return Invited(id=user.id, version=user.version)


@handles(ChangeUser, may="users:manage")
async def change_user(command: ChangeUser, context: Context, book: Book) -> Saved:
    user = await _user(command.user_id, context, book)
    before = user.email, user.role
    user.rename(command.first_name or user.first_name or "", command.last_name or user.last_name or "")
    if "phone" in command.model_fields_set:
        user.change_phone(command.phone)
    if command.email is not None:
        user.change_email(command.email)
    if command.role is not None and command.role is not user.role:
        upcoming = await _upcoming(user, book)
        user.assign_role(command.role, by=context.actor, platform=context.tenant_id == PLATFORM, upcoming=upcoming)
    email = user.email if user.email != before[0] else None
    role = user.role if user.role is not before[1] else None
    if email is not None:
        book.release("email", user.id)
        book.claim("email", email, user.id)
    if email is not None or role is not None:
        book.put_login(Login(user.id, email=email, role=role))
    return Saved(id=user.id, version=user.version)


@handles(DeactivateUser, may="users:manage")
async def deactivate_user(command: DeactivateUser, context: Context, book: Book) -> Saved:
    user = await _user(command.user_id, context, book)
    user.deactivate(by=context.actor, upcoming=await _upcoming(user, book))
    book.put_login(Login(user.id, active=False, revoke_tokens=True))
    return Saved(id=user.id, version=user.version)


@handles(ReactivateUser, may="users:manage")
async def reactivate_user(command: ReactivateUser, context: Context, book: Book) -> Saved:
    user = await _user(command.user_id, context, book)
    user.reactivate()
    book.put_login(Login(user.id, active=True))
    return Saved(id=user.id, version=user.version)


@handles(SetPassword, may="users:manage")
async def set_password(command: SetPassword, context: Context, book: Book) -> Saved:
    user = await _user(command.user_id, context, book)
    if user.id == context.actor:
        raise OwnPassword
    user.note_password_set()
    password_hash = await book.hash_password(command.password)
    book.put_login(Login(user.id, password_hash=password_hash, revoke_tokens=True))
    return Saved(id=user.id, version=user.version)


async def _user(user_id: UUID, context: Context, book: Book) -> User:
    user = await book.load(User, user_id)
    if not user.exists:
        raise Missing("There is no such user.")
    context.must_match(user)
    return user


async def _upcoming(user: User, book: Book) -> list[UUID]:
    return await upcoming_sessions(book, user.id) if user.role is Role.THERAPIST else []
