"""The forms of second factors, in our words; what they mean is allauth's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from okpay.base.strict_json import parse_json
from okpay.doors.web.accounts import second_factors

LONGEST_CODE = 20
LONGEST_PASSKEY_NAME = 60
LONGEST_ANSWER = 20_000
"""Characters of a device's answer; one with a long attestation has some five thousand."""


def _code_field(*, hint: Any = "") -> forms.CharField:
    # Recovery codes have letters of no kind either: a keypad is enough.
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    return forms.CharField(label=_("Code"), help_text=hint, max_length=LONGEST_CODE, widget=widget)


class _OnceForm(base.BaseAuthenticateForm):
    """A code of the app, or a recovery code: each works once, also on two pages at the same moment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field(hint=_("Six digits from your app, or one of your recovery codes."))

    def clean_code(self) -> str:
        """Return the code. Raises: ValidationError for a wrong one, one that was used, and too many of them."""
        try:
            code: str = super().clean_code()
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                second_factors.tell_of_guesses(self.user.pk)
            raise
        if not second_factors.first_use(self.user.pk, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class MailedCodeForm(account.ConfirmLoginCodeForm):
    """The code that was mailed as the second step of signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field(hint=_("The six digits in the mail that we sent just now."))

    def clean_code(self) -> str:
        """Return the code. Raises: ValidationError for a wrong one, one that was used, and too many of them."""
        # Each new sign-in gets a new code and new tries: so it is the account that is counted, too.
        user = context.request._login_stage.login.user
        clear = second_factors.counted(user)
        code: str = super().clean_code()
        if not second_factors.first_use(user.pk, code):
            raise get_adapter().validation_error("incorrect_code")
        clear()
        return code


class SecondStepForm(_OnceForm, base.AuthenticateForm):
    """The second step of signing in."""


class ProveAgainForm(_OnceForm, base.ReauthenticateForm):
    """A code instead of the password, before something that protects the account is changed."""


class SetUpAppForm(totp.ActivateTOTPForm):
    """The first code of an app that was shown its key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field(hint=_("The six digits that your app shows now."))

    def clean_code(self) -> str:
        """Return the code. Raises: ValidationError for a wrong one, and too many of them."""
        code: str = super().clean_code()
        # It has been used by this: nobody who saw it may sign in with it.
        second_factors.first_use(self.user.pk, code)
        return code


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        help_text=_("So that you know it again, such as the device that keeps it."),
        max_length=LONGEST_PASSKEY_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


_NOT_ABOUT_THE_ANSWER = frozenset({"too_many_login_attempts", "rate_limited", "unverified_email"})


@contextmanager
def _refused_in_words() -> Iterator[None]:
    """Say of whatever is wrong with a passkey's answer that it was not accepted: nobody typed a code."""
    try:
        yield
    except ValidationError as error:
        if getattr(error, "code", "") in _NOT_ABOUT_THE_ANSWER:
            raise
        raise get_adapter().validation_error("passkey_refused") from None
    except second_factors.UNREADABLE_ANSWER:
        raise get_adapter().validation_error("passkey_refused") from None


class _AnswerField(forms.CharField):
    """What a device answered, as JSON that is bounded before it is read."""

    def __init__(self) -> None:
        super().__init__(max_length=LONGEST_ANSWER, widget=forms.HiddenInput)

    def clean(self, value: Any) -> dict[str, Any]:
        """Return the object. Raises: ValidationError for anything else."""
        with _refused_in_words():
            found = parse_json(super().clean(value))
            # An empty one would pass for none having been asked for.
            if not isinstance(found, dict) or not found:
                raise TypeError
        return found


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """A passkey that a device has just made. It opens the account alone: it needs a finger, a face or a PIN itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name_field()
        self.fields["name"].required = False
        self.fields["credential"] = _AnswerField()
        self.fields.pop("passwordless", None)

    def clean(self) -> dict[str, Any]:
        """Return what was sent. Raises: ValidationError for a key that did not ask who holds it."""
        self.cleaned_data["passwordless"] = True
        with _refused_in_words():
            return super().clean()


class _PasskeyAnswerForm(webauthn.AuthenticateWebAuthnForm):
    """What a passkey answered to a challenge."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = _AnswerField()

    def clean_credential(self) -> Any:
        """Return the passkey. Raises: ValidationError for an answer that is not believed, and too many of them."""
        with _refused_in_words():
            return super().clean_credential()


class SecondStepPasskeyForm(_PasskeyAnswerForm):
    """A passkey as the second step of signing in."""


class SignInPasskeyForm(_PasskeyAnswerForm, webauthn.LoginWebAuthnForm):
    """A passkey as the only step."""


class ProveAgainPasskeyForm(_PasskeyAnswerForm, webauthn.ReauthenticateWebAuthnForm):
    """A passkey instead of the password, before something that protects the account is changed."""


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    """What a passkey is called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name_field()
