"""What the proof of chaos kills and starts again: the web, the worker and PostgreSQL; and the acquirer, which stays."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from okpay.base.cluster import Cluster
from prove.killing import kill_postgresql

KINDS = ("web", "worker", "postgresql", "all")
WEIGHTS = (4, 4, 3, 2)
ORIGIN_HOST = "localhost"


class Stage:
    """The processes of one installation, and the acquirer outside."""

    def __init__(self, cluster: Cluster, folder: Path, port: int) -> None:
        self.cluster, self.folder, self.port = cluster, folder, port
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._sandbox: subprocess.Popen[bytes] | None = None
        self.acquirer_url = ""

    def start_acquirer(self, *, lost: float, doubled: float, seed: int) -> None:
        """Start the acquirer, have it lose and double answers, and tell the environment where it is."""
        key = "sk_test_" + secrets.token_hex(16)
        secret = "whsec_" + secrets.token_hex(16)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OKPAY_")}
        environment = {
            **kept,
            "OKPAY_SMS_KEY": secrets.token_hex(16),
            "OKPAY_ACQUIRER_KEY": key,
            "OKPAY_ACQUIRER_WEBHOOK_SECRET": secret,
        }
        wallet = f"http://{ORIGIN_HOST}:{self.port}"
        self._sandbox = subprocess.Popen(
            [
                sys.executable, "-m", "okpay_sandbox", "--port", "0", "--data", self.folder / "sandbox",
                "--wallet", wallet, "--webhook-url", f"{wallet}/webhooks/acquirer",
                "--log", self.folder / "sandbox.jsonl",
            ],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._sandbox.stdout is not None
        ports = json.loads(self._sandbox.stdout.readline())
        self.acquirer_url = f"http://127.0.0.1:{ports['http']}"
        os.environ["OKPAY_ACQUIRER_URL"] = self.acquirer_url
        os.environ["OKPAY_ACQUIRER_KEY"] = key
        os.environ["OKPAY_ACQUIRER_WEBHOOK_SECRET"] = secret
        self.set_rates(lost=lost, doubled=doubled, seed=seed)

    def set_rates(self, *, lost: float, doubled: float, seed: int) -> dict[str, object]:
        """Set how many of the acquirer's answers are lost and doubled; return what the rates before have done."""
        before: dict[str, object] = json.loads(self._control("GET", b""))
        self._control("PUT", json.dumps({"lost": lost, "doubled": doubled, "seed": seed}).encode())
        return before

    def start(self, name: str) -> None:
        """Start the web or the worker."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-m", "prove.serving", name, str(self.port)],
                stdout=log,
                stderr=log,
            )

    def kill(self, kind: str) -> None:
        """Kill what the kind says, at once and without warning, and start it again."""
        roles = ("web", "worker") if kind == "all" else (kind,) if kind != "postgresql" else ()
        for name in roles:
            self._running[name].kill()
        if kind in ("postgresql", "all"):
            kill_postgresql(self.cluster)
        for name in roles:
            self._running[name].wait()
        if kind in ("postgresql", "all"):
            self.cluster.start()
        for name in roles:
            self.start(name)

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Wait until the web answers from the database. Raises: TimeoutError."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{self.port}/health/ready", timeout=5
                ) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError("the web did not get ready")
            time.sleep(0.1)

    def ended(self) -> dict[str, int]:
        """Return which of the roles have ended by themselves, which they must not, with their exit status."""
        found = {name: process.poll() for name, process in self._running.items()}
        return {name: status for name, status in found.items() if status is not None}

    def stop(self) -> None:
        """End everything but the database."""
        for process in self._running.values():
            process.send_signal(signal.SIGINT)
        for process in self._running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._sandbox is not None:
            assert self._sandbox.stdin is not None
            self._sandbox.stdin.close()
            self._sandbox.wait(30)

    def _control(self, method: str, body: bytes) -> bytes:
        request = urllib.request.Request(  # noqa: S310 our own address
            f"{self.acquirer_url}/control/v1/rates",
            body or None,
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content: bytes = answer.read()
        return content
