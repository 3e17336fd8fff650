"""A sealed value opens in its place, under its key, unchanged; or not at all."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

import pytest

from okpay.base.encryption import (
    EncryptionError,
    KeyMissing,
    KeyRing,
    KeyRingMissing,
    Unreadable,
    create_key_ring,
    key_id_of,
    load_key_ring,
)

PLACE = {"table": "identity_totp", "row": "7", "field": "secret"}


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return create_key_ring(tmp_path / "keys")


@pytest.mark.parametrize("secret", [b"", b"x", "密码".encode(), secrets.token_bytes(10_000)])
def test_a_secret_goes_in_and_out(ring: KeyRing, secret: bytes) -> None:
    sealed = ring.seal(secret, **PLACE)
    assert load_key_ring(ring.folder).open(sealed, **PLACE) == secret
    assert key_id_of(sealed) == ring.active
    if len(secret) > 3:
        assert secret not in sealed


def test_the_same_secret_never_looks_the_same(ring: KeyRing) -> None:
    assert ring.seal(b"secret", **PLACE) != ring.seal(b"secret", **PLACE)


def test_every_changed_byte_is_noticed(ring: KeyRing) -> None:
    sealed = ring.seal(b"secret", **PLACE)
    for index in range(len(sealed)):
        for flip in (0x01, 0x80):
            changed = sealed[:index] + bytes([sealed[index] ^ flip]) + sealed[index + 1 :]
            with pytest.raises(EncryptionError):
                ring.open(changed, **PLACE)
    for length in range(len(sealed)):
        with pytest.raises(EncryptionError):
            ring.open(sealed[:length], **PLACE)
    with pytest.raises(Unreadable):
        ring.open(sealed + b"x", **PLACE)


@pytest.mark.parametrize(
    "place",
    [
        {**PLACE, "table": "other"},
        {**PLACE, "row": "8"},
        {**PLACE, "field": "backup"},
        {"table": "identity_totp7", "row": "", "field": "secret"},
    ],
)
def test_a_value_moved_elsewhere_does_not_open(ring: KeyRing, place: dict[str, str]) -> None:
    with pytest.raises(Unreadable, match="moved"):
        ring.open(ring.seal(b"secret", **PLACE), **place)


def test_rotation_keeps_old_values_and_wraps_them_anew(ring: KeyRing) -> None:
    old = ring.seal(b"secret", **PLACE)
    rotated = ring.rotated()
    assert rotated.open(old, **PLACE) == b"secret"
    assert key_id_of(rotated.seal(b"new", **PLACE)) == rotated.active != ring.active
    wrapped = rotated.rewrap(old, **PLACE)
    assert key_id_of(wrapped) == rotated.active
    assert rotated.rewrap(wrapped, **PLACE) is wrapped
    last = rotated.without(ring.active)
    assert load_key_ring(ring.folder) == last
    assert last.open(wrapped, **PLACE) == b"secret"
    with pytest.raises(KeyMissing, match=ring.active):
        last.open(old, **PLACE)
    with pytest.raises(KeyMissing):
        last.rewrap(old, **PLACE)


def test_rewrapping_needs_the_right_place(ring: KeyRing) -> None:
    old = ring.seal(b"secret", **PLACE)
    with pytest.raises(Unreadable):
        ring.rotated().rewrap(old, **{**PLACE, "row": "8"})


def test_the_active_key_cannot_be_dropped(ring: KeyRing) -> None:
    with pytest.raises(EncryptionError, match="rotate first"):
        ring.without(ring.active)


def test_a_lost_ring_is_said_and_never_replaced(ring: KeyRing, tmp_path: Path) -> None:
    sealed = ring.seal(b"secret", **PLACE)
    with pytest.raises(EncryptionError, match="not overwritten"):
        create_key_ring(ring.folder)
    with pytest.raises(KeyRingMissing, match=r"keyring\.json cannot be read .*restore it"):
        load_key_ring(tmp_path / "elsewhere")
    with pytest.raises(KeyMissing, match="restore it"):
        create_key_ring(tmp_path / "elsewhere").open(sealed, **PLACE)


def test_the_folder_may_come_from_the_environment(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKPAY_KEYS", str(ring.folder))
    assert load_key_ring() == ring
    monkeypatch.delenv("OKPAY_KEYS")
    with pytest.raises(KeyRingMissing, match="OKPAY_KEYS is not set"):
        load_key_ring()


def test_only_its_owner_may_read_the_ring(ring: KeyRing) -> None:
    path = ring.folder / "keyring.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert ring.folder.stat().st_mode & 0o777 == 0o700
    assert [child.name for child in ring.folder.iterdir()] == ["keyring.json"]
    path.chmod(0o640)
    with pytest.raises(KeyRingMissing, match="chmod 600"):
        load_key_ring(ring.folder)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"active": "k", "keys": {}}', '{"active": "k", "keys": {"k": "c2hvcnQ="}}',
     '{"active": "k", "keys": {"k": "%%%"}}', '{"active": "k", "keys": ["k"]}'],
)  # fmt: skip
def test_a_damaged_ring_is_said(ring: KeyRing, text: str) -> None:
    (ring.folder / "keyring.json").write_text(text)
    with pytest.raises(KeyRingMissing, match="damaged"):
        load_key_ring(ring.folder)


def test_keys_do_not_show_in_logs(ring: KeyRing) -> None:
    stored = json.loads((ring.folder / "keyring.json").read_text())["keys"]
    assert all(key not in repr(ring) for key in stored.values())
    assert not re.search(r"\bb['\"]", repr(ring)), "bytes would show"
    assert repr(ring).startswith("KeyRing(active=")
