"""The forms of signing up and getting in, in our words; what they mean is allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from allauth.core import context
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from okpay.base import clock
from okpay.base.errors import InvalidInput
from okpay.doors.web.accounts import present
from okpay.doors.web.accounts.fields import AddressField, PhoneField
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.records import (
    LONGEST_DISPLAY_NAME,
    LONGEST_LEGAL_NAME,
    LONGEST_PASSWORD,
    LONGEST_PHRASE,
    SHORTEST_ANSWER,
    Recovery,
    SecurityQuestion,
)
from okpay.regions import queries as regions

QUESTIONS: dict[SecurityQuestion, Promise] = {
    SecurityQuestion.FIRST_TEACHER: _("What was the name of your first teacher?"),
    SecurityQuestion.CHILDHOOD_STREET: _("In which street did you grow up?"),
    SecurityQuestion.FIRST_DISH: _("Which dish did you learn to cook first?"),
    SecurityQuestion.FIRST_JOURNEY: _("Where did your first long journey lead?"),
    SecurityQuestion.CHILDHOOD_FRIEND: _("What was the name of your best friend at school?"),
}


PROFILE_WORDS: dict[str, Promise] = {
    "name_empty": _("Write a name."),
    "name_too_long": _("This name is too long."),
    "name_unreadable": _("This has characters that cannot be shown."),
    "phrase_too_long": _("This phrase is too long: 60 characters at most."),
}


class Password(forms.CharField):
    """A password field; what is typed never comes back in the page."""

    def __init__(self, *, autocomplete: str = "current-password", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Password"))
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(strip=False, max_length=LONGEST_PASSWORD, widget=widget, **kwargs)


def new_password() -> Password:
    """Return a field for a password that is chosen now, which says the rules."""
    hint = _(
        "At least 10 characters, and on no list of leaked ones. A few words that do not belong together are best."
    )
    return Password(label=_("New password"), autocomplete="new-password", help_text=hint)


class SignInForm(allauth.LoginForm):
    """E-mail address or phone number, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = forms.TextInput(attrs={"autocomplete": "username"})
        label = _("E-mail address or phone number")
        hint = _("A phone number with its country code, such as +1 202 555 0100.")
        self.fields["login"] = forms.CharField(label=label, help_text=hint, max_length=254, widget=widget)
        self.fields["password"] = Password()
        self.order_fields(["login", "password"])


class SignUpForm(allauth.SignupForm):
    """Who somebody is, where they live, how to reach them, and a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain = {"legal_name": "name", "display_name": "nickname"}
        self.fields["legal_name"] = forms.CharField(
            label=_("Full legal name"),
            help_text=_("As it stands on your identity document. Others see it masked."),
            max_length=LONGEST_LEGAL_NAME,
            widget=forms.TextInput(attrs={"autocomplete": plain["legal_name"]}),
        )
        self.fields["display_name"] = forms.CharField(
            label=_("Name that others see"),
            max_length=LONGEST_DISPLAY_NAME,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": plain["display_name"]}),
        )
        self.fields["country"] = forms.ChoiceField(
            label=_("Country or region where you live"),
            choices=_countries(),
            widget=forms.Select(attrs={"autocomplete": "country"}),
        )
        self.fields["email"] = AddressField()
        self.fields["phone"] = PhoneField()
        self.fields["password1"] = new_password()
        self.fields["password1"].label = _("Password")
        self.fields["question"] = forms.ChoiceField(
            label=_("Security question"),
            choices=[("", _("None")), *((question.value, words) for question, words in QUESTIONS.items())],
            required=False,
            help_text=_(
                "One more hurdle when you ask support to help you back in. It never opens your account alone."
            ),
        )
        self.fields["answer"] = forms.CharField(
            label=_("Your answer"),
            max_length=100,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.order_fields(
            ["legal_name", "display_name", "country", "email", "phone", "password1", "question", "answer"]
        )
        # A number without a country code is read as of the country that stands beside it.
        country = str(self.data.get("country", ""))
        self.fields["phone"].country = country if len(country) == 2 else "ZZ"

    def clean_legal_name(self) -> str:
        """Refuse a name that cannot be shown."""
        return _readable(self.cleaned_data["legal_name"], "legal_name", LONGEST_LEGAL_NAME)

    def clean_display_name(self) -> str:
        """Refuse a name that cannot be shown; without one the legal name is shown."""
        said = self.cleaned_data["display_name"]
        return _readable(said, "display_name", LONGEST_DISPLAY_NAME) if said else ""

    def clean_email(self) -> str:
        """Take any address: who already has an account with it hears so in the mail, and nobody else does."""
        return str(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        """Check what concerns two fields."""
        cleaned = super().clean()
        if cleaned.get("question") and len("".join(cleaned.get("answer", "").split())) < SHORTEST_ANSWER:
            self.add_error("answer", _("Answer the question, or choose none."))
        if password := cleaned.get("password1"):
            try:
                validate_password(password)
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def _clean_phone(self) -> None:
        # As with the address: only who holds the phone learns whether it is known.
        return

    def security_answers(self) -> dict[SecurityQuestion, str]:
        """Return the question that was answered, if one was."""
        question = self.cleaned_data.get("question")
        return {SecurityQuestion(question): self.cleaned_data["answer"]} if question else {}

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """Write the user, or say which part of the form cannot be kept."""
        self.account_already_exists = False
        return super().try_save(request)


class ForgottenPasswordForm(forms.Form):
    """An address to which a link is mailed, if it is one of ours: who asks cannot tell."""

    email = AddressField(help_text=_("The address that you signed up with."))

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Ask for the mail; it is written in the background."""
        email = str(self.cleaned_data["email"])
        identity.ask_for_recovery(
            kind=Recovery.RESET, email=email, language=get_language() or "en", now=clock.now()
        )
        return email


