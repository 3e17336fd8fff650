"""`okpay run` and the sandbox beside it: together they start, and together they end."""

import json
import os
import random
import re
import signal
import smtplib
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stripe

from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.home import Home
from okpay.doors.cli.sandbox import Sandbox, port_for, running_sandbox
from tests.doors.cli.test_run import _assets, home, running, start, wait_until_ready
from tests.okpay_sandbox.acquirer.listening import listening

__all__ = ["_assets", "home"]

NAMES = (
    "OKPAY_MAIL_URL", "OKPAY_SMS_URL", "OKPAY_SMS_KEY", "OKPAY_SANDBOX_URL", "OKPAY_ACQUIRER_URL",
    "OKPAY_ACQUIRER_KEY", "OKPAY_ACQUIRER_WEBHOOK_SECRET",
)  # fmt: skip


@pytest.fixture
def port() -> int:
    """A free port with a free one behind it, both below those that systems give away by themselves."""
    while True:
        found = random.randrange(20_000, 30_000)
        if port_for(found - 1, None) and port_for(found, None):
            return found


def told(program: subprocess.Popen[str]) -> str:
    """Return what the program says until it runs."""
    assert program.stdout is not None
    said = ""
    for line in program.stdout:
        said += line
        if "Ctrl-C stops it" in line:
            break
    return said


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until_gone(port: int) -> None:
    deadline = time.monotonic() + 10
    while answers(port):
        assert time.monotonic() < deadline, "the sandbox outlived the wallet"
        time.sleep(0.05)


def stop(program: subprocess.Popen[str]) -> str:
    program.send_signal(signal.SIGINT)
    said, _ = program.communicate(timeout=30)
    assert program.returncode == 0, said
    return said


def test_it_starts_and_stops_with_the_wallet(home: Path, port: int) -> None:
    with running(home, port) as program:
        said = told(program)
        assert f"  OKPay runs: http://localhost:{port}\n" in said
        assert f"  Mail and SMS of the trial arrive at: http://127.0.0.1:{port + 1}\n" in said
        assert answers(port + 1)
        with urllib.request.urlopen(f"http://127.0.0.1:{port + 1}/", timeout=5) as page:
            assert f'href="http://localhost:{port}"' in page.read().decode()
        stop(program)
    assert not answers(port + 1)
    assert (home / "run" / "log" / "sandbox.jsonl").exists()
    assert (home / "run" / "log" / "sandbox-errors.log").read_text() == ""
    assert (home / "run" / "sandbox" / "messages.jsonl").exists()


def test_it_ends_also_when_the_wallet_is_killed(home: Path, port: int) -> None:
    with running(home, port) as program:
        told(program)
        assert answers(port + 1)
        program.kill()
        wait_until_gone(port + 1)
    with running(home, port) as program:
        assert f"http://127.0.0.1:{port + 1}\n" in told(program), "the same address as before"
        stop(program)


