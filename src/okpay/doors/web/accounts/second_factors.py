"""What allauth's second factors do here: how their secrets are kept, what they are called, who is told.

A code of an authenticator app, passkeys, and recovery codes for whoever has lost those. See
docs/decisions/0024-second-factors.md.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import segno
from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from okpay.base import clock
from okpay.base.encryption import load_key_ring
from okpay.base.strict_json import InvalidJson
from okpay.doors.web.accounts import mails
from okpay.identity.records import Recovery
from okpay.notifications import actions as notifications

ISSUER = "OKPay"
UNREADABLE_ANSWER = (InvalidJson, ValueError, TypeError, KeyError, AttributeError)
"""What reading and checking a passkey's answer raises: it comes from a browser, and may be anything."""
CODE_LIVES_SECONDS = 120
"""Longer than a code of an app is accepted: its own half minute and those beside it."""
_GUESSES_TOLD_SECONDS = 3600
# Not for one row: allauth seals before there is one, and opens without saying whose it is.
_SEALED_FOR = {"table": "mfa_authenticator", "row": "", "field": "secret"}


class SecondFactorAdapter(DefaultMFAAdapter):
    """Our seam to allauth's second factors."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("It cannot be switched off now."),
        "cannot_generate_recovery_codes": _("Recovery codes belong to a second factor: set one up first."),
        "incorrect_code": _("This code is not right, or it was used already. Wait for the next one."),
        "passkey_refused": _("The passkey was not accepted, and nothing was changed. Please try again."),
        "unverified_email": _("Prove your e-mail address first."),
    }

    def encrypt(self, text: str) -> str:
        """Seal what allauth keeps of a second factor: the key of an app, the seed of recovery codes."""
        return base64.b64encode(load_key_ring().seal(text.encode(), **_SEALED_FOR)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` has sealed. Raises: EncryptionError."""
        return load_key_ring().open(base64.b64decode(encrypted_text), **_SEALED_FOR).decode()

    def get_totp_issuer(self) -> str:
        """Return the name under which an app lists its code."""
        return ISSUER

    def build_totp_svg(self, url: str) -> str:
        """Draw what an app is shown: a QR code that is dark on light whatever the page's colours are."""
        drawn: str = segno.make_qr(url, error="m").svg_inline(
            omitsize=True, border=4, dark="#000", light="#fff"
        )
        return drawn

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """Return what a passkey is called until its owner calls it something else."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return for whom passkeys are: the host of our own origin, whatever the request calls us."""
        return {"id": urlsplit(settings.ORIGIN).hostname or "localhost", "name": ISSUER}


def first_use(user_id: UUID, code: str) -> bool:
    """Note that somebody gave a code, and tell whether nobody gave it before: of two at the same moment one is first.

    allauth notes it for half a minute, and a code that a slow clock shows is accepted for longer.
    """
    return bool(cache.add(f"okpay.second_factor.{user_id}.{''.join(code.split())}", 1, CODE_LIVES_SECONDS))


def tell_of_change(user_id: UUID, change: str) -> None:
    """Queue mail and notice about a change of second factors, in the caller's transaction."""
    now = clock.now()
    link = mails.recovery_link(Recovery.LOCK, user_id)
    mails.tell(user_id, "second_factor_changed", change=change, at=now, lock_link=link)
    notifications.post_notice(
        user_id=user_id, code="second_factor_changed", data={"change": change, "at": now}, now=now
    )


def tell_of_guesses(user_id: UUID) -> None:
    """Tell somebody that their password is known, since codes were guessed after it; once an hour."""
    if not cache.add(f"okpay.second_factor.guessed.{user_id}", 1, _GUESSES_TOLD_SECONDS):
        return
    now = clock.now()
    with transaction.atomic():
        link = mails.recovery_link(Recovery.LOCK, user_id)
        mails.tell(user_id, "second_factor_guessed", at=now, lock_link=link)
        notifications.post_notice(user_id=user_id, code="second_factor_guessed", data={"at": now}, now=now)


def counted(user: AbstractBaseUser) -> Callable[[], None]:
    """Count an attempt at a code of somebody, and return what begins the count anew after a right one.

    It is the count of allauth's own forms. Raises: ValidationError after five wrong ones in a row; the owner is told.
    """
    try:
        clear: Callable[[], None] = check_rate_limit(user)
    except ValidationError:
        tell_of_guesses(user.pk)
        raise
    return clear


def way_to_prove(request: HttpRequest, user_id: UUID) -> str:
    """Return where whoever is signed in proves their second factor, or nothing if they have none or just did."""
    factors = factors_of(user_id)
    if not factors:
        return ""
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    if any(record["method"] == "mfa" and record["at"] > since for record in records):
        return ""
    way = reverse("mfa_reauthenticate" if factors.app else "mfa_reauthenticate_webauthn")
    return f"{way}?{urlencode({'next': request.get_full_path()})}"


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of somebody; false where there is none. Recovery codes only stand in for them."""

    app: Authenticator | None
    passkeys: list[Authenticator]

    def __bool__(self) -> bool:
        return self.app is not None or bool(self.passkeys)


def factors_of(user_id: UUID) -> Factors:
    """Return what somebody has set up."""
    found = list(Authenticator.objects.filter(user_id=user_id).order_by("created_at"))
    apps = [one for one in found if one.type == Authenticator.Type.TOTP]
    passkeys = [one for one in found if one.type == Authenticator.Type.WEBAUTHN]
    return Factors(apps[0] if apps else None, passkeys)
