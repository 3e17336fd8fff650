"""Give each of the bench's people an API key, in the database that OKPAY_DATABASE_URL names."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import django

from bench.http_client import secret
from bench.people import PEOPLE, email
from okpay.base.ids import new_uuid7

_CHUNK = 2_000


def main() -> None:
    """Make the keys."""
    django.setup()
    from okpay.identity.models import ApiKey, User

    users = dict(User.objects.values_list("email", "id"))
    now = datetime.now(UTC)
    ApiKey.objects.bulk_create(
        [
            ApiKey(
                id=new_uuid7(),
                user_id=users[email(number)],
                name="Bench",
                hint=secret(number)[:15],
                digest=hashlib.sha256(secret(number).encode()).digest(),
                scopes=["read", "send"],
                networks=[],
                created_at=now,
            )
            for number in range(PEOPLE)
        ],
        batch_size=_CHUNK,
    )


if __name__ == "__main__":
    main()
