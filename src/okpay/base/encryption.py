"""Secrets at rest: AES-GCM with a data key for each value, wrapped by a named master key from a key ring.

The key ring is a file outside the data folder and outside the backups of the database; see
docs/decisions/0007-secrets-at-rest.md for what is lost with it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = _NONCE_BYTES + _KEY_BYTES + _TAG_BYTES
_FILE = "keyring.json"


class EncryptionError(Exception):
    """A secret cannot be sealed or opened; the message is one sentence with the way out."""


class KeyRingMissing(EncryptionError):
    """There is no usable key ring where one is expected."""


class KeyMissing(EncryptionError):
    """The key ring does not hold the key that sealed a value."""


class Unreadable(EncryptionError):
    """A sealed value was changed, cut, or moved from the row and field it was sealed for."""


@dataclass(frozen=True)
class KeyRing:
    """Master keys by id, and the one that seals new values. Never printed: `repr` shows ids only."""

    folder: Path
    active: str
    keys: dict[str, bytes]

    def __repr__(self) -> str:
        return f"KeyRing(active={self.active!r}, keys={sorted(self.keys)})"

    def seal(self, secret: bytes, *, table: str, row: str, field: str) -> bytes:
        """Encrypt a secret for one field of one row; the result names its master key and fits nowhere else.

        Source: NIST SP 800-38D (AES-GCM), with a fresh data key for every value.
        """
        place = _place(table, row, field)
        data_key = AESGCM.generate_key(_KEY_BYTES * 8)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._wrap(data_key, place) + nonce + AESGCM(data_key).encrypt(nonce, secret, place)

    def open(self, sealed: bytes, *, table: str, row: str, field: str) -> bytes:
        """Decrypt what `seal` made for this field of this row.

        Raises: KeyMissing when its master key is not in the ring; Unreadable when a byte of it, or its place,
        differs.
        """
        place = _place(table, row, field)
        data_key, body = self._unwrap(sealed, place)
        return _decrypt(data_key, body, place)

    def rewrap(self, sealed: bytes, *, table: str, row: str, field: str) -> bytes:
        """Return the value wrapped by the active key, without decrypting the secret; unchanged if it is.

        Raises: KeyMissing, Unreadable.
        """
        if key_id_of(sealed) == self.active:
            return sealed
        place = _place(table, row, field)
        data_key, body = self._unwrap(sealed, place)
        return self._wrap(data_key, place) + body

    def rotated(self) -> KeyRing:
        """Add a new active key to the file and return the new ring; old keys stay until all is re-wrapped."""
        key_id = _new_key_id()
        ring = replace(self, active=key_id, keys={**self.keys, key_id: secrets.token_bytes(_KEY_BYTES)})
        ring._write()
        return ring

    def without(self, key_id: str) -> KeyRing:
        """Drop an old key for ever, write the file, and return the new ring: what it still seals is lost.

        Raises: EncryptionError for the active key.
        """
        if key_id == self.active:
            raise EncryptionError("The active key seals new values and cannot be dropped: rotate first.")
        ring = replace(self, keys={name: key for name, key in self.keys.items() if name != key_id})
        ring._write()
        return ring

    def _wrap(self, data_key: bytes, place: bytes) -> bytes:
        name = self.active.encode()
        header = bytes([_VERSION, len(name)]) + name
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return header + nonce + AESGCM(self.keys[self.active]).encrypt(nonce, data_key, header + place)

    def _unwrap(self, sealed: bytes, place: bytes) -> tuple[bytes, bytes]:
        key_id = key_id_of(sealed)
        master = self.keys.get(key_id)
        if master is None:
            raise KeyMissing(f"The key {key_id!r} is not in {self.folder / _FILE}: restore it from its copy.")
        header, rest = sealed[: 2 + sealed[1]], sealed[2 + sealed[1] :]
        data_key = _decrypt(master, rest[:_WRAPPED_BYTES], header + place)
        return data_key, rest[_WRAPPED_BYTES:]

    def _write(self) -> None:
        text = json.dumps(
            {
                "active": self.active,
                "keys": {name: base64.b64encode(key).decode() for name, key in self.keys.items()},
            },
            indent=2,
        )
        half = self.folder / f"{_FILE}.{secrets.token_hex(4)}"
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        half.replace(self.folder / _FILE)


def create_key_ring(folder: Path) -> KeyRing:
    """Make a key ring with one fresh key in a folder (0700, made if need be); the first run does this.

    Raises: EncryptionError when there is one already: a new one would lock out every value sealed so far.
    """
    if (folder / _FILE).exists():
        raise EncryptionError(f"{folder / _FILE} exists already and is not overwritten.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_id = _new_key_id()
    ring = KeyRing(folder, key_id, {key_id: secrets.token_bytes(_KEY_BYTES)})
    ring._write()
    return ring


def load_key_ring(folder: Path | None = None) -> KeyRing:
    """Read the key ring from a folder, or from the one that OKPAY_KEYS names.

    Raises: KeyRingMissing when there is none, when others than its owner may read it, or when it is damaged.
    """
    if folder is None:
        named = os.environ.get("OKPAY_KEYS", "")
        if not named:
            raise KeyRingMissing("OKPAY_KEYS is not set: name the folder that holds keyring.json.")
        folder = Path(named)
    path = folder / _FILE
    try:
        mode, text = path.stat().st_mode, path.read_text()
    except OSError as error:
        raise KeyRingMissing(
            f"{path} cannot be read ({error.strerror}): restore it from the copy you kept."
        ) from None
    if mode & 0o077:
        raise KeyRingMissing(f"{path} is open to other users: run chmod 600 on it.")
    try:
        content = json.loads(text)
        keys = {str(name): base64.b64decode(key, validate=True) for name, key in content["keys"].items()}
        active = str(content["active"])
        if active not in keys or any(len(key) != _KEY_BYTES for key in keys.values()):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyRingMissing(f"{path} is damaged: restore it from the copy you kept.") from None
    return KeyRing(folder, active, keys)


def key_id_of(sealed: bytes) -> str:
    """Return the id of the master key that wraps a sealed value, for a search of what a rotation left behind.

    Raises: Unreadable when this is not a sealed value.
    """
    if len(sealed) < 2 or sealed[0] != _VERSION or len(sealed) < 2 + sealed[1] + _WRAPPED_BYTES:
        raise Unreadable("This is not a value that was sealed here.")
    try:
        return sealed[2 : 2 + sealed[1]].decode("ascii")
    except UnicodeDecodeError:
        raise Unreadable("This is not a value that was sealed here.") from None


def _decrypt(key: bytes, nonce_and_text: bytes, place: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce_and_text[:_NONCE_BYTES], nonce_and_text[_NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise Unreadable("A sealed value was changed, or moved from where it belongs.") from None


def _place(*names: str) -> bytes:
    # As JSON, so that ("a", "bc") and ("ab", "c") differ.
    return json.dumps(names, ensure_ascii=True).encode()


def _new_key_id() -> str:
    return f"k{secrets.token_hex(6)}"
