"""The control for tests."""

from __future__ import annotations

import pytest

from tests.okpay_sandbox.running import Running


def test_switches_are_read_and_set_each_for_itself(sandbox: Running) -> None:
    everything = {"mail": {"mode": "works"}, "sms": {"mode": "works"}}
    assert sandbox.ask("/control/v1/switches").json == everything
    set_ = sandbox.set_switches(sms={"mode": "slow", "seconds": 5})
    assert set_.status == 200
    assert set_.json == {"mail": {"mode": "works"}, "sms": {"mode": "slow", "seconds": 5.0}}
    sandbox.set_switches(mail={"mode": "loses"})
    assert sandbox.ask("/control/v1/switches").json == {
        "mail": {"mode": "loses"},
        "sms": {"mode": "slow", "seconds": 5.0},
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"mail": {}}',
        b'{"mail": {"mode": "explodes"}}',
        b'{"fax": {"mode": "works"}}',
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
