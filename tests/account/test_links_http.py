"""Invitations and forgotten passwords: links that work once, for their purpose, for a while, and for nobody else."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.account.outbox import letters, next_token, token_in
from tests.support.system import PASSWORD, Centre, RunningSystem

NEW = "an entirely new password"


def invited(centre: Centre, **fields: Any) -> tuple[str, str]:
    """A user without a password: id and e-mail."""
    email = f"invited-{uuid4().hex[:8]}@staff.example"
    body = {"email": email, "firstName": "Meena", "lastName": "Iyer", "role": "THERAPIST", **fields}
    made = centre.post("/users", body, expect=201)
    assert made["invitationSent"] is True
    return made["id"], email


def accept(centre: Centre, token: str, expect: int = 200, password: str = NEW) -> Any:
    return centre.post("/auth/accept-invitation", {"token": token, "password": password}, as_=None, expect=expect)


def forget(centre: Centre, email: str) -> Any:
    return centre.post("/auth/forgot-password", {"email": email}, as_=None)


def reset(centre: Centre, token: str, expect: int = 200, password: str = NEW) -> Any:
    return centre.post("/auth/reset-password", {"token": token, "password": password}, as_=None, expect=expect)


def log_in(centre: Centre, email: str, password: str) -> int:
    credentials = {"email": email, "password": password, "tenant": centre.slug}
    return centre.request("POST", "/auth/login", credentials, as_=None).status_code


def member(centre: Centre) -> str:
    email = f"member-{uuid4().hex[:8]}@staff.example"
    person = {"email": email, "firstName": "A", "lastName": "B", "role": "OPERATOR", "password": PASSWORD}
    assert centre.post("/users", person, expect=201)["invitationSent"] is None
    return email


def test_an_invited_person_chooses_a_password_and_is_in(centre: Centre, system: RunningSystem) -> None:
    user, email = invited(centre)
    before = centre.get(f"/users/{user}")
    assert (before["joined"], before["active"]) == (False, True)
    assert before["invitedAt"]
    assert log_in(centre, email, "") in {401, 422}
    assert log_in(centre, email, "nobody signs in with this") == 401
    assert [u["id"] for u in centre.get("/users?joined=false")["data"]] == [user]
    pair = accept(centre, next_token(system, email))
    assert (pair["userId"], pair["role"], pair["tenant"]) == (user, "THERAPIST", centre.slug)
    centre.tokens["Meena"] = pair["accessToken"]
    assert centre.get("/account", as_="Meena")["joined"]
    assert log_in(centre, email, NEW) == 200
    assert centre.post(f"/users/{user}/invite", expect=409)["error"]["code"] == "ALREADY_JOINED"


def test_a_link_works_once_even_for_eight_at_a_time(centre: Centre, system: RunningSystem) -> None:
    _, email = invited(centre)
    token = next_token(system, email)
    with ThreadPoolExecutor(8) as pool:
        body = {"token": token, "password": NEW}
        answers = list(pool.map(lambda _: centre.request("POST", "/auth/accept-invitation", body, as_=None), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 7
    assert accept(centre, token, 422)["error"]["code"] == "LINK_INVALID"


def test_a_newer_invitation_ends_the_older(centre: Centre, system: RunningSystem) -> None:
    user, email = invited(centre)
    first = next_token(system, email)
    assert centre.post(f"/users/{user}/invite")["invitationSent"] is True
    second = next_token(system, email, after=1)
    assert first != second
    accept(centre, first, 422)
    accept(centre, second)


def test_a_repeated_request_sends_one_invitation(centre: Centre, system: RunningSystem) -> None:
    email = f"once-{uuid4().hex[:8]}@staff.example"
    body = {"email": email, "firstName": "A", "lastName": "B", "role": "OPERATOR"}
    key = {"Idempotency-Key": uuid4().hex}
    assert centre.post("/users", body, headers=key, expect=201)["invitationSent"] is True
    assert centre.post("/users", body, headers=key, expect=201)["invitationSent"] is None
    assert len(letters(system, email)) == 1


def test_a_forgotten_password_is_replaced(centre: Centre, system: RunningSystem) -> None:
    email = member(centre)
    centre.tokens["Old"] = centre.sign_in("Old", email)
    forget(centre, email.upper())
    token = next_token(system, email)
    assert log_in(centre, email, PASSWORD) == 200  # asking changes nothing
    assert reset(centre, token) == {"success": True}
    assert (log_in(centre, email, PASSWORD), log_in(centre, email, NEW)) == (401, 200)
    centre.get("/patients", as_="Old", expect=401)
    reset(centre, token, 422)
    history = centre.request("GET", f"/users/{centre.get('/users', params={'search': email})['data'][0]['id']}/history")
    assert NEW not in history.text


def test_known_and_unknown_people_are_answered_alike(centre: Centre, system: RunningSystem) -> None:
    email = member(centre)
    known = centre.request("POST", "/auth/forgot-password", {"email": email}, as_=None)
    unknown = centre.request("POST", "/auth/forgot-password", {"email": f"x{email}"}, as_=None)
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert set(known.headers) == set(unknown.headers)
    next_token(system, email)
    assert letters(system, f"x{email}") == []


def test_who_is_deactivated_gets_no_link_and_a_link_from_before_does_not_hold(
    centre: Centre, system: RunningSystem
) -> None:
    email, control = member(centre), member(centre)
    user = centre.get("/users", params={"search": email})["data"][0]["id"]
    forget(centre, email)
    token = next_token(system, email)
    centre.delete(f"/users/{user}")
    reset(centre, token, 422)
    forget(centre, email)
    forget(centre, control)
    next_token(system, control)  # later asked for, and there: so the other would be there too
    assert len(letters(system, email)) == 1
    centre.post(f"/users/{user}/reactivate")
    reset(centre, token, 422)
    assert log_in(centre, email, PASSWORD) == 200


@pytest.mark.parametrize("change", ["password", "email"])
def test_a_new_password_or_email_ends_a_link(centre: Centre, system: RunningSystem, change: str) -> None:
    email = member(centre)
    user = centre.get("/users", params={"search": email})["data"][0]["id"]
    forget(centre, email)
    token = next_token(system, email)
    if change == "password":
        centre.put(f"/users/{user}/password", {"password": "given by the admin"})
    else:
        centre.put(f"/users/{user}", {"email": f"moved-{email}"})
    reset(centre, token, 422)


def test_a_newer_link_ends_the_older(centre: Centre, system: RunningSystem) -> None:
    email = member(centre)
    forget(centre, email)
    first = next_token(system, email)
    forget(centre, email)
    second = next_token(system, email, after=1)
    reset(centre, first, 422)
    reset(centre, second)


@pytest.mark.parametrize(("purpose", "days", "hours"), [("invitation", 7, 0), ("reset", 0, 1)])
def test_a_link_expires(centre: Centre, system: RunningSystem, purpose: str, days: int, hours: int) -> None:
    """A second before its time it holds, at its time not; the rows are moved rather than the clock."""

    def left(token_of: str, seconds: int) -> None:
        with psycopg.connect(system.database.admin_url) as db:
            moved = db.execute(
                "UPDATE book.one_time_links SET expires_at = now() + make_interval(secs => %s) WHERE tenant_id = %s"
                " AND purpose = %s AND used_at IS NULL AND revoked_at IS NULL"
                " AND expires_at - issued_at = make_interval(days => %s, hours => %s)",
                [seconds, centre.tenant_id, purpose, days, hours],
            )
            assert moved.rowcount == 1, token_of

    use = accept if purpose == "invitation" else reset
    for seconds, status in ((0, 422), (30, 200)):
        if purpose == "invitation":
            _, email = invited(centre)
        else:
            email = member(centre)
            forget(centre, email)
        token = next_token(system, email)
        left(token, seconds)
        use(centre, token, status)
        with psycopg.connect(system.database.admin_url) as db:
            db.execute("UPDATE book.one_time_links SET revoked_at = now() WHERE tenant_id = %s", [centre.tenant_id])


def test_forged_links_do_not_hold(system: RunningSystem, centre: Centre) -> None:
    other = system.new_centre()
    _, email = invited(centre)
    token = next_token(system, email)
    tenant, _, secret = token.partition(".")
    forged = [
        f"{other.tenant_id.replace('-', '')}.{secret}", f"{tenant}.", f"{tenant}.{secret[:-1]}", f"{tenant}.{secret}x",
        secret, f".{secret}", f"{uuid4().hex}.{secret}", "x", "%", f"{tenant}.{secret.swapcase()}",
    ]  # fmt: skip
    for attempt in forged:
        assert accept(centre, attempt, 422)["error"]["code"] == "LINK_INVALID"
    reset(centre, token, 422)  # made for something else
    accept(centre, token, 422, password="short")
    accept(centre, token)  # the control: as it was sent, it works


def test_secrets_are_kept_hashed_and_in_nobodys_reach(centre: Centre, system: RunningSystem) -> None:
    user, email = invited(centre)
    token = next_token(system, email)
    for log in system.folder.glob("*.log"):
        assert token.partition(".")[2] not in log.read_text()
    with psycopg.connect(system.database.admin_url) as db:
        stored = str(db.execute("SELECT t::text FROM book.one_time_links t").fetchall())
        stored += str(db.execute("SELECT t::text FROM book.commands t").fetchall())
    assert token.partition(".")[2] not in stored
    assert user in stored
    folder = system.folder / "outbox"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert token not in centre.request("GET", f"/users/{user}/history").text


def test_the_same_email_in_two_centres_gets_a_link_for_each(system: RunningSystem, centre: Centre) -> None:
    email, other = member(centre), system.new_centre()
    other.post("/users", {"email": email, "firstName": "A", "lastName": "B", "role": "AUDITOR", "password": PASSWORD},
               expect=201)  # fmt: skip
    forget(centre, email)
    next_token(system, email, after=1)
    sent = letters(system, email)
    named = {re.findall(r"password at (\S+)\.", letter.get_content())[0]: token_in(letter) for letter in sent}
    assert set(named) == {centre.slug, other.slug}
    reset(centre, named[other.slug])
    assert (log_in(centre, email, PASSWORD), log_in(other, email, NEW)) == (200, 200)
    centre.post("/auth/forgot-password", {"email": email, "tenant": centre.slug}, as_=None)
    next_token(system, email, after=2)
    assert len(letters(system, email)) == 3
