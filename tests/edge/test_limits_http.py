"""Limits over HTTP: who is counted, what they are told, and whose word about addresses is taken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from tests.edge.conftest import StartApi
from tests.edge.redis_server import RedisServer
from tests.support.system import PASSWORD, Centre, RunningSystem

# A day's window, so that no test crosses from one into the next (but at midnight).
TIGHT = ("user=6/day, tenant=9/day, costly=2/day, address=1000/day, login=3/day, login-address=12/day, letters=1/day,"
         " letters-address=4/day")  # fmt: skip


@pytest.fixture(scope="module")
def tight(start_api: StartApi) -> RunningSystem:
    return start_api(DAYBOOK_RATE_LIMITS=TIGHT)


@pytest.fixture(scope="module")
def guarded(start_api: StartApi) -> RunningSystem:
    """Where passwords are guessed; the proxy it trusts is this machine."""
    limits = "login=3/day, login-address=20/day, address=1000/day"
    return start_api(DAYBOOK_RATE_LIMITS=limits, DAYBOOK_TRUSTED_PROXIES="127.0.0.1")


@pytest.fixture
def guesser(guarded: RunningSystem) -> Iterator[httpx.Client]:
    """From an address of its own."""
    with guarded.client() as client:
        client.headers["X-Forwarded-For"] = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
        yield client


@pytest.fixture
def client(tight: RunningSystem) -> Iterator[httpx.Client]:
    with tight.client() as client:
        yield client


def bearer(centre: Centre, who: str = "WORKSPACE_ADMIN") -> dict[str, str]:
    return {"Authorization": f"Bearer {centre.token(who)}"}


def told(answer: httpx.Response) -> tuple[int, int]:
    assert 1 <= int(answer.headers["RateLimit-Reset"]) <= 86_400
    return int(answer.headers["RateLimit-Limit"]), int(answer.headers["RateLimit-Remaining"])


def refused(answer: httpx.Response) -> bool:
    if answer.status_code != 429:
        return False
    assert answer.json()["error"]["code"] == "TOO_MANY_REQUESTS"
    assert answer.headers["Retry-After"] == answer.headers["RateLimit-Reset"]
    return True


def test_a_user_is_told_what_is_left_and_then_refused(centre: Centre, client: httpx.Client) -> None:
    answers = [client.get("/users", headers=bearer(centre)) for _ in range(8)]
    assert [a.status_code for a in answers] == [200] * 6 + [429] * 2
    assert [told(a) for a in answers] == [(6, left) for left in (5, 4, 3, 2, 1, 0, 0, 0)]
    assert all(refused(a) for a in answers[6:])
    # Commands too, and nothing of theirs is done.
    assert refused(client.post("/rooms", json={"name": "Blue"}, headers=bearer(centre)))
    assert centre.get("/rooms")["total"] == 0


def test_a_centre_is_counted_together_but_not_by_who_is_over_their_own_limit(
    system: RunningSystem, centre: Centre, client: httpx.Client
) -> None:
    centre.token("OPERATOR")
    for _ in range(30):
        last = client.get("/users", headers=bearer(centre))
    assert refused(last)  # has used 6 of the centre's 9, and not one more
    answers = [client.get("/users", headers=bearer(centre, "OPERATOR")) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert told(answers[3]) == (9, 0)
    other = system.new_centre()
    assert client.get("/users", headers=bearer(other)).status_code == 200


def test_what_is_costly_is_counted_apart_too(centre: Centre, client: httpx.Client) -> None:
    answers = [client.get("/audit/verify", headers=bearer(centre)) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert told(answers[2]) == (2, 0)
    assert client.get("/users", headers=bearer(centre)).status_code == 200


def test_probes_are_not_counted(tight: RunningSystem) -> None:
    with httpx.Client(base_url=tight.url, trust_env=False) as client:
        assert {client.get("/healthz").status_code for _ in range(20)} == {200}
        assert "RateLimit-Limit" not in client.get("/healthz").headers


def log_in(client: httpx.Client, email: str, password: str = "wrong, that is", **headers: str) -> httpx.Response:
    return client.post("/auth/login", json={"email": email, "password": password}, headers=headers)


def test_guessing_is_throttled_alike_for_known_and_unknown_people(centre: Centre, guesser: httpx.Client) -> None:
    known, unknown = f"admin@{centre.slug}.example", f"nobody-{uuid4().hex[:8]}@{centre.slug}.example"
    answers: dict[str, list[Any]] = {}
    blank = {"timestamp": "", "details": None}
    for email in (known, unknown):
        tried = [log_in(guesser, email) for _ in range(5)]
        answers[email] = [(a.status_code, a.json()["error"] | blank, sorted(a.headers)) for a in tried]
    assert answers[known] == answers[unknown]
    assert [status for status, *_ in answers[known]] == [401, 401, 401, 429, 429]
    assert refused_login(log_in(guesser, known, PASSWORD))  # the right one tells nothing while it lasts
    assert refused_login(log_in(guesser, known.upper()))  # in capitals it is the same account
    other = centre.user("OPERATOR")
    assert log_in(guesser, centre.get(f"/users/{other}")["email"], PASSWORD).status_code == 200
    actions = [e["action"] for e in centre.get("/access-log", params={"sort": "at", "pageSize": "100"})["data"]]
    assert actions.count("login-failed") == 2
    assert actions.count("login-throttled") == 1


def refused_login(answer: httpx.Response) -> bool:
    return answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1


def test_a_good_sign_in_starts_the_count_anew(centre: Centre, guesser: httpx.Client) -> None:
    email = f"admin@{centre.slug}.example"
    for _ in range(4):
        assert [log_in(guesser, email).status_code for _ in range(2)] == [401, 401]
        assert log_in(guesser, email, PASSWORD).status_code == 200


def test_a_hundred_guesses_at_once_are_no_more_than_three(centre: Centre, guarded: RunningSystem) -> None:
    email = f"admin@{centre.slug}.example"
    with guarded.client() as botnet, ThreadPoolExecutor(16) as pool:
        statuses = list(
            pool.map(lambda n: log_in(botnet, email, **{"X-Forwarded-For": f"198.51.100.{n}"}).status_code, range(100))
        )
    print(f"\n100 guesses at once: {statuses.count(401)} judged, {statuses.count(429)} throttled")
    assert (statuses.count(401), statuses.count(429)) == (3, 97)


def test_an_address_is_throttled_over_all_accounts(guesser: httpx.Client) -> None:
    tried = [log_in(guesser, f"n{uuid4().hex[:8]}@nowhere.example").status_code for n in range(23)]
    assert tried == [401] * 20 + [429] * 3


def test_ones_own_password_is_guessed_no_faster(centre: Centre, client: httpx.Client) -> None:
    centre.token("AUDITOR")
    body = {"currentPassword": "not this", "newPassword": "an entirely new password"}
    tried = [client.put("/account/password", json=body, headers=bearer(centre, "AUDITOR")) for _ in range(5)]
    assert [a.status_code for a in tried] == [422] * 3 + [429] * 2


def test_letters_are_few_and_the_answer_is_the_same(tight: RunningSystem, centre: Centre) -> None:
    from tests.account.outbox import letters, next_token

    email = f"admin@{centre.slug}.example"
    with tight.client() as client:
        asked = [client.post("/auth/forgot-password", json={"email": email}) for _ in range(5)]
    assert [a.status_code for a in asked] == [200] * 4 + [429]
    assert len({a.content for a in asked[:4]}) == 1
    next_token(tight, email)
    assert len(letters(tight, email)) == 1


def test_known_and_unknown_people_take_the_same_time(start_api: StartApi) -> None:
    """Medians of interleaved tries, where a password takes the effort that it takes outside of tests. The control: what
    is refused without looking at a password is much faster."""
    earnest = start_api(earnest_passwords=True)
    centre = earnest.new_centre()
    with psycopg.connect(earnest.database.admin_url) as db:
        query = "SELECT password_hash FROM book.logins WHERE tenant_id = %s"
        [(stored,)] = db.execute(query, [centre.tenant_id]).fetchall()
    assert extract_parameters(stored) == RFC_9106_LOW_MEMORY
    known, took = f"admin@{centre.slug}.example", dict[str, list[float]]()
    with earnest.client() as client:
        for _ in range(25):
            for name, email in (("known", known), ("unknown", f"x{known}"), ("control", "no address")):
                begun = time.perf_counter()
                log_in(client, email)
                took.setdefault(name, []).append(time.perf_counter() - begun)
    middle = {name: median(times) * 1000 for name, times in took.items()}
    print("\n" + ", ".join(f"{name} {ms:.1f} ms" for name, ms in middle.items()))
    assert abs(middle["known"] - middle["unknown"]) < 0.25 * middle["known"]
    assert middle["control"] < 0.5 * middle["known"]


def test_an_invented_address_is_not_believed_unless_a_trusted_proxy_wrote_it(
    guarded: RunningSystem, tight: RunningSystem
) -> None:
    """``tight`` trusts nobody: whatever is said, the callers are counted as the one they are."""
    for api, apart in ((guarded, True), (tight, False)):
        left = []
        with api.client() as client:
            for number in range(3):
                answer = client.get("/users", headers={"X-Forwarded-For": f"192.0.2.{number}"})
                left.append(int(answer.headers["RateLimit-Remaining"]))
        assert left == ([999] * 3 if apart else [left[0], left[0] - 1, left[0] - 2])


def test_workers_and_restarts_count_together_with_redis(
    centre: Centre, start_api: StartApi, redis: RedisServer
) -> None:
    """Three processes one after another and at once. The control: without Redis each lets as many through."""
    limits = "user=6/day"
    for place, passed in ((redis.url, 6), ("", 12)):
        first, second = (start_api(DAYBOOK_RATE_LIMITS=limits, REDIS_URL=place) for _ in range(2))
        statuses = []
        for _ in range(8):
            for api in (first, second):
                with api.client() as client:
                    statuses.append(client.get("/users", headers=bearer(centre)).status_code)
        assert statuses.count(200) == passed
        if place:
            first.stop()
            first.start_api()
            with first.client() as client:
                assert client.get("/users", headers=bearer(centre)).status_code == 429
    assert not [key for key in redis.stored() if "@" in key]


def test_a_redis_that_goes_away_stops_nobody(centre: Centre, start_api: StartApi, redis: RedisServer) -> None:
    with start_api(DAYBOOK_RATE_LIMITS="user=50/day", REDIS_URL=redis.url).client() as client:
        assert client.get("/users", headers=bearer(centre)).status_code == 200
        redis.stop()
        try:
            answers = [client.get("/users", headers=bearer(centre)) for _ in range(3)]
        finally:
            redis.start()
        assert [a.status_code for a in answers] == [200] * 3
        assert "RateLimit-Remaining" in answers[-1].headers
