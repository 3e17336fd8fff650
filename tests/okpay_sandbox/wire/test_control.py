"""The control for tests."""

from __future__ import annotations

import pytest

from tests.okpay_sandbox.running import Running


def test_switches_are_read_and_set_each_for_itself(sandbox: Running) -> None:
    works = {"mode": "works"}
    everything = {"mail": works, "sms": works, "cards": works}
    assert sandbox.ask("/control/v1/switches").json == everything
    set_ = sandbox.set_switches(sms={"mode": "slow", "seconds": 5})
    assert set_.status == 200
    assert set_.json == {**everything, "sms": {"mode": "slow", "seconds": 5.0}}
    sandbox.set_switches(mail={"mode": "loses"})
    sandbox.set_switches(cards={"mode": "doubles"})
    assert sandbox.ask("/control/v1/switches").json == {
        "mail": {"mode": "loses"},
        "sms": {"mode": "slow", "seconds": 5.0},
        "cards": {"mode": "doubles"},
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"mail": {}}',
        b'{"mail": {"mode": "explodes"}}',
        b'{"fax": {"mode": "works"}}',
        b'{"cards": {"mode": "loses"}}',
        b'{"mail": {"mode": "doubles"}}',
        b'{"mail": {"mode": "slow", "seconds": -1}}',
        b'{"mail": {"mode": "slow", "seconds": 301}}',
        b'{"mail": {"mode": "slow", "seconds": "5"}}',
        b'{"mail": {"mode": "works", "second": 5}}',
    ],
)
def test_what_is_no_setting_changes_nothing(sandbox: Running, body: bytes) -> None:
    answer = sandbox.ask("/control/v1/switches", "PUT", body)
    assert answer.status == 422
    assert answer.json["error"]["code"] == "malformed"
    assert sandbox.ask("/control/v1/switches").json["mail"] == {"mode": "works"}


def test_another_page_cannot_set_or_clear_anything(sandbox: Running) -> None:
    sandbox.send_mail("anna@example.com", "Kept", "text")
    for path, method in (("/control/v1/switches", "PUT"), ("/control/v1/messages", "DELETE")):
        answer = sandbox.ask(path, method, b'{"mail": {"mode": "loses"}}', Origin="http://localhost:8000")
        assert answer.status == 403
    assert len(sandbox.messages("anna@example.com")) == 1
    assert sandbox.ask("/control/v1/switches").json["mail"] == {"mode": "works"}


def test_rates_are_set_and_counted_anew(sandbox: Running) -> None:
    nothing = {
        "lost": 0.0,
        "doubled": 0.0,
        "seed": None,
        "answers": 0,
        "answers_lost": 0,
        "answers_doubled": 0,
    }
    assert sandbox.ask("/control/v1/rates").json == nothing
    set_ = sandbox.ask("/control/v1/rates", "PUT", b'{"lost": 0.2, "doubled": 0.1, "seed": 7}')
    assert set_.json == {**nothing, "lost": 0.2, "doubled": 0.1, "seed": 7}
    for body in (b'{"lost": 1.1}', b'{"lost": -0.1}', b'{"gained": 0.1}', b'{"seed": "x"}', b"[]"):
        assert sandbox.ask("/control/v1/rates", "PUT", body).status == 422
    assert sandbox.ask("/control/v1/rates", "PUT", b"{}", Origin="http://localhost:8000").status == 403
    assert sandbox.ask("/control/v1/rates").json["lost"] == 0.2
    assert sandbox.ask("/control/v1/rates", "PUT", b"{}").json == nothing
