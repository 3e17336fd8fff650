"""What allauth's flows do here: where people are kept, what is sent, what is said."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.base import clock
from okpay.base.phone_numbers import masked_phone
from okpay.customers import actions as customers
from okpay.doors.web.accounts import mails, second_factors
from okpay.doors.web.accounts.devices import device_name
from okpay.doors.web.accounts.fields import PhoneField
from okpay.doors.web.accounts.sessions import end_other_sessions
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.records import Recovery, Sighting
from okpay.notifications import actions as notifications

DEVICE_COOKIE = "okpay_device"
DEVICE_SECONDS = 2 * 365 * 24 * 3600
_SAID: dict[str, Promise] = {
    "password_changed": _("Your password has been changed. Other devices were signed out."),
    "email_confirmed": _("The e-mail address is proven."),
    "email_confirmation_failed": _(
        "This address already belongs to an account. Sign in, or choose a new password."
    ),
    "phone_verified": _("The phone number is proven."),
    "sessions_logged_out": _("The other devices were signed out."),
    "logged_out": _("You are signed out."),
    "totp_activated": _("Your app is set up: signing in asks for its code from now on."),
    "totp_deactivated": _("Signing in does not ask for the app's code any more."),
    "webauthn_added": _("The passkey is added."),
    "webauthn_removed": _("The passkey is removed."),
}
"""What is said after a step, for allauth's name of it; the others are said by the page itself."""

_SECOND_FACTORS = {
    "mfa/email/totp_activated": "app_added",
    "mfa/email/totp_deactivated": "app_removed",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
    "mfa/email/recovery_codes_generated": "codes_made",
}


