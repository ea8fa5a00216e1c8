"""Accounts: who they belong to, who may close them, and what never enters the book."""

from __future__ import annotations

import dataclasses
from uuid import UUID

import pytest

from domain.base import Clash, Forbidden, Missing
from domain.staff import FutureSessions, Inactive, Joined, OwnAccount, User, WrongRole
from domain.values import Role
from tests.support.given import on

USER, ADMIN, SESSION = UUID(int=1), UUID(int=2), UUID(int=3)

given = on(User, USER)


def registered(role: Role = Role.THERAPIST) -> User.UserRegistered:
    return User.UserRegistered(email="asha@centre.in", first_name="Asha", last_name="Rao", role=role)


def test_registering_cleans_what_was_typed() -> None:
    story = given().when(
        lambda u: u.register(email=" Asha@Centre.IN ", first_name=" Asha", last_name="Rao ", role=Role.THERAPIST)
    )
    story.then(registered())
    assert story.aggregate.is_therapist


def test_an_account_is_registered_once() -> None:
    given(registered()).when(
        lambda u: u.register(email="a@b.in", first_name="A", last_name="B", role=Role.OPERATOR)
    ).then_refused(Clash)


@pytest.mark.parametrize(
    ("role", "platform"), [(Role.SUPER_ADMIN, False), (Role.WORKSPACE_ADMIN, True), (Role.THERAPIST, True)]
)
def test_super_admins_belong_to_the_platform_and_nobody_else_does(role: Role, platform: bool) -> None:
    given().when(
        lambda u: u.register(email="a@b.in", first_name="A", last_name="B", role=role, platform=platform)
    ).then_refused(WrongRole)


def test_no_centre_can_make_a_super_admin_later() -> None:
    given(registered()).when(lambda u: u.assign_role(Role.SUPER_ADMIN, by=ADMIN)).then_refused(Forbidden.code)


@pytest.mark.parametrize(
    "email",
    ["", "asha", "asha@", "@x.in", "a@b", "a..b@x.in", ".a@x.in", "a b@x.in", "a@x.in\n", "a@x.in,b@x.in",
     "\u0430sha@centre.in", "a@-x.in", "a@x.1n-", "a" * 65 + "@x.in", "a@" + "x" * 64 + ".in", "a@x\x00.in",
     "\ud800@x.in", "a@" + "x." * 140 + "in"],
)  # fmt: skip
def test_an_email_is_sane(email: str) -> None:
    given(registered()).when(lambda u: u.change_email(email)).then_refused("VALIDATION_ERROR", field="email")


@pytest.mark.parametrize("name", ["", "  ", "\u200d", "A\x00", "A\n", "A\u202eB", "\udfff", "x" * 101])
def test_a_name_shows_something_and_hides_nothing(name: str) -> None:
    given(registered()).when(lambda u: u.rename(name, "Rao")).then_refused("VALIDATION_ERROR", field="firstName")
    given(registered()).when(lambda u: u.rename("Asha", name)).then_refused("VALIDATION_ERROR", field="lastName")


@pytest.mark.parametrize("name", ["S", "आशा", "O’Brien-Ng", "क्‍ष", "x" * 100])
def test_names_of_the_world_are_fine(name: str) -> None:
    given(registered()).when(lambda u: u.rename(name, "Rao")).then(User.UserRenamed(first_name=name, last_name="Rao"))


def test_two_spellings_of_one_character_are_one_name() -> None:
    composed, decomposed = "Jos\u00e9", "Jose\u0301"
    given(registered(), User.UserRenamed(first_name=composed, last_name="Rao")).when(
        lambda u: u.rename(decomposed, "Rao")
    ).then()


def test_what_is_so_already_is_no_event() -> None:
    given(registered()).when(
        lambda u: u.rename("Asha", "Rao"),
        lambda u: u.change_email("ASHA@centre.in"),
        lambda u: u.assign_role(Role.THERAPIST, by=USER),
        lambda u: u.reactivate(),
    ).then()
    given(registered(), User.UserDeactivated()).when(lambda u: u.deactivate(by=ADMIN)).then()


