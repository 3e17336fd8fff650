"""Somebody who takes events, in the wallet's place."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import stripe

from tests.okpay_sandbox.running import WEBHOOK_SECRET


@dataclass
class Listener:
    """What arrived, and what is answered next: statuses in turn, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[bytes, str]] = field(default_factory=list)

    def events(self) -> list[stripe.Event]:
        """Return what arrived as Stripe's library reads it; a wrong signature is an error."""
        return [stripe.Webhook.construct_event(body, signed, WEBHOOK_SECRET) for body, signed in self.heard]

    def wait_for(
        self, is_enough: Callable[[list[stripe.Event]], bool], seconds: float = 15
    ) -> list[stripe.Event]:
        """Wait until enough arrived, and return all of it."""
        deadline = time.monotonic() + seconds
        while not is_enough(self.events()):
            assert time.monotonic() < deadline, [event.type for event in self.events()]
            time.sleep(0.05)
        return self.events()


@contextmanager
def listening(
    *statuses: int, port: int = 0, certificate: tuple[Path, Path] | None = None
) -> Iterator[Listener]:
    """Run the body with somebody who takes events at `url`; with a certificate and its key, over HTTPS."""
    listener = Listener(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.heard.append((body, self.headers["Stripe-Signature"]))
            self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    listener.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/webhooks/acquirer"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
