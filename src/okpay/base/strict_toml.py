"""Files of values that people write, read strictly: a shape, no unknown key, and a source for every table."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

Source = Annotated[str, msgspec.Meta(pattern=r"^(example|\S+ .+)$", max_length=300)]
"""`example`, or a citation of at least two words that a reviewer can look up."""
CurrencyCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
Minor = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
"""An amount in minor units: far above any limit or fee that makes sense, within the ledger's."""
EXAMPLE = "example"
"""The source of a value that the operator must replace."""

Shape = TypeVar("Shape", bound=msgspec.Struct)

# msgspec learns a shape when it first meets it, and two threads that teach it the same one at once crash the process:
# the pages of a program that has just started did.
_learning = threading.Lock()


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one file: its name, the key in it, and a sentence that says what to change."""

    file: str
    key: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.sentence}" if self.key else f"{self.file}: {self.sentence}"


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table that says where its values come from."""

    source: Source


def read_toml(file: Path, shape: type[Shape]) -> Shape | Problem:
    """Read one file into its shape, or return the first thing that does not fit."""
    try:
        with _learning:
            return msgspec.toml.decode(file.read_bytes(), type=shape)
    except msgspec.ValidationError as error:
        return _shape_problem(file, str(error))
    except (msgspec.DecodeError, ValueError) as error:
        return Problem(file.name, "", f"this is not TOML: {error}")


def _shape_problem(file: Path, message: str) -> Problem:
    """Say in a sentence what msgspec says as ``Object contains unknown field `x` - at `$.limits```."""
    what, _, where = message.partition(" - at `")
    key = where.rstrip("`").removeprefix("$").removeprefix(".")
    if unknown := re.match(r"Object contains unknown field `(.*)`", what):
        return Problem(file.name, key, f"there is no key `{unknown[1]}`; correct it or take it out")
    if missing := re.match(r"Object missing required field `(.*)`", what):
        return Problem(file.name, key, f"the key `{missing[1]}` is missing")
    if key == "source" or key.endswith(".source") or ".cited" in key:
        return Problem(file.name, key, "write `example`, or a citation that a reviewer can look up")
    return Problem(file.name, key, what[:1].lower() + what[1:])
