"""The commands of a checkout: set up, then hand over to the program, the tests, the figures or the proofs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from okpay.base.folders import FolderError
from okpay.doors.cli.checkout.browser import find_or_install
from okpay.doors.cli.checkout.checks import run_checks
from okpay.doors.cli.checkout.install import Checkout, install
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.progress import Progress

HELP = """\
OKPay, a digital wallet that you can host yourself.

  ./okpay run          set everything up, start the wallet, print the address to open
  ./okpay test         set everything up, then check and test everything
  ./okpay bench        measure how fast the ledger is on this machine
  ./okpay prove NAME   the long proofs: random operations by the million, kills under load

  ./okpay demo         make two fictional people for a trial
  ./okpay clock …      move the time of a trial forward
  ./okpay maintenance  let what arrives wait for a while
  ./okpay ledger …     look into the book and verify it
  ./okpay movements …  hold what people read against the book
  ./okpay funding …    hold top-ups against the acquirer
  ./okpay regions …    check the country packs
  ./okpay fees …       check the fee schedules

Each of them tells more with --help. What it keeps is in the folder .okpay of the checkout.
"""


def main(root: str, arguments: list[str]) -> int:
    """Run one command of the checkout; return its exit code, 2 when it cannot be run at all."""
    try:
        return _dispatch(Checkout(Path(root)), arguments)
    except (CommandError, FolderError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"{where}{error.strerror}. Free some space or make it writable, then run again.", file=sys.stderr
        )
        return 2
    except KeyboardInterrupt:
        return 130


def _dispatch(checkout: Checkout, arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    command, rest = arguments[0], arguments[1:]
    progress = Progress()
    install(checkout, progress, dev=command in ("test", "bench", "prove"))
    environment = {
        **os.environ,
        "OKPAY_HOME": os.environ.get("OKPAY_HOME") or str(checkout.home),
        "PATH": f"{checkout.venv / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    if command == "test":
        environment["OKPAY_CHROMIUM"] = find_or_install(checkout, progress)
        return run_checks(checkout, rest, environment, progress)
    if command in ("bench", "prove"):
        os.chdir(checkout.root)
        return _become(checkout, [command, *rest], environment)
    return _become(checkout, ["okpay.doors.cli", *arguments], environment)


def _become(checkout: Checkout, module: list[str], environment: dict[str, str]) -> NoReturn:
    sys.stdout.flush()
    os.execve(checkout.python, [str(checkout.python), "-m", *module], environment)  # noqa: S606
