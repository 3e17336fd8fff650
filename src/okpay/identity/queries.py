"""What is known of users."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from django.db.models import F

from okpay.base.arrays import byteas, texts, uuids
from okpay.base.database import execute_prepared, named_sql
from okpay.base.encryption import load_key_ring
from okpay.identity import records
from okpay.identity.errors import IdentityRefused
from okpay.identity.models import ApiKey as ApiKeyRow
from okpay.identity.models import Device, PaymentPassword, Phone, SecurityAnswer, User
from okpay.identity.records import (
    MOST_WRONG_PAYMENT_PASSWORDS,
    AddressKind,
    ApiKey,
    Names,
    PaymentPasswordState,
    Person,
    Scope,
    SecurityQuestion,
    Standing,
    StandingKey,
)

MOST_DEVICES = 50
MOST_API_KEYS_LISTED = 100
"""So many are listed at most, those that have ended too."""


def person(user_id: UUID) -> Person:
    """Return a user. Raises: IdentityRefused `user_unknown`."""
    found = user(user_id)
    phone = Phone.objects.filter(user_id=user_id).first()
    return Person(
        id=found.id,
        legal_name=found.legal_name,
        display_name=found.display_name,
        country=found.country,
        language=found.language,
        email=found.email,
        phone=phone.number if phone else "",
        phone_is_proven=bool(phone and phone.proven_at),
        is_staff=found.is_staff,
        opened_at=found.opened_at,
        locked_at=found.locked_at,
    )


def user(user_id: UUID) -> User:
    """Return the user that sign-in flows work on. Raises: IdentityRefused `user_unknown`."""
    found = User.objects.filter(id=user_id).first()
    if found is None:
        raise IdentityRefused("user_unknown", user_id=str(user_id))
    return found


def phone_of(user_id: UUID) -> tuple[str, bool] | None:
    """Return a user's number in E.164 and whether it is proven, or None where there is none."""
    phone = Phone.objects.filter(user_id=user_id).first()
    return None if phone is None else (phone.number, phone.proven_at is not None)


def user_of_phone(number: str) -> User | None:
    """Return who has proven a number; who only claims it is not found."""
    proven = Phone.objects.filter(number=number, proven_at__isnull=False).select_related("user").first()
    return proven.user if proven else None


def user_of_email(email: str) -> User | None:
    """Return who has proven an address; who only claims it is not found."""
    return User.objects.filter(emailaddress__email=email, emailaddress__verified=True).first()


def who(
    addresses: Collection[tuple[AddressKind, str]], user_ids: Collection[UUID] = ()
) -> tuple[dict[tuple[AddressKind, str], Standing], dict[UUID, Names]]:
    """Return whose each of these addresses is, and what their provers and these users are called, in one query.

    Numbers in E.164, addresses in small letters.
    """
    emails = [address for kind, address in addresses if kind is AddressKind.EMAIL]
    numbers = [address for kind, address in addresses if kind is AddressKind.PHONE]
    rows = execute_prepared(
        named_sql("okpay.identity", "who"), [texts(emails), texts(numbers), uuids([*user_ids])]
    )
    # Whoever has proven an address counts, however many claim it besides.
    proven: dict[str, UUID] = {}
    claimed: set[str] = set()
    called: dict[UUID, Names] = {}
    for kind, address, is_proven, user_id, *names_ in rows:
        if kind:
            claimed.add(address)
        if is_proven:
            called[user_id] = Names(*names_)
            if kind:
                proven[address] = user_id
    # An address is no number: the text alone tells which it is.
    found = {place: Standing(proven.get(place[1]), place[1] in claimed) for place in addresses}
    return found, called


def standings(addresses: Collection[tuple[AddressKind, str]]) -> dict[tuple[AddressKind, str], Standing]:
    """Return whose each of these addresses is; numbers in E.164, addresses in small letters."""
    return who(addresses)[0]


def proven_addresses(user_ids: Collection[UUID]) -> list[tuple[AddressKind, str]]:
    """Return every address that these users have proven."""
    emails = User.objects.filter(id__in=user_ids, emailaddress__verified=True)
    phones = Phone.objects.filter(user_id__in=user_ids, proven_at__isnull=False)
    return [
        *((AddressKind.EMAIL, email) for email in emails.values_list("emailaddress__email", flat=True)),
        *((AddressKind.PHONE, number) for number in phones.values_list("number", flat=True)),
    ]


def names(user_ids: Collection[UUID]) -> dict[UUID, Names]:
    """Return what these users are called."""
    return who((), user_ids)[1]


