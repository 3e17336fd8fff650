"""A passkey or a code of an app instead of the payment password: for one movement, once, for five minutes."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

from okpay.identity.models import PaymentConfirmation
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.doors.web.accounts.test_second_factors import code_of, set_up_app
from tests.factories.people import DIGITS, PASSWORD, set_payment_password
from tests.factories.transfers import Holder, new_holder


class SoftKey:
    """A passkey in software: it signs whatever it is asked, or something else when it is told to."""

    def __init__(self, holder: Holder) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = b"soft key of " + holder.user.pk.bytes
        self.count = 0
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]
        attested = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(self._party(), AuthenticatorData.FLAG(0x45), 0, bytes(attested))
        response = {
            "clientDataJSON": _text(
                b'{"type":"webauthn.create","challenge":"AA","origin":"http://localhost"}'
            ),
            "attestationObject": _text(
                b"\xa3cfmtdnonegattStmt\xa0hauthDataX" + bytes([len(data)]) + bytes(data)
            ),
        }
        credential = {
            "id": _text(self.id),
            "rawId": _text(self.id),
            "type": "public-key",
            "response": response,
        }
        Authenticator.objects.create(
            user=holder.user, type="webauthn", data={"name": "Soft", "credential": credential}
        )

    def answer(self, options: dict[str, Any], *, origin: str = settings.ORIGIN, flags: int = 0x05) -> str:
        """Return what a browser would post: 0x05 is present and known, 0x01 only present."""
        client = json.dumps(
            {"type": "webauthn.get", "challenge": options["publicKey"]["challenge"], "origin": origin}
        ).encode()
        self.count += 1
        data = AuthenticatorData.create(self._party(), AuthenticatorData.FLAG(flags), self.count)
        signed = self.private.sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": _text(client),
            "authenticatorData": _text(bytes(data)),
            "signature": _text(signed),
            "userHandle": None,
        }
        return json.dumps(
            {"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": response}
        )

    @staticmethod
    def _party() -> bytes:
        return hashlib.sha256(b"localhost").digest()


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def draft(client: Client, recipient: str, amount: str) -> str:
    """Write a transfer, and return the address of the page that asks to confirm it."""
    answer = client.post("/send", {"recipient": recipient, "amount": amount, "currency": "USD", "delay": "0"})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return str(answer["Location"])


def asked(client: Client, address: str) -> tuple[dict[str, Any], str]:
    """Open the page; return what it asks a passkey, and the fee."""
    page = client.get(address).content.decode()
    options = re.search(r'<script id="passkey-options" type="application/json">(.*?)</script>', page)
    fee = re.search(r'name="fee" value="(\d+)"', page)
    assert options is not None
    assert fee is not None
    return json.loads(options[1]), fee[1]


@pytest.fixture
def anna() -> Holder:
    return new_holder(available_minor=100_00)


@pytest.fixture
def ben() -> Holder:
    return new_holder()


def test_a_passkey_sends_what_it_has_signed(client: Client, anna: Holder, ben: Holder) -> None:
    key = SoftKey(anna)
    _sign_in_past_the_second_step(client, anna)
    address = draft(client, ben.email.address, "12.50")
    options, fee = asked(client, address)
    answer = client.post(address, {"fee": fee, "credential": key.answer(options)})
    assert answer["Location"] == f"{address}/done"
    assert ben.available == 12_50
    assert PaymentConfirmation.objects.get(user_id=anna.user.pk).method == "passkey"


@pytest.mark.parametrize("what", ["another draft", "twice", "an old page", "only present", "another site"])
def test_what_a_passkey_has_not_signed_is_not_sent(
    what: str, client: Client, anna: Holder, ben: Holder, settings: Any
) -> None:
    key = SoftKey(anna)
    _sign_in_past_the_second_step(client, anna)
    address, other = (draft(client, ben.email.address, amount) for amount in ("12.50", "20.00"))
    options, fee = asked(client, address)
    asked(client, other)
    if what == "an old page":
        asked(client, address)
    given = {"origin": "http://localhost.evil.example"} if what == "another site" else {}
    credential = key.answer(options, flags=0x01 if what == "only present" else 0x05, **given)
    if what == "twice":
        assert client.post(address, {"fee": fee, "credential": credential})["Location"].endswith("/done")
    wanted = other if what in ("another draft", "twice") else address
    answer = client.post(wanted, {"fee": fee, "credential": credential})
    assert answer["Location"] == f"{wanted}?wrong=passkey"
    assert "did not confirm this" in client.get(answer["Location"]).content.decode()
    assert ben.available == (12_50 if what == "twice" else 0)


def test_the_passkey_of_another_person_confirms_nothing(client: Client, anna: Holder, ben: Holder) -> None:
    SoftKey(anna)
    _sign_in_past_the_second_step(client, anna)
    address = draft(client, ben.email.address, "12.50")
    options, fee = asked(client, address)
    answer = client.post(address, {"fee": fee, "credential": SoftKey(ben).answer(options)})
    assert answer["Location"] == f"{address}?wrong=passkey"
    assert ben.available == 0


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", "[" * 30_000, '{"id":"AA","response":{}}'])
def test_what_is_no_answer_confirms_nothing(
    credential: str, client: Client, anna: Holder, ben: Holder
) -> None:
    SoftKey(anna)
    _sign_in_past_the_second_step(client, anna)
    address = draft(client, ben.email.address, "12.50")
    _, fee = asked(client, address)
    assert (
        client.post(address, {"fee": fee, "credential": credential})["Location"] == f"{address}?wrong=passkey"
    )
    assert ben.available == 0


def test_a_code_of_the_app_sends_once_and_does_nothing_else_afterwards(
    client: Client, anna: Holder, ben: Holder
) -> None:
    sign_in(client, anna.user.email)
    secret, codes = set_up_app(client)
    first, second = (draft(client, ben.email.address, amount) for amount in ("10.00", "20.00"))
    code = code_of(secret)
    for wrong in ("000000", codes[0], ""):
        answer = client.post(first, {"fee": "0", "code": wrong})
        assert answer["Location"] == f"{first}?wrong=code", "a recovery code sends nothing"
    assert client.post(first, {"fee": "0", "code": code})["Location"] == f"{first}/done"
    assert client.post(second, {"fee": "0", "code": code})["Location"] == f"{second}?wrong=code"
    assert ben.available == 10_00
    assert PaymentConfirmation.objects.get(user_id=anna.user.pk).method == "app"
    thief = browser()
    thief.post("/account/login/", {"login": anna.user.email, "password": PASSWORD})
    assert thief.post("/account/second-factor/authenticate/", {"code": code}).status_code == 200


def test_guessing_codes_is_stopped_and_told(client: Client, anna: Holder, ben: Holder) -> None:
    sign_in(client, anna.user.email)
    secret, _ = set_up_app(client)
    address = draft(client, ben.email.address, "10.00")
    for number in range(6):
        client.post(address, {"fee": "0", "code": f"{number:06}"})
    answer = client.post(address, {"fee": "0", "code": code_of(secret)})
    assert answer["Location"] == f"{address}?wrong=code"
    assert ben.available == 0


def test_the_payment_password_goes_on_working(client: Client, anna: Holder, ben: Holder) -> None:
    set_payment_password(anna.user)
    SoftKey(anna)
    _sign_in_past_the_second_step(client, anna)
    address = draft(client, ben.email.address, "12.50")
    assert client.post(address, {"fee": "0", "digits": "9" * 6})["Location"] == f"{address}?wrong=password"
    assert client.post(address, {"fee": "0", "digits": DIGITS})["Location"] == f"{address}/done"
    assert ben.available == 12_50


def test_a_challenge_is_made_of_what_is_sent(client: Client, anna: Holder, ben: Holder) -> None:
    SoftKey(anna)
    _sign_in_past_the_second_step(client, anna)
    address = draft(client, ben.email.address, "12.50")
    first, second = (asked(client, address)[0]["publicKey"]["challenge"] for _ in range(2))
    assert first != second, "each page asks anew"
    assert len(urlsafe_b64decode(first + "=")) == 32
    kept = client.session["okpay_asked_to_confirm"]
    assert list(kept) == [str(UUID(address.rpartition("/")[2]))]
    assert first not in json.dumps(kept), "the challenge itself is kept nowhere"


def _sign_in_past_the_second_step(client: Client, holder: Holder) -> None:
    # The second step has tests of its own; this is the session that it ends in.
    client.force_login(holder.user, backend="okpay.doors.web.accounts.backends.ProvenAddressBackend")