def test_the_wallet_goes_on_when_the_sandbox_dies(home: Path, port: int) -> None:
    with running(home, port) as program:
        told(program)
        listed = subprocess.run(
            ["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
        )
        row = next(row for row in listed.stdout.splitlines() if f"okpay_sandbox --port {port + 1} " in row)
        assert int(row.split()[1]) == program.pid
        os.kill(int(row.split()[0]), signal.SIGKILL)
        wait_until_gone(port + 1)
        wait_until_ready(port, program)
        stop(program)


def test_a_taken_port_means_a_free_one_unless_it_was_asked_for(home: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with running(home, number - 1) as program:
            found = re.search(r"arrive at: http://127\.0\.0\.1:(\d+)\n", told(program))
            assert found
            assert int(found[1]) != number
            assert answers(int(found[1]))
            stop(program)
        refused = start(home, "--port", str(port), "--sandbox-port", str(number))
        said, _ = refused.communicate(timeout=30)
        assert refused.returncode == 2
        assert f"Port {number} is taken" in said
        assert "--sandbox-port" in said


@pytest.mark.parametrize("arguments", [("--no-sandbox",), ("--role", "web"), ("--role", "api")])
def test_it_is_left_out(home: Path, port: int, arguments: tuple[str, ...]) -> None:
    with running(home, port, *arguments) as program:
        assert "Mail and SMS" not in told(program)
        assert not answers(port + 1)
        stop(program)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An installation without any of the sandbox's variables."""
    for name in NAMES:
        # Set first, so that what a test sets is taken away again.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    (tmp_path / "log").mkdir()
    return Home(data=tmp_path, keys=tmp_path, assets=tmp_path)


@contextmanager
def beside(own: Home) -> Iterator[Sandbox]:
    with running_sandbox(own, wallet_url="http://localhost:8000", port=0) as sandbox:
        sandbox.tell_settings()
        yield sandbox


def send_sms(url: str, key: str) -> int:
    body = json.dumps({"to": "+15550100", "text": "Hi", "reference": "wired"}).encode()
    request = urllib.request.Request(url, body, {"Authorization": f"Bearer {key}"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_settings_are_told_where_it_is(own: Home) -> None:
    with beside(own) as sandbox:
        assert os.environ["OKPAY_SANDBOX_URL"] == f"http://127.0.0.1:{sandbox.port}"
        assert os.environ["OKPAY_MAIL_URL"] == f"smtp://127.0.0.1:{sandbox.smtp_port}"
        assert os.environ["OKPAY_SMS_URL"] == f"http://127.0.0.1:{sandbox.port}/sms/v1/messages"
        assert len(os.environ["OKPAY_SMS_KEY"]) >= 32
        assert send_sms(os.environ["OKPAY_SMS_URL"], os.environ["OKPAY_SMS_KEY"]) == 202
        assert send_sms(os.environ["OKPAY_SMS_URL"], "another") == 401
        with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=5) as server:
            assert server.noop()[0] == 250


def test_each_start_has_a_key_of_its_own(own: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with beside(own) as first:
        pass
    for name in NAMES:
        monkeypatch.delenv(name)
    with beside(own) as second:
        assert second.sms_key != first.sms_key
        assert second.acquirer_key != first.acquirer_key
        assert second.webhook_secret != first.webhook_secret


def ask_acquirer(url: str, key: str) -> int:
    request = urllib.request.Request(  # noqa: S310
        f"{url}/v1/payment_intents", headers={"Authorization": f"Bearer {key}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_settings_are_told_of_the_acquirer(own: Home) -> None:
    with beside(own) as sandbox:
        assert os.environ["OKPAY_ACQUIRER_URL"] == f"http://127.0.0.1:{sandbox.port}"
        assert os.environ["OKPAY_ACQUIRER_KEY"].startswith("sk_test_")
        assert os.environ["OKPAY_ACQUIRER_WEBHOOK_SECRET"].startswith("whsec_")
        assert ask_acquirer(sandbox.url, os.environ["OKPAY_ACQUIRER_KEY"]) == 200
        assert ask_acquirer(sandbox.url, "sk_test_another") == 401


def test_the_acquirer_tells_the_wallet_at_its_address(own: Home) -> None:
    """What it signs with is what the settings are told, and it goes to the wallet's own address."""
    with listening() as listener:
        wallet = listener.url.removesuffix("/webhooks/acquirer")
        with running_sandbox(own, wallet_url=wallet, port=0) as sandbox:
            sandbox.tell_settings()
            key, secret = os.environ["OKPAY_ACQUIRER_KEY"], os.environ["OKPAY_ACQUIRER_WEBHOOK_SECRET"]
            client = stripe.StripeClient(key, base_addresses={"api": sandbox.url})
            session = client.v1.checkout.sessions.create(
                {"mode": "setup", "currency": "usd", "success_url": f"{wallet}/back"}
            )
            form = urllib.parse.urlencode({"number": "4242424242424242", "expiry": "1234", "code": "123"})
            assert session.url
            with urllib.request.urlopen(session.url, timeout=5) as page:  # noqa: S310
                assert f"form-action 'self' {wallet};" in page.headers["content-security-policy"]
            with pytest.raises(urllib.error.HTTPError), urllib.request.urlopen(session.url, form.encode()):  # noqa: S310
                pass
            done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
            assert isinstance(done.setup_intent, stripe.SetupIntent)
            token = str(done.setup_intent.payment_method)
            client.v1.payment_intents.create(
                {"amount": 100, "currency": "usd", "payment_method": token, "confirm": True}
            )
            deadline = time.monotonic() + 10
            while not listener.heard:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        body, signed = listener.heard[0]
        assert stripe.Webhook.construct_event(body, signed, secret).type == "payment_intent.succeeded"


def test_what_the_operator_set_stays(own: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = {
        "OKPAY_MAIL_URL": "smtp://mail.example.com",
        "OKPAY_SMS_URL": "https://sms.example.com/messages",
        "OKPAY_SMS_KEY": "the-key-of-a-real-gateway",
        "OKPAY_SANDBOX_URL": "http://sandbox.example.com",
        "OKPAY_ACQUIRER_URL": "https://acquirer.example.com",
        "OKPAY_ACQUIRER_KEY": "sk_live_of_a_real_acquirer",
        "OKPAY_ACQUIRER_WEBHOOK_SECRET": "whsec_of_a_real_acquirer",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    with beside(own) as sandbox:
        assert {name: os.environ[name] for name in NAMES} == theirs
        url = f"{sandbox.url}/sms/v1/messages"
        assert send_sms(url, "the-key-of-a-real-gateway") == 401, "it is not told the key of another gateway"
        assert ask_acquirer(sandbox.url, "sk_live_of_a_real_acquirer") == 401, "nor of another acquirer"
        assert sandbox.webhook_secret != "whsec_of_a_real_acquirer"


def test_a_key_that_the_operator_chose_is_used(own: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKPAY_SMS_KEY", "chosen")
    monkeypatch.setenv("OKPAY_ACQUIRER_KEY", "sk_test_chosen")
    with beside(own) as sandbox:
        assert ask_acquirer(sandbox.url, "sk_test_chosen") == 200
        assert send_sms(os.environ["OKPAY_SMS_URL"], "chosen") == 202


def test_one_that_does_not_start_is_said_with_the_way_out(own: Home) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CommandError, match=r"did not start: Port \d+ .* is taken.*--no-sandbox"),
        running_sandbox(own, wallet_url="http://localhost:8000", port=taken.getsockname()[1]),
    ):
        pass


def test_the_port_is_the_wallets_plus_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert port_for(number - 1, None) == 0
        with pytest.raises(CommandError, match=f"Port {number} is taken"):
            port_for(8000, number)
    assert port_for(number - 1, None) == number
    assert port_for(65535, None) == 0
    with pytest.raises(CommandError, match="Port 70000"):
        port_for(8000, 70000)
