"""API keys: made once, kept as a digest, revoked, locked with their owner, and told to every process."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import re
import time
import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction

from okpay.base import audit, clock
from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant, CodedError
from okpay.base.ids import new_uuid7
from okpay.identity import actions, queries
from okpay.identity.errors import ApiKeyRefused, IdentityRefused, InvalidApiKey
from okpay.identity.models import ApiKey as Row
from okpay.identity.records import (
    LONGEST_API_KEY_LIFE,
    MOST_API_KEYS,
    MOST_NETWORKS,
    ApiKey,
    NewApiKey,
    Scope,
    StandingKey,
)
from tests.factories.people import open_person
from tests.identity.test_payment_passwords import at_once


def make(user_id: uuid.UUID, **changes: Any) -> NewApiKey:
    """Make a key in a transaction of its own."""
    given = {
        "name": "Accounts",
        "scopes": [Scope.READ],
        "networks": [],
        "expires_at": None,
        "is_live": False,
        "now": clock.now(),
        **changes,
    }
    with transaction.atomic():
        return actions.create_api_key(user_id=user_id, **given)


def digest_of(new: NewApiKey) -> bytes:
    """Return what a key is found by."""
    return hashlib.sha256(new.secret.encode()).digest()


def found(new: NewApiKey) -> StandingKey | None:
    """Look a key up as a door does."""
    return queries.api_keys_by_digest([digest_of(new)]).get(digest_of(new))


def traces(user_id: uuid.UUID) -> tuple[int, list[str], int]:
    """Count what making a key writes: keys, audit rows, events."""
    events = execute_prepared(
        "SELECT count(*) FROM base_outbox_event WHERE subject = %s AND type = 'api_key_made'", [user_id]
    ).fetchone()
    assert events is not None
    actions_done = [row.action for row in audit.history(f"user:{user_id}") if "api_key" in row.action]
    return Row.objects.filter(user_id=user_id).count(), actions_done, events[0]


def test_a_key_is_made_and_found_by_its_digest() -> None:
    user, now = open_person(), clock.now()
    until = now + timedelta(days=90)
    new = make(
        user.pk,
        name="  Night  shift ",
        scopes=[Scope.TOP_UP, Scope.READ],
        networks=["203.0.113.0/24", " 2001:db8::/32", "198.51.100.7", "203.0.113.0/24"],
        expires_at=until,
        now=now,
    )
    assert re.fullmatch(r"okp_test_[A-Za-z0-9_-]{43}", new.secret)
    key = new.key
    assert key.name == "Night shift"
    assert key.hint == new.secret[:15]
    assert key.scopes == {Scope.READ, Scope.TOP_UP}
    assert [str(network) for network in key.networks] == [
        "203.0.113.0/24",
        "2001:db8::/32",
        "198.51.100.7/32",
    ]
    assert (key.created_at, key.expires_at, key.revoked_at) == (now, until, None)
    assert (key.last_used_at, key.last_used_from) == (None, "")
    standing = found(new)
    assert standing is not None
    assert asdict(standing) == {**asdict(key), "is_locked": False}
    assert queries.api_keys_of(user.pk) == [key]
    assert queries.api_key(user.pk, key.id) == key
    assert make(user.pk, is_live=True).secret.startswith("okp_live_")
    assert traces(user.pk) == (2, ["api_key_made"] * 2, 2)


def test_the_key_itself_is_kept_nowhere_and_never_shown_again(caplog: pytest.LogCaptureFixture) -> None:
    user = open_person()
    with caplog.at_level(logging.DEBUG):
        new = make(user.pk, scopes=list(Scope))
    random = new.secret.removeprefix(new.key.hint)
    row = Row.objects.get(id=new.key.id)
    assert bytes(row.digest) == digest_of(new)
    kept = [json.dumps(list(map(str, line))) for line in execute_prepared(
        "SELECT k::text, a::text, e::text FROM identity_api_key k"
        " JOIN base_audit a ON a.subject = 'user:' || k.user_id JOIN base_outbox_event e ON e.subject = k.user_id"
        " WHERE k.user_id = %s", [user.pk], binary=False)]  # fmt: skip
    assert kept
    assert random not in "".join(kept)
    assert random not in repr(new)
    assert random not in caplog.text
    assert make(user.pk).secret != new.secret


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "api_key_name_invalid"),
        ({"name": "a" * 61}, "api_key_name_invalid"),
        ({"name": "till\u202e1"}, "api_key_name_invalid"),
        ({"scopes": []}, "api_key_scopes_missing"),
        ({"networks": ["203.0.113.7/24"]}, "api_key_network_invalid"),
        ({"networks": ["203.0.113.0/33"]}, "api_key_network_invalid"),
        ({"networks": ["203.0.113.0/255.255.255.0"]}, "api_key_network_invalid"),
        ({"networks": ["203.0.113.0/"]}, "api_key_network_invalid"),
        ({"networks": ["203.0.113.0/٢٤"]}, "api_key_network_invalid"),
        ({"networks": ["fe80::%eth0/64"]}, "api_key_network_invalid"),
        ({"networks": ["::ffff:203.0.113.0/120"]}, "api_key_network_invalid"),
        ({"networks": ["example.com"]}, "api_key_network_invalid"),
        ({"networks": ["1"]}, "api_key_network_invalid"),
        ({"networks": [""]}, "api_key_network_invalid"),
        ({"networks": ["10.0.0.1\n"], "name": "\x00"}, "api_key_name_invalid"),
        ({"networks": [f"203.0.113.{n}" for n in range(MOST_NETWORKS + 1)]}, "api_key_network_invalid"),
        ({"life": timedelta(0)}, "api_key_expiry_invalid"),
        ({"life": -timedelta(days=1)}, "api_key_expiry_invalid"),
        ({"life": LONGEST_API_KEY_LIFE + timedelta(microseconds=1)}, "api_key_expiry_invalid"),
    ],
)
def test_what_cannot_be_a_key_changes_nothing(changes: dict[str, Any], code: str) -> None:
    user, now = open_person(), clock.now()
    life = changes.pop("life", None)
    with pytest.raises(InvalidApiKey) as refused:
        make(user.pk, now=now, expires_at=now + life if life is not None else None, **changes)
    assert refused.value.code == code
    assert traces(user.pk) == (0, [], 0)


def test_the_bounds_themselves_are_kept() -> None:
    user, now = open_person(), clock.now()
    new = make(
        user.pk,
        name="键" * 60,
        networks=[f"203.0.113.{n}" for n in range(MOST_NETWORKS)],
        expires_at=now + LONGEST_API_KEY_LIFE,
        now=now,
    )
    assert len(new.key.networks) == MOST_NETWORKS
    assert make(user.pk, networks=["0.0.0.0/0", "::/0"]).key.admits("2001:db8::1")


def test_it_is_made_for_users_only_who_are_not_locked_and_in_a_transaction() -> None:
    with pytest.raises(IdentityRefused) as refused:
        make(uuid.uuid4())
    assert refused.value.code == "user_unknown"
    user = open_person()
    actions.lock(user_id=user.pk, now=clock.now())
    with pytest.raises(IdentityRefused) as refused:
        make(user.pk)
    assert refused.value.code == "account_locked"
    assert traces(user.pk) == (0, [], 0)
    with pytest.raises(BrokenInvariant):
        actions.create_api_key(
            user_id=user.pk, name="a", scopes=[Scope.READ], networks=[], expires_at=None, is_live=False,
            now=clock.now(),
        )  # fmt: skip


def test_twenty_stand_at_once_and_those_that_ended_do_not_count() -> None:
    user, now = open_person(), clock.now()
    keys = [make(user.pk, now=now, expires_at=now + timedelta(days=n + 1)).key for n in range(MOST_API_KEYS)]
    with pytest.raises(ApiKeyRefused) as refused:
        make(user.pk, now=now)
    assert (refused.value.code, refused.value.data) == ("api_keys_too_many", {"most": MOST_API_KEYS})
    actions.revoke_api_key(user_id=user.pk, key_id=keys[5].id, now=now)
    make(user.pk, now=now)
    with pytest.raises(ApiKeyRefused):
        make(user.pk, now=now)
    # The first one has expired to the instant.
    make(user.pk, now=now + timedelta(days=1))
    assert len(queries.api_keys_of(user.pk)) == MOST_API_KEYS + 2


def test_of_many_who_make_the_twentieth_one_gets_it() -> None:
    for _ in range(3):
        user, now = open_person(), clock.now()
        for _ in range(MOST_API_KEYS - 1):
            make(user.pk, now=now)
        answers = at_once([lambda: make(user.pk, now=now)] * 6)  # noqa: B023
        assert sum(isinstance(answer, NewApiKey) for answer in answers) == 1
        codes = [answer.code for answer in answers if isinstance(answer, CodedError)]
        assert codes == ["api_keys_too_many"] * 5
        assert traces(user.pk)[0] == MOST_API_KEYS


def test_the_list_shows_those_that_stand_whatever_has_ended() -> None:
    user, now = open_person(), clock.now()
    forever = make(user.pk, now=now).key
    long = make(user.pk, now=now, expires_at=now + timedelta(days=365)).key
    over = [
        make(user.pk, now=now - timedelta(days=9), expires_at=now - timedelta(days=n + 1)).key
        for n in range(3)
    ]
    gone = make(user.pk, now=now).key
    actions.revoke_api_key(user_id=user.pk, key_id=gone.id, now=now)
    listed = queries.api_keys_of(user.pk)
    assert [key.id for key in listed] == [forever.id, long.id, *(key.id for key in over), gone.id]
    assert [key.stands(now) for key in listed] == [True, True, False, False, False, False]
    Row.objects.bulk_create(
        Row(id=new_uuid7(), user_id=user.pk, name="x", hint="x", digest=uuid.uuid4().bytes * 2, scopes=["read"],
            networks=[], created_at=now - timedelta(days=9), expires_at=now - timedelta(days=8))
        for _ in range(120)
    )  # fmt: skip
    listed = queries.api_keys_of(user.pk)
    assert len(listed) == queries.MOST_API_KEYS_LISTED
    assert [key.id for key in listed[:2]] == [forever.id, long.id]


def test_a_revoked_key_is_found_no_more() -> None:
    user, now = open_person(), clock.now()
    new, other = make(user.pk, now=now), make(user.pk, now=now)
    assert actions.revoke_api_key(user_id=user.pk, key_id=new.key.id, now=now) is True
    assert found(new) is None
    assert found(other) is not None
    after = queries.api_key(user.pk, new.key.id)
    assert after is not None
    assert after.revoked_at == now
    assert after.changed_at > new.key.changed_at
    assert actions.revoke_api_key(user_id=user.pk, key_id=new.key.id, now=now + timedelta(days=1)) is False
    assert queries.api_key(user.pk, new.key.id) == after, "the second press of the button changes nothing"
    assert traces(user.pk)[1] == ["api_key_revoked", "api_key_made", "api_key_made"]


def test_nobody_elses_key_is_seen_or_revoked() -> None:
    anna, ben = open_person(), open_person()
    new = make(anna.pk)
    assert queries.api_keys_of(ben.pk) == []
    assert queries.api_key(ben.pk, new.key.id) is None
    for user_id, key_id in ((ben.pk, new.key.id), (anna.pk, new_uuid7())):
        with pytest.raises(ApiKeyRefused) as refused:
            actions.revoke_api_key(user_id=user_id, key_id=key_id, now=clock.now())
        assert refused.value.code == "api_key_not_found"
    assert found(new) is not None
    assert traces(ben.pk) == (0, [], 0)


def test_of_many_who_revoke_it_one_did_and_nothing_waits_for_a_longer_transaction() -> None:
    user, now = open_person(), clock.now()
    new = make(user.pk, now=now)

    def revoke() -> bool:
        return actions.revoke_api_key(user_id=user.pk, key_id=new.key.id, now=now)

    assert sorted(map(str, at_once([revoke] * 6))) == ["False"] * 5 + ["True"]
    assert traces(user.pk)[1].count("api_key_revoked") == 1
    with pytest.raises(RuntimeError), transaction.atomic():
        revoke()


def test_several_are_found_at_once_and_the_unknown_are_left_out() -> None:
    user = open_person()
    keys = [make(user.pk) for _ in range(3)]
    digests = [digest_of(new) for new in keys]
    answer = queries.api_keys_by_digest([*digests, b"\0" * 32, digests[0]])
    assert {digest: key.id for digest, key in answer.items()} == {
        digest: new.key.id for digest, new in zip(digests, keys, strict=True)
    }
    assert queries.api_keys_by_digest([]) == {}


def test_a_lock_stops_every_key_at_once_and_unlocking_revokes_them() -> None:
    user, other = open_person(), open_person()
    new, second, gone, others = make(user.pk), make(user.pk), make(user.pk), make(other.pk)
    now = clock.now()
    actions.revoke_api_key(user_id=user.pk, key_id=gone.key.id, now=now)
    revoked = queries.api_key(user.pk, gone.key.id)
    time.sleep(0.3)
    with transaction.atomic():
        actions.lock(user_id=user.pk, now=now)
    changed = queries.api_keys_changed_since(0.25)
    assert {new.key.id, second.key.id} <= changed
    assert not {gone.key.id, others.key.id} & changed
    locked = found(new)
    assert locked is not None
    assert locked.is_locked
    assert locked.revoked_at is None
    time.sleep(0.3)
    with transaction.atomic():
        actions.unlock(user_id=user.pk, now=now + timedelta(hours=1))
    assert {new.key.id, second.key.id} <= queries.api_keys_changed_since(0.25)
    assert found(new) is None
    assert found(second) is None
    assert queries.api_key(user.pk, gone.key.id) == revoked
    standing = found(others)
    assert standing is not None
    assert not standing.is_locked
    assert audit.history(f"user:{user.pk}")[0].data == {"api_keys_revoked": 2}
    assert found(make(user.pk)) is not None


def test_a_lock_that_is_rolled_back_stops_nothing() -> None:
    user = open_person()
    new = make(user.pk)
    with transaction.atomic():
        actions.lock(user_id=user.pk, now=clock.now())
        transaction.set_rollback(True)
    standing = found(new)
    assert standing is not None
    assert asdict(standing) == {**asdict(new.key), "is_locked": False}


def test_making_and_locking_at_once_leave_no_key_that_works() -> None:
    for _ in range(5):
        user, now = open_person(), clock.now()
        made = at_once([
            lambda: make(user.pk, now=now), lambda: actions.lock(user_id=user.pk, now=now),  # noqa: B023
        ])  # fmt: skip
        for answer in made:
            assert isinstance(answer, NewApiKey | IdentityRefused | bool)
            if isinstance(answer, NewApiKey):
                standing = found(answer)
                assert standing is not None
                assert standing.is_locked


def test_what_changed_lately_is_told_by_the_real_clock() -> None:
    user = open_person()
    before = make(user.pk)
    assert before.key.id in queries.api_keys_changed_since(5)
    time.sleep(0.4)
    assert before.key.id not in queries.api_keys_changed_since(0.3)
    # Weeks go by on the clock of the test, and none on the database's.
    clock.advance(timedelta(days=40))
    assert before.key.id in queries.api_keys_changed_since(60)
    actions.revoke_api_key(user_id=user.pk, key_id=before.key.id, now=clock.now())
    assert before.key.id in queries.api_keys_changed_since(0.3)
    assert queries.api_keys_changed_since(0) == set()


def test_the_hot_statements_use_their_indexes(owner_url: str) -> None:
    from okpay.base.database import named_sql

    def plan(name: str, value: object) -> str:
        with psycopg.connect(owner_url) as connection:
            connection.execute("SET enable_seqscan = off")
            sql = "EXPLAIN " + named_sql("okpay.identity", name)
            return "\n".join(row[0] for row in connection.execute(sql, [value]))

    assert "Index Cond: (changed_at >" in plan("api_keys_changed", 5.0)
    assert re.search(r"Index Cond: \(digest = ANY", plan("api_keys_by_digest", [b"\0" * 32]))


def test_uses_are_noted_together_and_never_go_back() -> None:
    user, now = open_person(), clock.now()
    one, two, three = (make(user.pk).key for _ in range(3))
    later = now + timedelta(seconds=9)
    actions.note_api_key_uses(
        [
            (one.id, now, "203.0.113.7"),
            (one.id, later, "2001:db8::7"),
            (one.id, now + timedelta(seconds=3), "203.0.113.8"),
            (two.id, now, "::ffff:203.0.113.9"),
            (three.id, now, "no address"),
            (new_uuid7(), now, "203.0.113.7"),
        ]
    )
    actions.note_api_key_uses([])
    used = uses_of(user.pk)
    assert used == {
        one.id: (later, "2001:db8::7"), two.id: (now, "203.0.113.9"), three.id: (now, ""),
    }  # fmt: skip
    actions.note_api_key_uses([(one.id, now, "203.0.113.7"), (two.id, later, "fe80::1%eth0")])
    assert uses_of(user.pk) == {**used, two.id: (later, "fe80::1")}
    unchanged = {key.id: key.changed_at for key in queries.api_keys_of(user.pk)}
    assert unchanged == {key.id: key.changed_at for key in (one, two, three)}, "a use is no change"


def test_uses_and_locks_in_opposite_order_do_not_deadlock() -> None:
    for _ in range(4):
        user, now = open_person(), clock.now()
        ids = [make(user.pk).key.id for _ in range(8)]
        seen = [(key_id, now + timedelta(seconds=n), "203.0.113.7") for n, key_id in enumerate(ids)]
        answers = at_once([
            lambda: actions.note_api_key_uses(seen),  # noqa: B023
            lambda: actions.note_api_key_uses(seen[::-1]),  # noqa: B023
            lambda: actions.lock(user_id=user.pk, now=now),  # noqa: B023
            lambda: actions.revoke_api_key(user_id=user.pk, key_id=ids[3], now=now),  # noqa: B023
        ])  # fmt: skip
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert all(used_at for used_at, _ in uses_of(user.pk).values())


def uses_of(user_id: uuid.UUID) -> dict[uuid.UUID, tuple[datetime | None, str]]:
    """Return when each key of a user was used last, and from where."""
    return {key.id: (key.last_used_at, key.last_used_from) for key in queries.api_keys_of(user_id)}


def test_it_is_used_from_its_networks_only() -> None:
    key = make(open_person().pk, networks=["203.0.113.0/24", "2001:db8::/32"]).key
    for address in ("203.0.113.7", "2001:db8::1", "::ffff:203.0.113.7", "2001:db8::1%eth0"):
        assert key.admits(address)
    for address in (
        "203.0.114.7",
        "2001:db9::1",
        "::ffff:203.0.114.7",
        "",
        "unix:",
        "203.0.113.7, 203.0.113.8",
    ):
        assert not key.admits(address)
    assert make(open_person().pk).key.admits("")
    assert isinstance(key.networks[0], ipaddress.IPv4Network)


def test_it_stands_until_the_instant_it_expires() -> None:
    now = clock.now()
    key: ApiKey = make(open_person().pk, now=now, expires_at=now + timedelta(days=30)).key
    assert key.stands(now + timedelta(days=30, microseconds=-1))
    assert not key.stands(now + timedelta(days=30))


def test_scopes_that_move_money_are_known() -> None:
    assert [scope.value for scope in Scope if scope.moves_money] == ["send", "top_up"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM identity_api_key WHERE id = %s",
        "UPDATE identity_api_key SET scopes = '{send}' WHERE id = %s",
        "UPDATE identity_api_key SET digest = '' WHERE id = %s",
        "UPDATE identity_api_key SET networks = '{}' WHERE id = %s",
        "UPDATE identity_api_key SET expires_at = NULL WHERE id = %s",
    ],
)
def test_the_running_program_cannot_change_what_a_key_is(statement: str) -> None:
    new = make(open_person().pk)
    with pytest.raises(DatabaseError, match="permission denied"):
        execute_prepared(statement, [new.key.id])
    assert found(new) is not None


@pytest.mark.parametrize(
    "changes", [{"scopes": []}, {"scopes": ["admin"]}, {"name": ""}, {"networks": ["x"] * 21}]
)
def test_the_database_keeps_the_bounds_too(changes: dict[str, Any]) -> None:
    now = clock.now()
    plain: dict[str, Any] = {"name": "x", "scopes": ["read"], "networks": []}
    with pytest.raises(DatabaseError, match="identity_api_key_"):
        Row(
            id=new_uuid7(), user_id=open_person().pk, hint="x", digest=b"\0" * 32, created_at=now,
            **{**plain, **changes},
        ).save(force_insert=True)  # fmt: skip
