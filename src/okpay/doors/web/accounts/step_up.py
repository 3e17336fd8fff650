"""Confirm one movement: with the payment password, with a passkey, or with a code of an app.

A passkey signs a challenge that is made of what is about to happen, so that its answer is good for this payee, this
amount and this fee, and for nothing else; the other two are taken for what the page showed. Source: Commission
Delegated Regulation (EU) 2018/389, articles 4 and 5.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity, UserVerificationRequirement

from okpay.base import clock
from okpay.base.strict_json import parse_json
from okpay.doors.web.accounts import second_factors
from okpay.doors.web.accounts.second_factor_forms import LONGEST_ANSWER, LONGEST_CODE
from okpay.identity import actions as identity
from okpay.identity.records import CONFIRMATION_LASTS, ConfirmedBy

_ASKED = "okpay_asked_to_confirm"
_MOST_ASKED = 10
"""How many pages that ask may be open at once; the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class StepUp:
    """What became of an attempt to confirm; without an id it is not confirmed."""

    confirmation_id: UUID | None
    wrong: str = ""
    """With what it was not confirmed: `password`, `passkey` or `code`."""
    blocked_until: datetime | None = None
    """Of the payment password."""


def ask(request: HttpRequest, user_id: UUID, about: UUID, binding: bytes) -> dict[str, Any]:
    """Return what a page shows besides the payment password: whether an app, and what a passkey is asked.

    `about` is the draft: what was asked for one page is not good for another.
    """
    factors = second_factors.factors_of(user_id)
    options = None
    if factors.passkeys:
        nonce = secrets.token_hex(16)
        # Session values are JSON, whose objects keep their order.
        asked = request.session.get(_ASKED, {})
        asked.pop(str(about), None)
        asked[str(about)] = [nonce, clock.now().timestamp()]
        request.session[_ASKED] = dict(list(asked.items())[-_MOST_ASKED:])
        options, _ = _begin(_credentials(factors.passkeys), _challenge(nonce, about, binding))
    return {"has_app": factors.app is not None, "passkey_options": options}


def confirm(request: HttpRequest, user_id: UUID, about: UUID, binding: bytes) -> StepUp:
    """Confirm a movement with what was posted: `credential` of a passkey, `code` of an app, or `digits`."""
    posted = request.POST
    if "credential" in posted:
        if _is_signed(request, user_id, about, binding, posted["credential"]):
            return _confirmed(user_id, ConfirmedBy.PASSKEY, binding)
        return StepUp(None, "passkey")
    if "code" in posted:
        if _is_code(request, user_id, posted["code"]):
            return _confirmed(user_id, ConfirmedBy.APP, binding)
        return StepUp(None, "code")
    attempt = identity.confirm_payment(
        user_id=user_id, digits=posted.get("digits", ""), binding=binding, now=clock.now()
    )
    wrong = "" if attempt.confirmation_id else "password"
    return StepUp(attempt.confirmation_id, wrong, attempt.blocked_until)


def _confirmed(user_id: UUID, method: ConfirmedBy, binding: bytes) -> StepUp:
    return StepUp(
        identity.confirm_payment_by(user_id=user_id, method=method, binding=binding, now=clock.now())
    )


def _is_code(request: HttpRequest, user_id: UUID, code: str) -> bool:
    """Tell whether a code is the app's, now and for the first time; wrong ones count with those of signing in."""
    app = second_factors.factors_of(user_id).app
    if app is None or not 0 < len(code) <= LONGEST_CODE:
        return False
    assert isinstance(request.user, AbstractBaseUser), "only who is signed in confirms"
    try:
        clear = second_factors.counted(request.user)
    except ValidationError:
        return False
    if not app.wrap().validate_code(code) or not second_factors.first_use(user_id, code):
        return False
    clear()
    app.record_usage()
    return True


def _is_signed(request: HttpRequest, user_id: UUID, about: UUID, binding: bytes, answer: str) -> bool:
    """Tell whether a passkey of whoever is signed in has signed what this page asked, within five minutes, once."""
    asked = request.session.get(_ASKED, {})
    nonce, at = asked.pop(str(about), ("", 0.0))
    # Whatever it answers, it is not asked again.
    request.session[_ASKED] = asked
    if not nonce or clock.now().timestamp() - at > CONFIRMATION_LASTS.total_seconds():
        return False
    keys = second_factors.factors_of(user_id).passkeys
    credentials = _credentials(keys)
    try:
        if not keys or len(answer) > LONGEST_ANSWER:
            return False
        _, state = _begin(credentials, _challenge(nonce, about, binding))
        used = _server().authenticate_complete(state, credentials, parse_json(answer))
    except second_factors.UNREADABLE_ANSWER:
        return False
    keys[[one.credential_id for one in credentials].index(used.credential_id)].record_usage()
    return True


def _challenge(nonce: str, about: UUID, binding: bytes) -> bytes:
    return hashlib.sha256(b"okpay step-up" + bytes.fromhex(nonce) + about.bytes + binding).digest()


def _begin(credentials: list[Any], challenge: bytes) -> tuple[dict[str, Any], Any]:
    options, state = _server().authenticate_begin(
        credentials, user_verification=UserVerificationRequirement.REQUIRED, challenge=challenge
    )
    return dict(options), state


def _credentials(keys: list[Authenticator]) -> list[Any]:
    return [key.wrap().authenticator_data.credential_data for key in keys]


def _server() -> Fido2Server:
    party = second_factors.SecondFactorAdapter().get_public_key_credential_rp_entity()
    return Fido2Server(PublicKeyCredentialRpEntity(**party))
