"""One's own account: what one may change oneself, and that a new password is in force everywhere at once."""

from __future__ import annotations

import pytest

from application.permissions import PERMISSIONS
from domain.values import Role
from tests.support.system import PASSWORD, Centre

NEW = "an entirely new password"


@pytest.mark.parametrize("role", ["WORKSPACE_ADMIN", "THERAPIST", "AUDITOR"])
def test_everybody_sees_and_changes_their_own(centre: Centre, role: str) -> None:
    centre.token(role)
    seen = centre.get("/account", as_=role)
    assert seen["role"] == role
    assert seen["joined"]
    held = {permission["name"]: permission["scope"] for permission in seen["permissions"]}
    assert held == {name: cells[Role(role)] for name, cells in PERMISSIONS.items() if Role(role) in cells}
    centre.put("/account", {"firstName": "Chosen", "phone": "+919812345678"}, as_=role)
    after = centre.get("/account", as_=role)
    assert (after["firstName"], after["lastName"], after["phone"]) == ("Chosen", seen["lastName"], "+919812345678")
    centre.put("/account", {"phone": ""}, as_=role)
    assert centre.get("/account", as_=role)["phone"] is None
    history = centre.get(f"/users/{seen['id']}/history")["data"]
    assert {event["actor"] for event in history if event["type"] in {"staff.UserRenamed", "staff.PhoneChanged"}} == {
        seen["id"]
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("role", "WORKSPACE_ADMIN"), ("email", "else@where.example"), ("active", False), ("id", "x"), ("phone", "12")],
)
def test_what_is_not_ones_own_to_change_is_refused(centre: Centre, field: str, value: object) -> None:
    centre.token("OPERATOR")
    before = centre.get("/account", as_="OPERATOR")
    refused = centre.put("/account", {"firstName": "Other", field: value}, as_="OPERATOR", expect=422)
    assert [detail["field"] for detail in refused["error"]["details"]] == [field]
    assert centre.get("/account", as_="OPERATOR") == before


def test_an_account_has_a_version(centre: Centre) -> None:
    answer = centre.request("GET", "/account")
    tag = answer.headers["ETag"]
    assert centre.request("GET", "/account", headers={"If-None-Match": tag}).status_code == 304
    centre.put("/account", {"firstName": "First"}, headers={"If-Match": tag})
    centre.put("/account", {"firstName": "Second"}, headers={"If-Match": tag}, expect=412)


def test_a_new_password_takes_the_old_one_and_ends_every_other_session(centre: Centre) -> None:
    centre.user("THERAPIST", "Tara")
    email = centre.get("/account", as_="Tara")["email"]
    here = centre.token("Tara")
    credentials = {"email": email, "password": PASSWORD, "tenant": centre.slug}
    elsewhere = centre.post("/auth/login", credentials, as_=None)
    body = {"currentPassword": "not this one", "newPassword": NEW}
    refused = centre.put("/account/password", body, as_="Tara", expect=422)["error"]
    assert (refused["code"], refused["details"][0]["field"]) == ("WRONG_PASSWORD", "currentPassword")
    centre.get("/account", as_="Tara")  # nothing ended by that

    pair = centre.put("/account/password", body | {"currentPassword": PASSWORD}, as_="Tara")
    for token in (here, elsewhere["accessToken"]):
        for path in ("/account", "/patients", f"/users/{elsewhere['userId']}"):
            answer = centre.request("GET", path, as_=None, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401
    centre.post("/auth/refresh", {"refreshToken": elsewhere["refreshToken"]}, as_=None, expect=401)
    centre.post("/auth/login", credentials, as_=None, expect=401)
    centre.post("/auth/login", credentials | {"password": NEW}, as_=None)
    centre.tokens["Tara"] = pair["accessToken"]
    centre.get("/account", as_="Tara")
    centre.post("/auth/refresh", {"refreshToken": pair["refreshToken"]}, as_=None)


def test_tokens_are_not_kept_with_the_answer(centre: Centre) -> None:
    """The book keeps answers, to give them again; the secrets in this one are not among what is kept."""
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    key = {"Idempotency-Key": "once-and-again"}
    pair = centre.put("/account/password", body, headers=key)
    centre.put("/account/password", body, headers=key, expect=401)  # with the token that ended
    centre.tokens["WORKSPACE_ADMIN"] = pair["accessToken"]
    again = centre.put("/account/password", body, headers=key)
    assert again == {"id": pair["id"], "version": pair["version"], "accessToken": None, "refreshToken": None,
                     "expiresIn": None}  # fmt: skip


def test_an_administrator_too_shows_the_present_password_for_a_new_one(centre: Centre) -> None:
    own = centre.get("/account")["id"]
    centre.put(f"/users/{own}/password", {"password": NEW}, expect=403)
