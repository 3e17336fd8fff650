"""Make a key with which a program speaks for somebody, revoke it, and note when it was used."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from okpay.base import audit
from okpay.base.arrays import instants, texts, uuids
from okpay.base.database import execute_prepared, named_sql, require_transaction
from okpay.base.ids import new_uuid7
from okpay.base.outbox import emit_many
from okpay.identity import events, queries
from okpay.identity.actions.profiles import readable_name
from okpay.identity.errors import ApiKeyRefused, IdentityRefused, InvalidApiKey, InvalidProfile
from okpay.identity.models import ApiKey as ApiKeyRow
from okpay.identity.models import User
from okpay.identity.networks import read_address, read_network
from okpay.identity.records import (
    LONGEST_API_KEY_LIFE,
    LONGEST_API_KEY_NAME,
    MOST_API_KEYS,
    MOST_NETWORKS,
    NewApiKey,
    Scope,
    key_prefix,
)

_RANDOM_BYTES = 32
_SHOWN = 6
"""So many characters of the random part are kept; the rest still has 220 bits."""


def check_api_key(
    *,
    name: str,
    scopes: Collection[Scope],
    networks: Sequence[str],
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Make sure that a key could be made like this, before its owner is asked to confirm it.

    Raises: InvalidApiKey `api_key_name_invalid`, `api_key_scopes_missing`, `api_key_network_invalid`,
        `api_key_expiry_invalid`.
    """
    _name(name)
    _scopes(scopes)
    _networks(networks)
    _assert_lasts(expires_at, now)


def create_api_key(
    *,
    user_id: UUID,
    name: str,
    scopes: Collection[Scope],
    networks: Sequence[str],
    expires_at: datetime | None,
    is_live: bool,
    now: datetime,
) -> NewApiKey:
    """Make a key and return it with its text, which nobody can learn again; `is_live` where it moves real money.

    A key that moves money stands for the payment password: that it was given, the door has made sure of. `networks`
    are in CIDR form or single addresses; none means anywhere. Emits `api_key_made` and writes an audit record.

    Raises: InvalidApiKey `api_key_name_invalid`, `api_key_scopes_missing`, `api_key_network_invalid`,
        `api_key_expiry_invalid`. ApiKeyRefused `api_keys_too_many`. IdentityRefused `user_unknown`,
        `account_locked`. BrokenInvariant outside a transaction.
    """
    require_transaction()
    named = _name(name)
    granted = _scopes(scopes)
    allowed = _networks(networks)
    _assert_lasts(expires_at, now)
    _assert_room_for_one(user_id, now)
    start = key_prefix(is_live=is_live)
    secret = start + secrets.token_urlsafe(_RANDOM_BYTES)
    row = ApiKeyRow(
        id=new_uuid7(),
        user_id=user_id,
        name=named,
        hint=secret[: len(start) + _SHOWN],
        digest=hashlib.sha256(secret.encode()).digest(),
        scopes=granted,
        networks=[str(network) for network in allowed],
        created_at=now,
        expires_at=expires_at,
    )
    row.save(force_insert=True)
    user, data = f"user:{user_id}", {"key_id": str(row.id), "scopes": granted}
    audit.record(actor=user, action="api_key_made", subject=user, now=now, data=data)
    emit_many([events.api_key_made(user_id, key_id=row.id, now=now)])
    key = queries.api_key(user_id, row.id)
    assert key is not None, "written above, in this transaction"
    return NewApiKey(key, secret)


def revoke_api_key(*, user_id: UUID, key_id: UUID, now: datetime) -> bool:
    """End a key of a user; tell whether it was not revoked before. Writes an audit record.

    Commits, so that nothing stands between the change and the processes that ask what has changed.

    Raises: ApiKeyRefused `api_key_not_found`, also for somebody else's. RuntimeError inside a transaction.
    """
    with transaction.atomic(durable=True):
        ended = execute_prepared(
            named_sql("okpay.identity", "revoke_api_key"), {"id": key_id, "user_id": user_id, "now": now}
        ).rowcount
        if not ended and queries.api_key(user_id, key_id) is None:
            raise ApiKeyRefused("api_key_not_found", key_id=str(key_id))
        if ended:
            user = f"user:{user_id}"
            data = {"key_id": str(key_id)}
            audit.record(actor=user, action="api_key_revoked", subject=user, now=now, data=data)
    return bool(ended)


def note_api_key_uses(uses: Sequence[tuple[UUID, datetime, str]]) -> None:
    """Note when keys were used and from which network address, in one statement; an older use changes nothing.

    An address that is none is noted as unknown, so that one does not cost the others their note.
    """
    if not uses:
        return
    addresses = [read_address(address) for _, _, address in uses]
    execute_prepared(
        named_sql("okpay.identity", "note_api_key_uses"),
        [
            uuids([key_id for key_id, _, _ in uses]),
            instants([used_at for _, used_at, _ in uses]),
            texts([str(address) if address else None for address in addresses]),
        ],
    )


def touch_api_keys(user_id: UUID, *, revoked_at: datetime | None = None) -> int:
    """Make every process look at a user's keys anew, or end them; return how many stood."""
    return execute_prepared(
        named_sql("okpay.identity", "touch_api_keys"), {"user_id": user_id, "revoked_at": revoked_at}
    ).rowcount


def _name(name: str) -> str:
    try:
        return readable_name(name, "name", LONGEST_API_KEY_NAME)
    except InvalidProfile as error:
        raise InvalidApiKey("api_key_name_invalid", field="name") from error


def _scopes(scopes: Collection[Scope]) -> list[str]:
    if not scopes:
        raise InvalidApiKey("api_key_scopes_missing", field="scopes")
    return [scope.value for scope in Scope if scope in scopes]


def _networks(written: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    found: dict[IPv4Network | IPv6Network, None] = {}
    for text in written:
        network = read_network(text.strip())
        if network is None:
            raise InvalidApiKey("api_key_network_invalid", field="networks")
        found[network] = None
    if len(found) > MOST_NETWORKS:
        raise InvalidApiKey("api_key_network_invalid", field="networks")
    return list(found)


def _assert_lasts(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and not now < expires_at <= now + LONGEST_API_KEY_LIFE:
        raise InvalidApiKey("api_key_expiry_invalid", field="expires_at")


def _assert_room_for_one(user_id: UUID, now: datetime) -> None:
    # Of two who make the last one at once the second waits for the user's row, and counts the first's.
    owner = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if owner is None:
        raise IdentityRefused("user_unknown", user_id=str(user_id))
    if owner.locked_at is not None:
        raise IdentityRefused("account_locked", user_id=str(user_id))
    unexpired = Q(expires_at=None) | Q(expires_at__gt=now)
    if ApiKeyRow.objects.filter(unexpired, user_id=user_id, revoked_at=None).count() >= MOST_API_KEYS:
        raise ApiKeyRefused("api_keys_too_many", most=MOST_API_KEYS)
