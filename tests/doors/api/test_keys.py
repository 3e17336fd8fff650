"""Who may ask, from where, for what, and until when."""

from __future__ import annotations

import json
import logging
import time
from datetime import timedelta

import pytest
from django.db import transaction

from okpay.base import clock
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.records import Scope
from tests.doors.api.conftest import NewProgram
from tests.doors.api.programs import Program, new_key
from tests.factories.transfers import new_holder

WITHIN_A_SECOND = 1.0


def test_without_a_key_nothing_is_told(nobody: Program) -> None:
    for path in ("/v1/accounts", "/v1/movements", "/v1/cards", "/v1/limits", "/v1/events"):
        answer = nobody.get(path)
        assert (answer.status, answer.code) == (401, "key_missing")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert nobody.post("/v1/transfers", {}).status == 401


@pytest.mark.parametrize("form", ["{}x", "x{}", "{}", " {}", "okp_test_", "okp_test_é", "{}\x00"])
def test_a_key_that_is_none_opens_nothing(program: NewProgram, api_port: int, form: str) -> None:
    known = program(new_holder()).secret
    client = Program(api_port, "")
    scheme = "Basic" if form == "{}" else "Bearer"
    given = f"{scheme} {form.format(known)}".replace("\x00", "%00").encode().decode("latin-1")
    answer = client.get("/v1/accounts", headers={"authorization": given})
    assert answer.status == 401
    client.close()


def test_a_key_in_the_address_is_no_key(program: NewProgram, nobody: Program) -> None:
    secret = program(new_holder()).secret
    assert nobody.get(f"/v1/accounts?api_key={secret}").status == 401
    assert nobody.get(f"/v1/accounts?authorization=Bearer%20{secret}").status == 401


def test_a_live_key_does_not_open_a_trial(api_port: int) -> None:
    live = new_key(new_holder(), is_live=True)
    assert live.secret.startswith("okp_live_")
    client = Program(api_port, live.secret)
    assert client.get("/v1/accounts").code == "key_invalid"
    client.close()


def test_a_key_does_what_its_scopes_say(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    reader, sender = program(anna, [Scope.READ]), program(anna, [Scope.SEND])
    refused = reader.send(ben.email.address, 1_00)
    assert (refused.status, refused.code, refused.json["scope"]) == (403, "scope_missing", "send")
    assert reader.post("/v1/top_ups", {}).json["scope"] == "top_up"
    assert sender.get("/v1/accounts").json["scope"] == "read"
    assert ben.available == 0
    assert sender.send(ben.email.address, 1_00).status == 201


def test_a_revoked_key_is_dead_within_a_second(program: NewProgram) -> None:
    anna = new_holder()
    client = program(anna)
    assert client.get("/v1/accounts").status == 200
    (key,) = people.api_keys_of(anna.user.pk)
    identity.revoke_api_key(user_id=anna.user.pk, key_id=key.id, now=clock.now())
    assert _seconds_until(client, 401) < WITHIN_A_SECOND
    assert client.get("/v1/accounts").code == "key_invalid"


def test_a_locked_account_has_no_keys(program: NewProgram) -> None:
    anna = new_holder()
    client = program(anna)
    assert client.get("/v1/accounts").status == 200
    with transaction.atomic():
        identity.lock(user_id=anna.user.pk, now=clock.now())
    assert _seconds_until(client, 401) < WITHIN_A_SECOND


def test_a_key_ends_when_it_expires(program: NewProgram) -> None:
    anna = new_holder()
    client = program(anna, expires_at=clock.now() + timedelta(seconds=2))
    assert client.get("/v1/accounts").status == 200
    assert _seconds_until(client, 401) < 4


def test_a_key_is_bound_to_its_networks(program: NewProgram) -> None:
    anna = new_holder()
    assert program(anna, networks=("127.0.0.0/8", "::1/128")).get("/v1/accounts").status == 200
    elsewhere = program(anna, networks=("203.0.113.0/24",))
    assert elsewhere.get("/v1/accounts").code == "key_invalid"
    spoofed = {"x-forwarded-for": "203.0.113.7", "forwarded": "for=203.0.113.7", "x-real-ip": "203.0.113.7"}
    assert elsewhere.get("/v1/accounts", headers=spoofed).status == 401


def test_where_a_key_was_used_is_noted(program: NewProgram) -> None:
    anna = new_holder()
    client = program(anna)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        client.get("/v1/accounts")
        (key,) = people.api_keys_of(anna.user.pk)
        if key.last_used_at is not None:
            break
        time.sleep(0.2)
    assert key.last_used_from == "127.0.0.1"


def test_no_secret_is_logged(program: NewProgram, caplog: pytest.LogCaptureFixture) -> None:
    anna = new_holder()
    client = program(anna)
    with caplog.at_level(logging.DEBUG):
        client.get("/v1/accounts")
        client.get(f"/v1/accounts?key={client.secret}")
        client.get(f"/v1/{client.secret}")
        client.post("/v1/transfers", {"card": "4242424242424242", "note": "\r\n\x1b[31m"})
    seen = json.dumps([record.__dict__ for record in caplog.records], default=str)
    assert client.secret not in seen
    assert "4242424242424242" not in seen


def test_each_other_persons_thing_is_not_there(program: NewProgram) -> None:
    anna, ben, mallory = new_holder(available_minor=100_00), new_holder(), new_holder(available_minor=1)
    mine = program(anna).send(ben.email.address, 10_00).json["id"]
    account = program(anna).get("/v1/accounts").json["data"][0]["id"]
    stranger = program(mallory)
    for path in (
        f"/v1/transfers/{mine}",
        f"/v1/movements/{mine}",
        f"/v1/movements/{mine}/receipt",
        f"/v1/top_ups/{mine}",
        f"/v1/accounts/{account}",
    ):
        theirs = stranger.get(path)
        missing = stranger.get(
            path.replace(mine, str(ben.customer.id)).replace(account, str(ben.customer.id))
        )
        assert (theirs.status, theirs.code) == (404, "not_found")
        assert len(theirs.body) == len(missing.body)
    assert stranger.post(f"/v1/transfers/{mine}/cancel").code == "transfer_not_found"
    assert program(ben).get(f"/v1/transfers/{mine}").code == "not_found"
    assert program(ben).get(f"/v1/movements/{mine}").json["direction"] == "in"


def _seconds_until(client: Program, status: int) -> float:
    started = time.monotonic()
    while time.monotonic() - started < 10:
        if client.get("/v1/accounts").status == status:
            return time.monotonic() - started
        time.sleep(0.02)
    raise AssertionError(f"never answered {status}")