def test_a_role_is_assigned_by_somebody_else() -> None:
    given(registered()).when(lambda u: u.assign_role(Role.OPERATOR, by=ADMIN)).then(
        User.RoleAssigned(role=Role.OPERATOR)
    )
    given(registered()).when(lambda u: u.assign_role(Role.WORKSPACE_ADMIN, by=USER)).then_refused(OwnAccount)


def test_nobody_locks_themselves_out() -> None:
    given(registered(Role.WORKSPACE_ADMIN)).when(lambda u: u.deactivate(by=USER)).then_refused(OwnAccount)


def test_a_therapist_with_future_sessions_stays_and_the_list_says_why() -> None:
    given(registered()).when(lambda u: u.deactivate(by=ADMIN, upcoming=[SESSION])).then_refused(
        FutureSessions, sessions=[str(SESSION)]
    )
    given(registered()).when(lambda u: u.assign_role(Role.OPERATOR, by=ADMIN, upcoming=[SESSION])).then_refused(
        "CONFLICT"
    )


def test_leaving_and_coming_back() -> None:
    story = given(registered()).when(lambda u: u.deactivate(by=ADMIN)).then(User.UserDeactivated())
    assert not story.aggregate.is_therapist
    given(registered(), User.UserDeactivated()).when(lambda u: u.reactivate()).then(User.UserReactivated())


def test_the_book_learns_that_a_password_was_set_and_nothing_of_it() -> None:
    given(registered()).when(lambda u: u.note_password_set()).then(User.PasswordSet())
    names = {field.name for field in dataclasses.fields(User.PasswordSet)}  # type: ignore[arg-type]
    assert names == {"originator_id", "originator_version", "effective_on"}
    given(registered(), User.UserDeactivated()).when(lambda u: u.note_password_set()).then_refused(Inactive)


def test_there_must_be_somebody() -> None:
    for step in (
        lambda u: u.rename("A", "B"),
        lambda u: u.change_email("a@b.in"),
        lambda u: u.assign_role(Role.OPERATOR, by=ADMIN),
        lambda u: u.deactivate(by=ADMIN),
        lambda u: u.reactivate(),
        lambda u: u.note_password_set(),
    ):
        given().when(step).then_refused(Missing)


def test_an_erased_account_still_folds() -> None:
    story = given(
        User.UserRegistered(email=None, first_name=None, last_name=None, role=Role.THERAPIST),
        User.UserRenamed(first_name=None, last_name=None),
        User.EmailChanged(email=None),
    ).then_refolds()
    assert (story.aggregate.email, story.aggregate.first_name) == (None, None)


def test_a_phone_number_is_changed_and_taken_away() -> None:
    given(registered()).when(lambda u: u.change_phone(" +919812345678 ")).then(User.PhoneChanged(phone="+919812345678"))
    known = given(registered(), User.PhoneChanged(phone="+919812345678"))
    known.when(lambda u: u.change_phone("+919812345678")).then()
    known.when(lambda u: u.change_phone(" ")).then(User.PhoneChanged(phone=None))
    given(registered()).when(lambda u: u.change_phone("12345")).then_refused("VALIDATION_ERROR", field="phone")


def test_only_who_has_no_password_yet_is_invited() -> None:
    given(registered()).when(lambda u: u.invite()).then(User.UserInvited())
    given(registered(), User.UserInvited()).when(lambda u: u.invite()).then(User.UserInvited())
    given(registered(), User.PasswordSet()).when(lambda u: u.invite()).then_refused(Joined)
    given(registered(), User.UserDeactivated()).when(lambda u: u.invite()).then_refused(Inactive)
    given().when(lambda u: u.invite()).then_refused(Missing)