class NewPasswordForm(allauth.ResetPasswordKeyForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _two_passwords(self)

    def clean_password1(self) -> str:
        """Refuse a password that is not good enough."""
        return _checked(self.cleaned_data["password1"])


class ChangePasswordForm(allauth.ChangePasswordForm):
    """The present password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"] = Password(label=_("Present password"))
        _two_passwords(self)

    def clean_password1(self) -> str:
        """Refuse a password that is not good enough."""
        return _checked(self.cleaned_data["password1"])


class ReauthenticateForm(allauth.ReauthenticateForm):
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = Password()


class ProvesPresent(forms.Form):
    """A form that wants the code which was sent to the address it is about to change."""

    present_code = forms.CharField(
        max_length=12, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )
    present_address = ""

    def clean_present_code(self) -> str:
        """Refuse a code that is not the one that was sent last."""
        code = str(self.cleaned_data["present_code"])
        if not present.is_proven(context.request, self.present_address, code):
            raise ValidationError(_("This is not the code that we sent last."), code="incorrect_code")
        return code


class ChangeEmailForm(ProvesPresent, allauth.AddEmailForm):
    """A new address, proven by a mail to it before it takes the place of the old one, which is proven by a code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = AddressField(label=_("New e-mail address"))
        self.fields["present_code"].label = _("Code from the mail to your present address")
        self.present_address = people.person(self.user.pk).email
        self.order_fields(["present_code", "email"])


class ChangePhoneForm(ProvesPresent, allauth.ChangePhoneForm):
    """A new number, proven by a code before it takes the place of the old one, which is proven by a code, too.

    While somebody signs up there is no old one: a number that was mistyped is changed without.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        phone = PhoneField(label=_("New phone number"))
        if self.user is not None:
            phone.country = self.user.country
        self.fields["phone"] = phone
        person = people.person(self.user.pk) if self.user is not None else None
        if person is None or not person.phone_is_proven:
            del self.fields["present_code"]
            return
        self.fields["present_code"].label = _("Code from the SMS to your present number")
        self.present_address = person.phone
        self.order_fields(["present_code", "phone"])

    def clean_phone(self) -> str:
        """Take any number but the present one; whose it is shows when the code is typed."""
        phone = super().clean_phone()
        self.account_already_exists = False
        return str(phone)


class PhoneCodeForm(allauth.VerifyPhoneForm):
    """The code that came by SMS."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = {"autocomplete": "one-time-code", "inputmode": "numeric"}
        self.fields["code"] = forms.CharField(
            label=_("Code from the SMS"), max_length=12, widget=forms.TextInput(attrs=attributes)
        )


class ProfileForm(forms.Form):
    """What others see, and the phrase of one's own."""

    display_name = forms.CharField(label=_("Name that others see"), max_length=LONGEST_DISPLAY_NAME)
    phrase = forms.CharField(
        label=_("Phrase of your own"),
        max_length=LONGEST_PHRASE,
        required=False,
        help_text=_(
            "Every genuine mail from us carries it. Choose what only you would think of; it is no password."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RecoveryForm(forms.Form):
    """An address to which a link is mailed that locks or unlocks the account, if it is one of ours."""

    email = AddressField(help_text=_("The address that you signed up with."))


def _readable(name: str, field: str, longest: int) -> str:
    try:
        return identity.readable_name(name, field, longest)
    except InvalidInput as error:
        raise ValidationError(str(PROFILE_WORDS[error.code]), code=error.code) from None


def _two_passwords(form: forms.Form) -> None:
    form.fields["password1"] = new_password()
    form.fields["password2"] = Password(label=_("New password again"), autocomplete="new-password")


def _checked(password: str) -> str:
    validate_password(password)
    return password


def _countries() -> list[tuple[str, str]]:
    language = get_language() or "en"
    return [
        ("", str(_("Choose"))),
        *((country.code, country.name(language)) for country in regions.countries()),
    ]


def refuse(form: forms.Form, error: InvalidInput, words: dict[str, Promise]) -> None:
    """Show beside its field what cannot be kept."""
    form.add_error(error.field if error.field in form.fields else None, str(words[error.code]))
