"""The sandbox beside a trial: a process of its own, started before the wallet and gone with it."""

from __future__ import annotations

import json
import os
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from okpay.base.folders import make_folder
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.home import Home

HOST = "127.0.0.1"
"""Not `localhost`, where the wallet is: cookies belong to a host name, whatever the port."""
WEBHOOK_PATH = "/webhooks/acquirer"
"""Where the wallet takes the events of the acquirer."""
START_SECONDS = 30.0
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Sandbox:
    """Where a running sandbox answers."""

    port: int
    smtp_port: int
    sms_key: str
    acquirer_key: str
    webhook_secret: str

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def tell_settings(self) -> None:
        """Tell the wallet's settings, through the environment, what the operator has not told them."""
        if not os.environ.get("OKPAY_SMS_URL"):
            os.environ["OKPAY_SMS_URL"] = f"{self.url}/sms/v1/messages"
            os.environ["OKPAY_SMS_KEY"] = self.sms_key
        if not os.environ.get("OKPAY_MAIL_URL"):
            os.environ["OKPAY_MAIL_URL"] = f"smtp://{HOST}:{self.smtp_port}"
        if not os.environ.get("OKPAY_ACQUIRER_URL"):
            os.environ["OKPAY_ACQUIRER_URL"] = self.url
            os.environ["OKPAY_ACQUIRER_KEY"] = self.acquirer_key
            os.environ["OKPAY_ACQUIRER_WEBHOOK_SECRET"] = self.webhook_secret
        if not os.environ.get("OKPAY_SANDBOX_URL"):
            os.environ["OKPAY_SANDBOX_URL"] = self.url


@contextmanager
def running_sandbox(home: Home, *, wallet_url: str, port: int) -> Iterator[Sandbox]:
    """Run the body with a sandbox that answers.

    It ends with the body, and also when this process is killed: the pipe to it is closed then.

    Args:
        home: The folders of this installation; the sandbox keeps its messages and its log in the data folder.
        wallet_url: Where its pages lead back to, and where the acquirer sends its events.
        port: The port of its pages; 0 is a free one.

    Raises:
        CommandError: It does not start.
    """
    errors = home.log.parent / "sandbox-errors.log"
    given = {
        "OKPAY_SMS_KEY": _secret("OKPAY_SMS_KEY", "OKPAY_SMS_URL"),
        "OKPAY_ACQUIRER_KEY": _secret("OKPAY_ACQUIRER_KEY", "OKPAY_ACQUIRER_URL", "sk_test_"),
        "OKPAY_ACQUIRER_WEBHOOK_SECRET": _secret(
            "OKPAY_ACQUIRER_WEBHOOK_SECRET", "OKPAY_ACQUIRER_URL", "whsec_"
        ),
    }
    # It gets none of the wallet's secrets.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OKPAY_")}
    command = [sys.executable, "-m", "okpay_sandbox", "--port", str(port), "--smtp-port", "0"]
    command += ["--data", str(make_folder(home.data / "sandbox")), "--wallet", wallet_url]
    command += ["--webhook-url", f"{wallet_url}{WEBHOOK_PATH}"]
    command += ["--log", str(home.log.parent / "sandbox.jsonl")]
    with errors.open("wb") as complaints:
        process = subprocess.Popen(
            command, env={**kept, **given}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=complaints,
            # Ctrl-C is for us: the wallet may send a last mail while it stops.
            start_new_session=True,
        )  # fmt: skip
    try:
        ports = _wait_until_ready(process, errors)
        yield Sandbox(ports["http"], ports["smtp"], *given.values())
    finally:
        _stop(process)


def _secret(name: str, address: str, start: str = "") -> str:
    """Return a secret for the sandbox: the operator's own, unless it belongs to a service at an address of theirs."""
    chosen = "" if os.environ.get(address) else os.environ.get(name, "")
    return chosen or start + secrets.token_urlsafe(32)


def port_for(wallet_port: int, wanted: int | None) -> int:
    """Return the sandbox's port: the wanted one, else the wallet's plus one, else 0 for a free one.

    Raises:
        CommandError: The wanted one is taken, or is none.
    """
    if wanted is not None:
        if not _is_free(wanted):
            raise CommandError(
                f"Port {wanted} is taken or cannot be used for the sandbox: choose another --sandbox-port, "
                "or start with --no-sandbox."
            )
        return wanted
    return wallet_port + 1 if _is_free(wallet_port + 1) else 0


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
        return True


def _wait_until_ready(process: subprocess.Popen[bytes], errors: Path) -> dict[str, int]:
    """Return the ports that the sandbox names once mail and HTTP answer."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_SECONDS
    said = b""
    while not said.endswith(b"\n") and time.monotonic() < deadline:
        readable, _, _ = select.select([process.stdout], [], [], 0.5)
        if not readable:
            continue
        part = os.read(process.stdout.fileno(), 4096)
        if not part:
            break
        said += part
    try:
        ports: dict[str, int] = json.loads(said)
    except ValueError:
        reason = (errors.read_text(errors="replace").strip().splitlines() or ["it gave no reason"])[-1]
        raise CommandError(
            f"The sandbox did not start: {reason} Start with --no-sandbox to do without its mail, SMS and cards."
        ) from None
    return ports


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    # The end of the pipe asks it to stop; only one that hangs is asked further.
    process.stdin.close()
    for insist in (process.terminate, process.kill):
        try:
            process.wait(STOP_SECONDS)
            break
        except subprocess.TimeoutExpired:
            insist()
    process.wait()
    process.stdout.close()
