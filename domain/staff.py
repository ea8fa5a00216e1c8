"""Staff: the people who sign in.

A password hash must be forgettable, so it is no event: the book only learns that a password was set.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain import text
from domain.base import Aggregate, Clash, Event, Forbidden, Missing, PersonalText, event
from domain.values import Role

__all__ = ["FutureSessions", "Joined", "OwnAccount", "User"]


class OwnAccount(Forbidden):
    """You cannot deactivate yourself or change your own role; ask another administrator."""


class FutureSessions(Clash):
    """This therapist still has sessions to give. Move or cancel them first."""


class WrongRole(Forbidden):
    """Platform administrators belong to the platform, everybody else to a centre."""


class Inactive(Clash):
    """This account is deactivated."""


class Joined(Clash):
    """This person has a password already. Who forgot theirs asks for a link at the sign-in."""

    code = "ALREADY_JOINED"


class User(Aggregate):
    """A login of a centre, or of the platform. Stream id: the user's id.

    ``email``, ``first_name`` and ``last_name`` are ``None`` only after an erasure. Who was invited and has not chosen a
    password yet has not ``joined`` and cannot sign in; all else holds for them as for anybody.
    """

    TOPIC = "staff.User"

    class UserRegistered(Event):
        TOPIC = "staff.UserRegistered"
        email: PersonalText
        first_name: PersonalText
        last_name: PersonalText
        role: Role

    class UserRenamed(Event):
        TOPIC = "staff.UserRenamed"
        first_name: PersonalText
        last_name: PersonalText

    class EmailChanged(Event):
        TOPIC = "staff.EmailChanged"
        email: PersonalText

    class PhoneChanged(Event):
        TOPIC = "staff.PhoneChanged"
        phone: PersonalText

    class RoleAssigned(Event):
        TOPIC = "staff.RoleAssigned"
        role: Role

    class UserDeactivated(Event):
        TOPIC = "staff.UserDeactivated"

    class UserReactivated(Event):
        TOPIC = "staff.UserReactivated"

    class UserInvited(Event):
        TOPIC = "staff.UserInvited"

    class PasswordSet(Event):
        TOPIC = "staff.PasswordSet"

    def begin(self) -> None:
        self.email: str | None = None
        self.first_name: str | None = None
        self.last_name: str | None = None
        self.phone: str | None = None
        self.joined: bool = False
        self.role: Role | None = None
        self.active: bool = False

    @property
    def is_therapist(self) -> bool:
        """Whether sessions can be booked with this person today."""
        return self.active and self.role is Role.THERAPIST

    def register(self, *, email: str, first_name: str, last_name: str, role: Role, platform: bool = False) -> None:
        """Register the account, active. ``platform``: whether this is the platform's book."""
        if self.exists:
            raise Clash("This user is registered already.")
        _belongs(role, platform)
        self.decide(
            self.UserRegistered,
            email=text.email(email, "email"),
            first_name=text.line(first_name, "firstName"),
            last_name=text.line(last_name, "lastName"),
            role=role,
        )

    def rename(self, first_name: str, last_name: str) -> None:
        self._must_exist()
        names = text.line(first_name, "firstName"), text.line(last_name, "lastName")
        if names != (self.first_name, self.last_name):
            self.decide(self.UserRenamed, first_name=names[0], last_name=names[1])

    def change_email(self, email: str) -> None:
        self._must_exist()
        email = text.email(email, "email")
        if email != self.email:
            self.decide(self.EmailChanged, email=email)

    def change_phone(self, phone: str | None) -> None:
        """Set the number to reach the person at; nothing (``None``, blanks) takes it away."""
        self._must_exist()
        typed = text.optional(phone)
        number = text.phone(typed, "phone") if typed is not None else None
        if number != self.phone:
            self.decide(self.PhoneChanged, phone=number)

    def assign_role(self, role: Role, *, by: UUID, platform: bool = False, upcoming: Sequence[UUID] = ()) -> None:
        """Give another role. ``upcoming``: sessions still to be given; a therapist who has any stays one."""
        self._must_exist()
        if role is self.role:
            return
        if by == self.id:
            raise OwnAccount
        _belongs(role, platform)
        if self.role is Role.THERAPIST:
            _must_be_free(upcoming)
        self.decide(self.RoleAssigned, role=role)

    def deactivate(self, *, by: UUID, upcoming: Sequence[UUID] = ()) -> None:
        """Close the account. ``upcoming``: sessions still to be given; any refuses, listing them."""
        self._must_exist()
        if not self.active:
            return
        if by == self.id:
            raise OwnAccount
        _must_be_free(upcoming)
        self.decide(self.UserDeactivated)

    def reactivate(self) -> None:
        self._must_exist()
        if not self.active:
            self.decide(self.UserReactivated)

    def invite(self) -> None:
        """Record that the person was asked to choose a password; each time is a fact of its own."""
        self._must_exist()
        if not self.active:
            raise Inactive
        if self.joined:
            raise Joined
        self.decide(self.UserInvited)

    def note_password_set(self) -> None:
        """Record that a password was set; each time is a fact of its own."""
        self._must_exist()
        if not self.active:
            raise Inactive
        self.decide(self.PasswordSet)

    def _must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such user.")

    @event(UserRegistered)
    def _registered(self, email: str | None, first_name: str | None, last_name: str | None, role: Role) -> None:
        self.email = email
        self.first_name = first_name
        self.last_name = last_name
        self.role = role
        self.active = True

    @event(UserRenamed)
    def _renamed(self, first_name: str | None, last_name: str | None) -> None:
        self.first_name = first_name
        self.last_name = last_name

    @event(EmailChanged)
    def _email_changed(self, email: str | None) -> None:
        self.email = email

    @event(PhoneChanged)
    def _phone_changed(self, phone: str | None) -> None:
        self.phone = phone

    @event(RoleAssigned)
    def _role_assigned(self, role: Role) -> None:
        self.role = role

    @event(UserDeactivated)
    def _deactivated(self) -> None:
        self.active = False

    @event(UserReactivated)
    def _reactivated(self) -> None:
        self.active = True

    @event(PasswordSet)
    def _password_set(self) -> None:
        self.joined = True


def _belongs(role: Role, platform: bool) -> None:
    if (role is Role.SUPER_ADMIN) != platform:
        raise WrongRole


def _must_be_free(upcoming: Sequence[UUID]) -> None:
    if upcoming:
        raise FutureSessions(sessions=[str(session) for session in upcoming])
