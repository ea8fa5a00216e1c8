"""What people do with their own account: name, phone, password; and the links that let them in without one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, Login, Result, handles
from application.logins import Purpose, SpentLink
from application.values import FirstName, LastName, Password, Phone, Saved
from domain.base import Invalid, Missing
from domain.staff import User


class WrongPassword(Invalid):
    """That is not your present password."""

    code = "WRONG_PASSWORD"


class ChangeAccount(Command):
    """What is missing or null stays as it is; an empty or null phone is taken away. The e-mail is the login and the way
    back in, so an administrator changes it."""

    first_name: FirstName | None = None
    last_name: LastName | None = None
    phone: Annotated[Phone | None, Field(min_length=0)] = None


class ChangePassword(Command):
    """A new password, for whoever knows the present one."""

    current_password: Annotated[str, Field(min_length=1, max_length=200, examples=["correct horse battery"])]
    new_password: Annotated[Password, Field(examples=["a better horse battery"])]


class PasswordChanged(Saved):
    """Everywhere else the person is signed out, and the tokens of before end here too: go on with these. They are null
    in the answer to a repeated request."""

    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: int | None = None


class ChoosePassword(Command):
    """What a one-time link allows: a password of one's own. Carried by the routes that take the link."""

    user_id: UUID
    token_hash: bytes
    purpose: Purpose
    password: Password


class PasswordChosen(Result):
    success: bool = True


@handles(ChangeAccount, may="account:self")
async def change_account(command: ChangeAccount, context: Context, book: Book) -> Saved:
    user = await _oneself(context, book)
    context.must_match(user)
    user.rename(command.first_name or user.first_name or "", command.last_name or user.last_name or "")
    if "phone" in command.model_fields_set:
        user.change_phone(command.phone)
    return Saved(id=user.id, version=user.version)


@handles(ChangePassword, may="account:self")
async def change_password(command: ChangePassword, context: Context, book: Book) -> PasswordChanged:
    user = await _oneself(context, book)
    context.must_match(user)
    if not await book.password_fits(user.id, command.current_password):
        raise WrongPassword(field="currentPassword")
    user.note_password_set()
    password_hash = await book.hash_password(command.new_password)
    book.put_login(Login(user.id, password_hash=password_hash, revoke_tokens=True))
    return PasswordChanged(id=user.id, version=user.version)


@handles(ChoosePassword, may="account:self")
async def choose_password(command: ChoosePassword, context: Context, book: Book) -> PasswordChosen:
    user = await _oneself(context, book)
    user.note_password_set()
    book.spend_link(SpentLink(user.id, command.token_hash, command.purpose))
    password_hash = await book.hash_password(command.password)
    book.put_login(Login(user.id, password_hash=password_hash, revoke_tokens=True))
    return PasswordChosen()


async def _oneself(context: Context, book: Book) -> User:
    user = await book.load(User, context.actor)
    if not user.exists:
        raise Missing("There is no such user.")
    return user
