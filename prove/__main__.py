"""`./okpay prove NAME …`: run one of the long proofs. Each is a module of this package with `main(argv) -> int`."""

from __future__ import annotations

import sys
from importlib import import_module

PROOFS = {
    "chaos": "top-ups and transfers by the pages, while everything is killed and answers get lost",
    "enumeration": "timed sign-ins, sign-ups and resets: nobody can tell whether an address is known",
    "fuzz": "random requests to every operation of the API, judged by its own document",
    "kills": "kill -9 of the program and of PostgreSQL under load: nothing lost, nothing doubled, nothing stuck",
    "ledger": "the posting function against a model in memory, over several connections",
}


def main(argv: list[str] | None = None) -> int:
    """Run the proof that the first argument names, with the other arguments; return its exit status."""
    name, *rest = (sys.argv[1:] if argv is None else argv) or [""]
    if name not in PROOFS:
        print("Which proof? ./okpay prove NAME [options], where NAME is one of:")
        for known, what in PROOFS.items():
            print(f"  {known:12} {what}")
        return 0 if name in ("-h", "--help") else 2
    status = import_module(f"prove.{name}").main(rest)
    assert isinstance(status, int)
    return status


if __name__ == "__main__":
    sys.exit(main())