class AccountAdapter(DefaultAccountAdapter):
    """Our seam to allauth."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The address or the password is not right."),
        "phone_password_mismatch": _("The number or the password is not right."),
        "username_password_mismatch": _("The address or the password is not right."),
        "too_many_login_attempts": _("There were too many attempts. Try again in a few minutes."),
        "incorrect_code": _("This is not the code that we sent last."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("The present password is not right."),
        "phone_taken": _("This number already belongs to an account. Sign in with it, or use another one."),
        "email_taken": _("This address cannot be used."),
        "same_as_current": _("This is the one you have already."),
        "rate_limited": _("Please wait a moment: a code was sent just now."),
        "invalid_password_reset": _("This link is not valid any more."),
    }

    # Where people are kept

    def get_phone(self, user: AbstractBaseUser) -> tuple[str, bool] | None:
        """Return the number of a user and whether it is proven."""
        return people.phone_of(user.pk)

    def set_phone(self, user: AbstractBaseUser, phone: str, verified: bool) -> None:
        """Keep a number that a user claims."""
        if verified:
            self.set_phone_verified(user, phone)
        else:
            identity.claim_phone(user_id=user.pk, number=phone)

    def set_phone_verified(self, user: AbstractBaseUser, phone: str) -> None:
        """Keep a number that a user has proven, and tell them when it took the place of another."""
        before = people.phone_of(user.pk)
        with transaction.atomic():
            identity.prove_phone(user_id=user.pk, number=phone, now=clock.now())
            if before is not None and before[1]:
                end_other_sessions(self.request, user.pk)
                link = mails.recovery_link(Recovery.LOCK, user.pk)
                now = clock.now()
                changed: dict[str, Any] = {"new_masked": masked_phone(phone), "at": now}
                mails.tell(user.pk, "phone_changed", lock_link=link, **changed)
                notifications.post_notice(user_id=user.pk, code="phone_changed", data=changed, now=now)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Take a proven address; where it takes the place of another, the other sessions end."""
        with transaction.atomic():
            proven = bool(super().confirm_email(request, email_address))
            if proven:
                identity.note_proven_email(user_id=email_address.user_id, now=clock.now())
                end_other_sessions(request, email_address.user_id)
        return proven

    def get_user_by_phone(self, phone: str) -> AbstractBaseUser | None:
        """Return who has proven a number."""
        return people.user_of_phone(phone)

    def phone_form_field(self, **kwargs: Any) -> forms.CharField:
        """Return the field that numbers are typed into."""
        return PhoneField(**kwargs)

    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: forms.BaseForm, commit: bool = True
    ) -> AbstractBaseUser:
        """Write the user of a sign-up form."""
        data = form.cleaned_data
        with transaction.atomic():
            saved = identity.open_user(
                email=data["email"],
                legal_name=data["legal_name"],
                display_name=data["display_name"],
                country=data["country"],
                language=request.LANGUAGE_CODE,
                password=data["password1"],
                now=clock.now(),
            )
            identity.claim_phone(user_id=saved.pk, number=data["phone"])
            if answers := form.security_answers():  # type: ignore[attr-defined]
                identity.answer_questions(user_id=saved.pk, answers=answers, now=clock.now())
        return saved

    # Signing in

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Stop whoever is locked out before anything else happens."""
        if user.locked_at is not None:  # type: ignore[attr-defined]
            return HttpResponseRedirect(reverse("locked"))
        return super().pre_login(request, user, **kwargs)

    def is_login_by_code_required(self, login: Any) -> bool:
        """Tell whether a code is mailed as the second step: to whoever wants one and has no better one."""
        if not login.user.mailed_code or second_factors.factors_of(login.user.pk):
            return False
        records = get_authentication_records(self.request, login.user)
        return not records or records[-1]["method"] != "code"

    def generate_login_code(self) -> str:
        """Return six digits, as all our codes are."""
        return f"{secrets.randbelow(10**6):06}"

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in, open what a new person has, and tell about a device that was not seen before."""
        super().login(request, user)
        token = request.COOKIES.get(DEVICE_COOKIE, "") or secrets.token_urlsafe(32)
        agent, address = self.get_http_user_agent(request), self.get_client_ip(request)
        with transaction.atomic():
            now = clock.now()
            customers.open_customer(user_id=user.pk, country=user.country, now=now)  # type: ignore[attr-defined]
            seen = identity.remember_device(
                user_id=user.pk, token=token, user_agent=agent, address=address, now=now
            )
            if seen is Sighting.NEW:
                self._tell_of_device(user, agent, address)
            if seen is Sighting.FIRST:
                mails.tell(user.pk, "welcome", home_link=mails.address_of(reverse("wallet")))
                notifications.post_notice(user_id=user.pk, code="welcome", data={}, now=now)
        request.okpay_device = token  # type: ignore[attr-defined]

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Answer a sign-in: with the device's cookie, and in the language of the person."""
        answer = super().post_login(request, user, **kwargs)
        secure = settings.SESSION_COOKIE_SECURE
        for name, value in (
            (DEVICE_COOKIE, request.okpay_device),  # type: ignore[attr-defined]
            (settings.LANGUAGE_COOKIE_NAME, user.language),  # type: ignore[attr-defined]
        ):
            answer.set_cookie(
                name, value, max_age=DEVICE_SECONDS, httponly=True, samesite="Lax", secure=secure
            )
        return answer

    def _tell_of_device(self, user: AbstractBaseUser, agent: str, address: str) -> None:
        now = clock.now()
        data: dict[str, Any] = {"device": device_name(agent), "address": address, "at": now}
        mails.tell(user.pk, "new_device", **data)
        notifications.post_notice(user_id=user.pk, code="new_device", data=data, now=now)

    # What is sent

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail; it leaves when this request has been answered."""
        with transaction.atomic():
            mails.send(template_prefix, email, context)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Queue a mail that tells of a change; where second factors changed, the other sessions end with it."""
        change = _SECOND_FACTORS.get(template_prefix)
        if change:
            with transaction.atomic():
                end_other_sessions(self.request, user.pk)
                second_factors.tell_of_change(user.pk, change)
            return
        self.send_mail(template_prefix, email or "", {**(context or {}), "user": user})

    def send_verification_code_sms(
        self, user: AbstractBaseUser, phone: str, code: str, **kwargs: Any
    ) -> None:
        """Queue a code for a number."""
        now = clock.now()
        notifications.queue_sms(
            to=phone,
            template="phone_code",
            language=user.language,  # type: ignore[attr-defined]
            data={"code": code, "minutes": mails.CODE_MINUTES},
            user_id=user.pk,
            now=now,
            expires_at=now + timedelta(minutes=mails.CODE_MINUTES),
        )

    def generate_phone_verification_code(self, *, user: AbstractBaseUser, phone: str) -> str:
        """Return six digits: letters are hard to type on a phone's keypad."""
        return f"{secrets.randbelow(10**6):06}"

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link of a mail, on our own origin whatever the request calls us."""
        return mails.address_of(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        """Return where an address leads when it is proven."""
        return reverse("addresses" if self.request.user.is_authenticated else "account_login")

    # What is said

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say what happened, where we have words for it."""
        name = (message_template or "").rpartition("/")[2].removesuffix(".txt")
        said = message or _SAID.get(name)
        if name == "email_confirmation_sent" and request.user.is_authenticated:
            said = _("We have sent a mail. Open the link in it to go on.")
        if said:
            messages.add_message(request, level, str(said), extra_tags=extra_tags)
