"""A token speaks for its user only while the login holds: asked in each append and at the start of each read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.appending import LoginInvalid
from adapters.event_store import UnitOfWork
from application.base import PLATFORM, Login, Result, Taken
from domain.base import Missing
from domain.values import Role
from tests.book.desk import NOW, Desk, Done, ask, desk, in_loop, one
from tests.support.postgres import Database

ADMIN = Role.WORKSPACE_ADMIN


async def _login(here: Desk, user: UUID, **changes: Any) -> None:
    async def act(book: UnitOfWork) -> Result:
        book.put_login(Login(user, **changes))
        return Done()

    await here.do(act, now=changes.pop("at", NOW))


async def _staff(here: Desk, role: Role = ADMIN) -> dict[str, Any]:
    user = uuid7()
    await _login(here, user, email=f"{user}@x.example", password_hash="hash", role=role)
    return {"actor": user, "actor_tenant": here.tenant_id, "role": role, "signed_in_at": NOW}


async def _enters(here: Desk, **who: Any) -> bool:
    context = here.context(**who)
    async with here.store.pool.connection() as db:
        row = await (
            await db.execute(
                "SELECT book.enter(%s, %s, %s, %s, %s)",
                [context.tenant_id, context.actor, context.actor_tenant, context.role, context.signed_in_at],
            )
        ).fetchone()
    assert row is not None
    return bool(row[0])


@pytest.mark.parametrize("change", ["disabled", "demoted", "signed out everywhere", "deleted", "never was"])
@in_loop
async def test_a_login_that_does_not_hold_is_refused_at_once(database: Database, change: str) -> None:
    async with desk(database) as here, desk(database, here.tenant_id) as there:
        patient = await here.patient()
        who = await _staff(here)
        await there.pay(patient, **who)
        assert await _enters(there, **who)
        if change == "disabled":
            await _login(here, who["actor"], active=False)
        elif change == "demoted":
            await _login(here, who["actor"], role=Role.THERAPIST)
        elif change == "signed out everywhere":
            await _login(here, who["actor"], revoke_tokens=True, at=NOW + timedelta(minutes=1))
            ask(database, "UPDATE book.logins SET valid_after = %s", NOW + timedelta(minutes=1))
        elif change == "deleted":
            ask(database, "DELETE FROM book.logins WHERE user_id = %s", who["actor"])
        else:
            who |= {"actor": uuid7()}
        events = one(database, "SELECT count(*) FROM book.events")
        with pytest.raises(LoginInvalid):
            await there.pay(patient, **who)
        assert not await _enters(there, **who)
        assert one(database, "SELECT count(*) FROM book.events") == events
        # The control: another's login, and this one's when it holds again, are not touched by it.
        await there.pay(patient, **await _staff(here))
        if change == "signed out everywhere":
            who |= {"signed_in_at": NOW + timedelta(minutes=2)}
            await there.pay(patient, **who)
            assert await _enters(there, **who)


@in_loop
async def test_a_disabled_user_is_not_told_what_was_answered_either(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        who = await _staff(here)
        await here.pay(patient, key="k", fingerprint=b"f", **who)
        await _login(here, who["actor"], active=False)
        async with desk(database, here.tenant_id) as new_process:
            for asked in (here, new_process):
                with pytest.raises(LoginInvalid):
                    await asked.pay(patient, key="k", fingerprint=b"f", **who)


@in_loop
async def test_a_refusal_tells_a_disabled_user_nothing(database: Database) -> None:
    async with desk(database) as here:
        who = await _staff(here)
        with pytest.raises(Missing):
            await here.pay(uuid7(), **who)
        await _login(here, who["actor"], active=False)
        async with desk(database, here.tenant_id) as new_process:
            for asked in (here, new_process):
                with pytest.raises(LoginInvalid):
                    await asked.pay(uuid7(), **who)


@in_loop
async def test_a_login_of_another_tenant_holds_where_it_lives(database: Database) -> None:
    """A super admin's login lives in the platform's tenant, whatever tenant they act on."""
    async with desk(database) as here, desk(database, PLATFORM) as platform:
        await platform.open_tenant(PLATFORM)
        root = await _staff(platform, Role.SUPER_ADMIN)
        assert await _enters(here, **root)
        assert not await _enters(here, **{**root, "actor_tenant": here.tenant_id})
        assert not await _enters(here, **{**root, "signed_in_at": None})


@in_loop
async def test_a_repeated_login_row_changes_only_what_is_said(database: Database) -> None:
    async with desk(database) as here:
        who = await _staff(here)
        columns = "SELECT email_key, password_hash, role, active FROM book.logins WHERE user_id = %s"
        [before] = ask(database, columns, who["actor"])
        await _login(here, who["actor"], password_hash="other")
        [after] = ask(database, columns, who["actor"])
        assert (before[0], *before[2:]) == (after[0], *after[2:])
        assert (before[1], after[1]) == ("hash", "other")


@in_loop
async def test_a_claimed_value_has_one_holder_and_may_be_given_up(database: Database) -> None:
    async with desk(database) as here, desk(database) as elsewhere:
        one_, two = uuid7(), uuid7()

        def claim(holder: UUID, value: str, *, release: bool = False, kind: str = "email") -> Any:
            async def act(book: UnitOfWork) -> Result:
                if release:
                    book.release(kind, holder)
                book.claim(kind, value, holder)
                return Done()

            return act

        await here.do(claim(one_, "a@x.example"))
        await here.do(claim(one_, "A@x.example "))  # the same holder may ask again; case and spaces do not count
        with pytest.raises(Taken):
            await here.do(claim(two, "a@X.example"))
        await elsewhere.do(claim(two, "a@x.example"))
        await here.do(claim(one_, "b@x.example", release=True))
        await here.do(claim(two, "a@x.example"))
        await here.do(claim(one_, "the-slug", kind="slug"))
        with pytest.raises(Taken):  # slugs are unique in the installation
            await elsewhere.do(claim(two, "the-slug", kind="slug"))
        assert one(database, "SELECT count(*) FROM book.claims WHERE value LIKE '%%x.example%%'") == 0
