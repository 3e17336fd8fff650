"""`okpay messages`: compile the translations, which are kept as text in the repository."""

import argparse
import os
from pathlib import Path

from okpay.doors.cli.home import SOURCE


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("messages", help="compile the translations of a checkout")
    parser.set_defaults(run=run_messages)


def run_messages(_: argparse.Namespace) -> int:
    """Compile what changed and print how many files that were."""
    stale = stale_messages()
    for path in stale:
        compile_messages(path)
    print(f"{len(stale)} compiled.")
    return 0


def stale_messages() -> list[Path]:
    """Return the message files that are newer than what was compiled from them."""
    found = SOURCE.glob("**/locale/*/LC_MESSAGES/*.po")
    return [path for path in sorted(found) if _made(path.with_suffix(".mo")) < _made(path)]


def compile_messages(path: Path) -> None:
    """Write the compiled file beside a message file; uncertain (fuzzy) translations are left out."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalog = read_po(file)
    half = path.with_suffix(f".mo.{os.getpid()}")
    with half.open("wb") as file:
        write_mo(file, catalog)
    half.rename(path.with_suffix(".mo"))


def _made(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
