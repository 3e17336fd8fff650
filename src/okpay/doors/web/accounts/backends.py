"""Check a password against a proven address, in the same time whether the address is known or not."""

from __future__ import annotations

from functools import cache

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password, make_password

from okpay.base.errors import InvalidInput
from okpay.base.phone_numbers import normalise_phone
from okpay.identity import queries as identity


class ProvenAddressBackend(AuthenticationBackend):
    """Sign in by a proven e-mail address or telephone number; one password is checked, whoever asks."""

    def _authenticate_by_email(self, email: str, password: str) -> AbstractBaseUser | None:
        # allauth would try every account that claims the address, and a claim costs nothing.
        return self._check_password(identity.user_of_email(email.strip().lower()), password)

    def _authenticate_by_phone(self, phone: str, password: str) -> AbstractBaseUser | None:
        try:
            number = normalise_phone(phone, country="ZZ")
        except InvalidInput:
            return None
        return self._check_password(identity.user_of_phone(number), password)

    def _mitigate_timing_attack(self, password: str) -> None:
        # A check, not a new hash: the same work to the last step.
        check_password(password, _nobodys_hash())


@cache
def _nobodys_hash() -> str:
    return make_password("nobody has this password")
