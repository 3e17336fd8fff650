"""Where this installation keeps its data, keys, assets and logs."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from okpay.base.folders import FolderError, cluster_folder, make_folder
from okpay.doors.cli.errors import CommandError

SOURCE = Path(__file__).resolve().parents[2]
"""The folder of the package `okpay`."""


@dataclass(frozen=True)
class Home:
    """The folders of one installation; `note` is a sentence to show when the data is not where one would look."""

    data: Path
    keys: Path
    assets: Path
    note: str = ""

    @classmethod
    def find(cls, data: str | None = None) -> Home:
        """Return the folders: by flag, else by environment, else below the home folder.

        Raises:
            FolderError: The data folder that was asked for cannot be reached by who runs PostgreSQL.
        """
        home = Path(os.environ.get("OKPAY_HOME") or _default_home())
        named = data or os.environ.get("OKPAY_DATA", "")
        folder, note = cluster_folder(Path(named) if named else home / "run", named=bool(named))
        keys = Path(os.environ.get("OKPAY_KEYS") or home / "keys").absolute()
        if keys.resolve().is_relative_to(folder.resolve()):
            raise FolderError(
                f"The keys in {keys} would lie inside the data folder, and a stolen backup would hold both: "
                "set OKPAY_KEYS to a folder outside."
            )
        assets = Path(os.environ.get("OKPAY_ASSETS") or home / "assets").absolute()
        return cls(data=folder, keys=keys, assets=assets, note=note)

    @property
    def log(self) -> Path:
        return self.data / "log" / "okpay.jsonl"

    def prepare(self) -> None:
        """Make the folders, the keys among them, and tell the settings through the environment where they are."""
        make_folder(self.data)
        make_folder(self.log.parent)
        self._make_keys_folder()
        self._make_key_ring()
        os.environ.setdefault("OKPAY_SECRET_KEY", self._secret_key())
        os.environ["OKPAY_KEYS"] = str(self.keys)
        os.environ["OKPAY_ASSETS"] = str(self.assets)
        os.environ["OKPAY_LOG"] = str(self.log)

    def _make_keys_folder(self) -> None:
        if not self.keys.exists():
            make_folder(self.keys.parent)
            self.keys.mkdir(mode=0o700)
        if self.keys.stat().st_mode & 0o077:
            raise CommandError(
                f"Others on this machine may read the keys in {self.keys}: run `chmod -R go= {self.keys}`."
            )

    def _make_key_ring(self) -> None:
        if (self.keys / "keyring.json").exists():
            return
        if (self.data / "data" / "PG_VERSION").exists() and not os.environ.get("OKPAY_DATABASE_URL"):
            # A new ring would hide that secrets in this database can no longer be opened.
            raise CommandError(
                f"The keys to the data in {self.data} are not in {self.keys}: put keyring.json back from your "
                "copy, or name its folder in OKPAY_KEYS (see docs/operate/keys.md)."
            )
        from okpay.base.encryption import create_key_ring

        create_key_ring(self.keys)

    def _secret_key(self) -> str:
        path = self.keys / "secret_key"
        if not path.exists():
            half = self.keys / f"secret_key.{os.getpid()}"
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(64))
            half.rename(path)
        return path.read_text().strip()


def _default_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "okpay"
