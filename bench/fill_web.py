"""Sign some of the bench's people in, with a payment password, in the database that OKPAY_DATABASE_URL names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

import django
from django.db import transaction

from bench.people import email
from bench.web_client import BROWSERS, DIGITS, session_key


def main() -> None:
    """Open the sessions, as signing in does."""
    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from okpay.identity import actions as identity
    from okpay.identity.models import User

    store = import_module(settings.SESSION_ENGINE).SessionStore
    now = datetime.now(UTC)
    for number in range(BROWSERS):
        user = User.objects.get(email=email(number + 1))
        with transaction.atomic():
            identity.set_payment_password(user_id=user.pk, digits=DIGITS, now=now)
        session = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        # As a row: a store would choose a key of its own, and the browsers could not know it.
        store.get_model_class().objects.create(
            session_key=session_key(number),
            session_data=store().encode(session),
            expire_date=now + timedelta(days=30),
        )


if __name__ == "__main__":
    main()
