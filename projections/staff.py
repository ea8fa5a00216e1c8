"""Who works here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from domain.base import Recorded
from domain.staff import User
from domain.values import Role
from projections.base import ReadTable, Row, changed, own
from projections.query import Data, Paging, Reader, like


class UserRow(Row, frozen=True):
    """A person who signs in. Names and e-mail are null only after an erasure. ``joined``: has a password; who was
    invited (last at ``invited_at``) and has chosen none yet cannot sign in."""

    id: UUID
    email: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    role: Role
    active: bool
    joined: bool
    invited_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


users = ReadTable(
    "users", UserRow, key="id", indexes=[("role", "active")],
    personal=dict.fromkeys(("email", "first_name", "last_name", "phone"), "id"),
)  # fmt: skip


@users.on(User.UserRegistered, key=own)
def registered(row: None, event: User.UserRegistered, at: Recorded) -> UserRow:
    return UserRow(
        id=event.originator_id,
        email=event.email,
        first_name=event.first_name,
        last_name=event.last_name,
        phone=None,
        role=event.role,
        active=True,
        joined=False,
        invited_at=None,
        created_at=at.recorded_at,
        updated_at=at.recorded_at,
        version=at.version,
    )


@users.on(User.UserRenamed, key=own)
def renamed(row: UserRow, event: User.UserRenamed, at: Recorded) -> UserRow:
    return changed(row, at, first_name=event.first_name, last_name=event.last_name)


@users.on(User.EmailChanged, key=own)
def email_changed(row: UserRow, event: User.EmailChanged, at: Recorded) -> UserRow:
    return changed(row, at, email=event.email)


@users.on(User.PhoneChanged, key=own)
def phone_changed(row: UserRow, event: User.PhoneChanged, at: Recorded) -> UserRow:
    return changed(row, at, phone=event.phone)


@users.on(User.UserInvited, key=own)
def invited(row: UserRow, event: User.UserInvited, at: Recorded) -> UserRow:
    return changed(row, at, invited_at=at.recorded_at)


@users.on(User.RoleAssigned, key=own)
def role_assigned(row: UserRow, event: User.RoleAssigned, at: Recorded) -> UserRow:
    return changed(row, at, role=event.role)


@users.on(User.UserDeactivated, key=own)
def deactivated(row: UserRow, event: User.UserDeactivated, at: Recorded) -> UserRow:
    return changed(row, at, active=False)


@users.on(User.UserReactivated, key=own)
def reactivated(row: UserRow, event: User.UserReactivated, at: Recorded) -> UserRow:
    return changed(row, at, active=True)


@users.on(User.PasswordSet, key=own)
def password_set(row: UserRow, event: User.PasswordSet, at: Recorded) -> UserRow:
    return changed(row, at, joined=True)


_USER = users.select().where(users.c.id == sa.bindparam("id"))


async def get(db: Reader, user_id: UUID, *, only: UUID | None = None) -> Data | None:
    """A user; in OWN scope (``only``) nobody but that one."""
    if only is not None and only != user_id:
        return None
    return await db.one(_USER, id=user_id)


async def is_therapist(db: Reader, user_id: UUID, *, only: UUID | None = None) -> bool:
    """Whether there is such a therapist, active or not."""
    user = await get(db, user_id, only=only)
    return user is not None and user["role"] == Role.THERAPIST


async def therapists(db: Reader, *, only: UUID | None = None) -> list[UUID]:
    """Active therapists by name; in OWN scope (``only``) nobody but that one."""
    c = users.c
    wanted = users.select(c.id).where(c.role == Role.THERAPIST, c.active.is_(sa.true()))
    if only is not None:
        wanted = wanted.where(c.id == only)
    return [row["id"] for row in await db.all(wanted.order_by(c.first_name, c.last_name, c.id))]


async def with_roles(db: Reader, roles: Sequence[Role]) -> list[UUID]:
    """Active users of these roles."""
    c = users.c
    wanted = users.select(c.id).where(c.role.in_(roles), c.active.is_(sa.true())).order_by(c.id)
    return [row["id"] for row in await db.all(wanted)]


async def page(
    db: Reader, paging: Paging, *, search: str | None = None, role: Role | None = None,
    active: bool | None = None, joined: bool | None = None, only: UUID | None = None,
) -> Data:  # fmt: skip
    """Users by name; ``search`` finds any part of first, last or full name or e-mail."""
    wanted = users.select()
    if only is not None:
        wanted = wanted.where(users.c.id == only)
    if role is not None:
        wanted = wanted.where(users.c.role == role)
    if active is not None:
        wanted = wanted.where(users.c.active == active)
    if joined is not None:
        wanted = wanted.where(users.c.joined == joined)
    if search:
        full_name = sa.func.concat_ws(" ", users.c.first_name, users.c.last_name)
        pattern = like(search)
        wanted = wanted.where(sa.or_(full_name.ilike(pattern, escape="\\"), users.c.email.ilike(pattern, escape="\\")))
    sortable = {
        "firstName": users.c.first_name,
        "lastName": users.c.last_name,
        "email": users.c.email,
        "role": users.c.role,
        "createdAt": users.c.created_at,
        "id": users.c.id,
    }
    return await db.page(wanted, paging, sortable, "lastName,firstName")
