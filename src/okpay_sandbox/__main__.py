"""`python -m okpay_sandbox`: read the arguments, serve, say where."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from okpay_sandbox.logs import set_up_logging
from okpay_sandbox.serving import CannotServe, Plan, default_signals, serve

SIGNING = "OKPAY_ACQUIRER_WEBHOOK_SECRET"
KEYS = {
    "OKPAY_SMS_KEY": "the key that clients of the SMS gateway show",
    "OKPAY_ACQUIRER_KEY": "the secret key that clients of the card acquirer show",
    SIGNING: "the secret that signs what is sent to --webhook-url",
}


def main(given: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return 0, or 2 when it cannot start.

    When mail and HTTP answer, one line of JSON on standard output names their ports.
    """
    arguments = _parser().parse_args(given)
    keys = {name: os.environ.get(name, "") for name in KEYS}
    needed = [name for name in KEYS if name != SIGNING or arguments.webhook_url]
    if lacking := next((name for name in needed if not keys[name]), None):
        print(f"Set {lacking} to {KEYS[lacking]}.", file=sys.stderr)  # noqa: T201
        return 2
    default_signals()
    set_up_logging(arguments.log)
    plan = Plan(
        port=arguments.port, smtp_port=arguments.smtp_port, data=arguments.data, wallet_url=arguments.wallet,
        sms_key=keys["OKPAY_SMS_KEY"], acquirer_key=keys["OKPAY_ACQUIRER_KEY"],
        webhook_url=arguments.webhook_url, webhook_secret=keys[SIGNING],
    )  # fmt: skip
    try:
        serve(plan, _say_where)
    except CannotServe as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m okpay_sandbox",
        description="The outside world of a trial: a mail server, an SMS gateway, a card acquirer.",
        epilog="It listens on 127.0.0.1 only. When standard input is a pipe, it ends with the pipe.",
    )
    parser.add_argument(
        "--port", type=int, default=8001, help="the port of the pages and the gateway; 0: a free one"
    )
    parser.add_argument("--smtp-port", type=int, default=0, help="the port of the mail server; 0: a free one")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="where messages are kept")
    parser.add_argument(
        "--wallet", default="http://localhost:8000", metavar="URL", help="the wallet's address"
    )
    parser.add_argument(
        "--webhook-url", default="", metavar="URL", help="where the acquirer sends events; else nowhere"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="where to log; else to the terminal")
    return parser


def _say_where(port: int, smtp_port: int) -> None:
    print(json.dumps({"http": port, "smtp": smtp_port}), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
