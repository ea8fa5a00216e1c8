"""Users over HTTP: one e-mail once, roles in force at once, nobody locks themselves out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest

from tests.support.system import PASSWORD, Centre, RunningSystem

PERSON = {"firstName": "Meena", "lastName": "Iyer", "role": "OPERATOR", "password": PASSWORD}


@pytest.fixture(scope="module")
def calm(system: RunningSystem) -> Centre:
    """A centre that only refused requests are sent to, so that one serves them all."""
    return system.new_centre()


def mail() -> str:
    return f"user-{uuid4().hex[:10]}@staff.example"


def test_an_email_is_used_once_in_a_centre_and_freely_elsewhere(system: RunningSystem, centre: Centre) -> None:
    email = mail()
    centre.post("/users", {**PERSON, "email": email}, expect=201)
    refused = centre.post("/users", {**PERSON, "email": email.upper()}, expect=409)
    assert refused["error"]["details"] == {"field": "email"}
    system.new_centre().post("/users", {**PERSON, "email": email}, expect=201)
    assert centre.get(f"/users?search={email}")["total"] == 1


def test_of_many_who_want_one_email_at_once_one_gets_it(centre: Centre) -> None:
    body = {**PERSON, "email": mail()}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: centre.request("POST", "/users", body), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert centre.get(f"/users?search={body['email']}")["total"] == 1


def test_a_new_email_is_the_new_login_and_frees_the_old(centre: Centre) -> None:
    old, new = mail(), mail()
    user = centre.post("/users", {**PERSON, "email": old}, expect=201)["id"]
    centre.put(f"/users/{user}", {"email": new, "firstName": "Mina"})
    centre.sign_in("Mina", new)
    assert centre.request("POST", "/auth/login", {"email": old, "password": PASSWORD}, as_=None).status_code == 401
    found = centre.get(f"/users/{user}")
    assert (found["email"], found["firstName"], found["lastName"]) == (new, "Mina", "Iyer")
    centre.post("/users", {**PERSON, "email": old}, expect=201)


def test_lists_are_searched_filtered_sorted_and_paged(centre: Centre) -> None:
    for first in ("Charu", "Arun", "Bina"):
        centre.post("/users", {**PERSON, "firstName": first, "email": mail()}, expect=201)
    names = [user["firstName"] for user in centre.get("/users?role=OPERATOR&sort=firstName")["data"]]
    assert names == ["Arun", "Bina", "Charu"]
    page = centre.get("/users?role=OPERATOR&sort=-firstName&page=2&pageSize=2")
    assert ([user["firstName"] for user in page["data"]], page["total"]) == (["Arun"], 3)
    assert centre.get("/users?search=bina iy")["total"] == 1
    assert centre.get("/users?search=%25")["total"] == 0
    assert centre.get("/users?search=x%00", expect=422)["error"]["details"][0]["field"] == "search"
    centre.get("/users?sort=passwordHash", expect=422)
    assert set(centre.get("/users?fields=id,role&pageSize=1")["data"][0]) == {"id", "role"}


def test_who_sees_whom(system: RunningSystem, centre: Centre) -> None:
    therapist, operator = centre.user("THERAPIST"), centre.user("OPERATOR")
    assert centre.get("/users", as_="OPERATOR")["total"] == 3
    assert [user["id"] for user in centre.get("/users", as_="THERAPIST")["data"]] == [therapist]
    centre.get(f"/users/{operator}", as_="THERAPIST", expect=404)
    centre.get(f"/users/{therapist}", as_="THERAPIST")
    other = system.new_centre()
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/history"), ("POST", "/reactivate")):
        body: dict[str, str] | None = None if method == "GET" else {}
        assert other.request(method, f"/users/{operator}{path}", body).status_code == 404
    assert other.request("PUT", f"/users/{operator}/password", {"password": PASSWORD}).status_code == 404


def test_only_administrators_write(centre: Centre) -> None:
    target = centre.user("THERAPIST")
    for role in ("OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"):
        centre.post("/users", {**PERSON, "email": mail()}, as_=role, expect=403)
        centre.put(f"/users/{target}", {"role": "WORKSPACE_ADMIN"}, as_=role, expect=403)
        centre.delete(f"/users/{target}", as_=role, expect=403)


def test_no_centre_makes_a_super_admin(centre: Centre) -> None:
    centre.post("/users", {**PERSON, "email": mail(), "role": "SUPER_ADMIN"}, expect=403)
    operator = centre.user("OPERATOR")
    centre.put(f"/users/{operator}", {"role": "SUPER_ADMIN"}, expect=403)


def test_a_deactivated_user_is_out_at_once_and_back_when_reactivated(centre: Centre) -> None:
    email = mail()
    user = centre.post("/users", {**PERSON, "email": email}, expect=201)["id"]
    centre.sign_in("Meena", email)
    centre.get("/patients", as_="Meena")
    centre.delete(f"/users/{user}")
    centre.get("/patients", as_="Meena", expect=401)
    credentials = {"email": email, "password": PASSWORD}
    assert centre.request("POST", "/auth/login", credentials, as_=None).status_code == 401
    assert not centre.get(f"/users/{user}")["active"]
    centre.delete(f"/users/{user}")
    centre.post(f"/users/{user}/reactivate")
    centre.sign_in("Meena", email)
    centre.get("/patients", as_="Meena")


def test_a_role_is_in_force_at_once(centre: Centre) -> None:
    accountant = centre.user("ACCOUNTANT")
    centre.put(f"/users/{accountant}", {"role": "OPERATOR"})
    centre.get("/patients", as_="ACCOUNTANT", expect=401)  # the old token names the old role


def test_nobody_changes_their_own_role_or_closes_their_own_account(centre: Centre) -> None:
    [admin] = centre.get("/users?role=WORKSPACE_ADMIN")["data"]
    centre.delete(f"/users/{admin['id']}", expect=403)
    centre.put(f"/users/{admin['id']}", {"role": "OPERATOR"}, expect=403)
    centre.put(f"/users/{admin['id']}", {"role": "WORKSPACE_ADMIN", "firstName": "Still me"})


def test_a_new_password_signs_out_everywhere(centre: Centre) -> None:
    email = mail()
    user = centre.post("/users", {**PERSON, "email": email}, expect=201)["id"]
    centre.sign_in("Meena", email)
    centre.put(f"/users/{user}/password", {"password": "an entirely new password"})
    centre.get("/patients", as_="Meena", expect=401)
    for password, status in ((PASSWORD, 401), ("an entirely new password", 200)):
        credentials = {"email": email, "password": password}
        assert centre.request("POST", "/auth/login", credentials, as_=None).status_code == status
    told = centre.request("GET", f"/users/{user}/history").text
    assert "staff.PasswordSet" in told
    assert "new password" not in told
    assert "argon2" not in told


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "not an address"), ("email", "a@b.in\n"), ("firstName", ""), ("firstName", "A\x00"),
     ("lastName", "x" * 101), ("role", "KING"), ("password", "short"), ("active", False), ("tenantId", "x")],
)  # fmt: skip
def test_a_bad_field_is_named_and_nothing_is_written(calm: Centre, field: str, value: object) -> None:
    refused = calm.post("/users", {**PERSON, "email": mail(), field: value}, expect=422)
    assert [detail["field"] for detail in refused["error"]["details"]] == [field]
    assert calm.get("/users")["total"] == 1


def test_the_same_key_is_one_user(centre: Centre) -> None:
    body, headers = {**PERSON, "email": mail()}, {"Idempotency-Key": uuid4().hex}
    first = centre.post("/users", body, headers=headers, expect=201)
    assert centre.post("/users", body, headers=headers, expect=201) == first
    assert centre.get(f"/users?search={body['email']}")["total"] == 1


def test_history_is_for_administrators_and_auditors(centre: Centre) -> None:
    user = centre.user("OPERATOR")
    centre.put(f"/users/{user}", {"lastName": "Newname"})
    events = centre.get(f"/users/{user}/history", as_="AUDITOR")["data"]
    assert [event["type"] for event in events] == ["staff.UserRenamed", "staff.PasswordSet", "staff.UserRegistered"]
    assert events[0]["data"]["lastName"] == "Newname"
    for role in ("OPERATOR", "THERAPIST", "ACCOUNTANT"):
        centre.get(f"/users/{user}/history", as_=role, expect=403)
    first = centre.get(f"/users/{user}/history?limit=2")
    assert len(first["data"]) == 2
    rest = centre.get(f"/users/{user}/history?limit=2&before={first['next']}")
    assert [event["type"] for event in rest["data"]] == ["staff.UserRegistered"]


def test_a_therapist_with_sessions_to_give_stays_and_the_list_says_why(centre: Centre) -> None:
    therapist, patient, kind = centre.therapist("Tara"), centre.patient(), centre.therapy_type()
    sessions = [centre.session(patient, therapist, kind, startTime=start)["id"] for start in ("10:00", "15:00")]
    refused = centre.delete(f"/users/{therapist}", expect=409)
    assert refused["error"]["details"]["sessions"] == sessions
    centre.put(f"/users/{therapist}", {"role": "OPERATOR"}, expect=409)
    assert centre.get(f"/users/{therapist}")["active"]
    for session in sessions:
        centre.post(f"/sessions/{session}/cancel", {"reason": "Moves away", "cancelledBy": "CENTRE"})
    centre.delete(f"/users/{therapist}")


def test_a_booking_and_a_deactivation_at_the_same_moment_never_both_stand(centre: Centre) -> None:
    """Whichever is first, the other is refused: no session is left without a therapist."""
    patient, kind, rounds = centre.patient(), centre.therapy_type(), 8
    outcomes = set()
    for number in range(rounds):
        therapist = centre.therapist(f"tara-{number}")
        day = (date.today() + timedelta(days=7 + number)).isoformat()  # noqa: DTZ011
        booking = {
            "patientId": patient, "therapistId": therapist, "therapyTypeId": kind, "date": day, "startTime": "10:00",
        }  # fmt: skip
        with ThreadPoolExecutor(2) as pool:
            booked = pool.submit(centre.request, "POST", "/sessions", booking)
            closed = pool.submit(centre.request, "DELETE", f"/users/{therapist}")
            outcome = booked.result().status_code, closed.result().status_code
        assert outcome in {(201, 409), (409, 200)}, (booked.result().text, closed.result().text)
        outcomes.add(outcome)
    assert outcomes