def has_proven_email(user_id: UUID) -> bool:
    """Tell whether a user has proven any address."""
    return User.objects.filter(id=user_id, emailaddress__verified=True).exists()


def phrase(user_id: UUID) -> str:
    """Return the phrase that genuine mails to a user carry, or nothing."""
    sealed = User.objects.filter(id=user_id).values_list("phrase", flat=True).first()
    if not sealed:
        return ""
    return (
        load_key_ring().open(bytes(sealed), table="identity_user", row=str(user_id), field="phrase").decode()
    )


def devices(user_id: UUID) -> list[records.Device]:
    """Return the devices a user signed in on, the latest first, at most `MOST_DEVICES`."""
    rows = Device.objects.filter(user_id=user_id).order_by("-last_seen_at")[:MOST_DEVICES]
    return [
        records.Device(row.id, row.user_agent, row.address or "", row.first_seen_at, row.last_seen_at)
        for row in rows
    ]


def answered_questions(user_id: UUID) -> frozenset[SecurityQuestion]:
    """Return the questions that a user has answered."""
    rows = SecurityAnswer.objects.filter(user_id=user_id).values_list("question", flat=True)
    return frozenset(SecurityQuestion(question) for question in rows)


def payment_password_state(user_id: UUID, *, now: datetime) -> PaymentPasswordState:
    """Return whether a user has a payment password, and whether it can be used now."""
    row = PaymentPassword.objects.filter(user_id=user_id).first()
    if row is None:
        return PaymentPasswordState(
            is_set=False,
            set_at=None,
            times_set=0,
            tries_left=MOST_WRONG_PAYMENT_PASSWORDS,
            blocked_until=None,
        )
    is_over = row.blocked_until is not None and row.blocked_until <= now
    return PaymentPasswordState(
        is_set=True,
        set_at=row.set_at,
        times_set=row.times_set,
        tries_left=MOST_WRONG_PAYMENT_PASSWORDS - (0 if is_over else row.wrong_count),
        blocked_until=None if is_over else row.blocked_until,
    )


def api_keys_of(user_id: UUID) -> list[ApiKey]:
    """Return a user's keys, at most `MOST_API_KEYS_LISTED`: those that stand come first, then what ended last."""
    rows = ApiKeyRow.objects.filter(user_id=user_id)
    # Whichever stand now expire later than those that have: they come first, whatever the time is.
    last = rows.order_by(
        F("revoked_at").desc(nulls_first=True), F("expires_at").desc(nulls_first=True), "-id"
    )
    return [_api_key(row) for row in last[:MOST_API_KEYS_LISTED]]


def api_key(user_id: UUID, key_id: UUID) -> ApiKey | None:
    """Return a key of a user, also one that has ended; None for one that is nobody's or somebody else's."""
    row = ApiKeyRow.objects.filter(user_id=user_id, id=key_id).first()
    return None if row is None else _api_key(row)


def api_keys_by_digest(digests: Sequence[bytes]) -> dict[bytes, StandingKey]:
    """Return the keys with these SHA-256 digests that were not revoked, in one statement; others are left out.

    Whether a key has expired, admits an address and has the scope is for the caller to ask, at each use.
    """
    rows = execute_prepared(named_sql("okpay.identity", "api_keys_by_digest"), [byteas(digests)])
    return {bytes(digest): _standing(*row) for digest, *row in rows}


def api_keys_changed_since(seconds: float) -> set[UUID]:
    """Return the keys that changed within the last so many seconds of the database's real clock.

    A change shows when it is committed, a moment after the time that it bears: whoever asks again and again must ask
    for several seconds more than lie between.
    """
    rows = execute_prepared(named_sql("okpay.identity", "api_keys_changed"), [seconds])
    return {key_id for (key_id,) in rows}


def _api_key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        hint=row.hint,
        scopes=frozenset(map(Scope, row.scopes)),
        networks=tuple(map(ip_network, row.networks)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        last_used_from=row.last_used_from or "",
        revoked_at=row.revoked_at,
        changed_at=row.changed_at,
    )


def _standing(*row: Any) -> StandingKey:
    key_id, user_id, name, hint, scopes, networks, *rest = row
    granted = frozenset(map(Scope, scopes))
    return StandingKey(key_id, user_id, name, hint, granted, tuple(map(ip_network, networks)), *rest)


def staff() -> list[Person]:
    """Return the operator's staff in the order they were opened, at most 500."""
    ids = User.objects.filter(is_staff=True).order_by("id").values_list("id", flat=True)[:500]
    return [person(user_id) for user_id in ids]
