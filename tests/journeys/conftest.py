"""A real browser and the real application, served as `./okpay run` serves it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import uvicorn
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django import DjangoDbBlocker

from okpay.config.asgi import create_application
from okpay.config.wiring import worker_loops
from okpay.config.worker import Worker
from okpay.doors.cli.messages import compile_messages, stale_messages
from tests.journeys.book import sample_book
from tests.journeys.record import sample_record
from tests.journeys.routes import addresses
from tests.okpay_sandbox.running import ACQUIRER_KEY, KEY, WEBHOOK_SECRET, Running, running

OUTSIDE = (
    "ORIGIN", "SANDBOX_URL", "MAIL_URL", "SMS_URL", "SMS_KEY", "ACQUIRER_URL", "ACQUIRER_KEY",
    "ACQUIRER_WEBHOOK_SECRET",
)  # fmt: skip
"""The settings that say where the outside world is."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def listener() -> Iterator[socket.socket]:
    """Where the application will answer: known before, since the acquirer sends its events there."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@pytest.fixture(scope="package")
def outside(tmp_path_factory: pytest.TempPathFactory, listener: socket.socket) -> Iterator[Running]:
    """The sandbox of the journeys: mail and SMS arrive there, and it charges cards."""
    hook = f"http://localhost:{listener.getsockname()[1]}/webhooks/acquirer"
    with running(tmp_path_factory.mktemp("outside"), "--webhook-url", hook) as found:
        yield found


@pytest.fixture(scope="package")
def session(django_db_blocker: DjangoDbBlocker) -> str:
    """The session of somebody with a long name and a full record, for pages that need one."""
    with django_db_blocker.unblock():
        return sample_record().session


@pytest.fixture(scope="package")
def site(django_db_blocker: DjangoDbBlocker, listener: socket.socket, outside: Running) -> Iterator[str]:
    """The address of the application with a small book, served from a thread of this process."""
    with django_db_blocker.unblock():
        sample_book()
    for stale in stale_messages():
        compile_messages(stale)
    # Connections of the server's threads would outlive it: each page closes its own.
    kept = connections.settings["default"]["CONN_MAX_AGE"]
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    config = uvicorn.Config(
        create_application("web"), log_config=None, access_log=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    address = f"http://localhost:{listener.getsockname()[1]}"
    # The background loops work between the tests, too.
    with django_db_blocker.unblock(), _connected(address, outside):
        yield address
    server.should_exit = True
    thread.join(10)
    connections.settings["default"]["CONN_MAX_AGE"] = kept


@contextmanager
def _connected(address: str, outside: Running) -> Iterator[None]:
    """Run the background loops, with the sandbox as the outside world; afterwards the settings are as before."""
    kept = {name: getattr(settings, name) for name in OUTSIDE}
    settings.ORIGIN, settings.SANDBOX_URL = address, outside.url
    settings.MAIL_URL = f"smtp://127.0.0.1:{outside.smtp_port}"
    settings.SMS_URL, settings.SMS_KEY = f"{outside.url}/sms/v1/messages", KEY
    settings.ACQUIRER_URL, settings.ACQUIRER_KEY = outside.url, ACQUIRER_KEY
    settings.ACQUIRER_WEBHOOK_SECRET = WEBHOOK_SECRET
    worker = Worker(worker_loops())
    worker.start()
    yield
    worker.stop()
    for name, value in kept.items():
        setattr(settings, name, value)


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """Forget what rate limits counted: all journeys come from one address."""
    with psycopg.connect(os.environ["OKPAY_TEST_OWNER_URL"], autocommit=True) as connection:
        connection.execute("TRUNCATE base_cache")


@pytest.fixture(scope="package")
def browser(site: str, session: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Browser]:
    """One Chromium for all journeys of this process.

    Playwright keeps an event loop running, beside which Django does not open its database: so the book is there
    before, and browser and loop are gone before other tests come.
    """
    with django_db_blocker.unblock():
        addresses()
    found = os.environ.get("OKPAY_CHROMIUM") or shutil.which("chromium")
    assert found, "no Chromium: set OKPAY_CHROMIUM to one, or let ./okpay test find it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, site: str, language: str = "en", **options: object) -> Iterator[BrowserContext]:
    """Open a fresh browser profile of somebody who reads one language; motion is off, so that pictures are still."""
    context = browser.new_context(
        base_url=site,
        locale={"en": "en-US", "zh-hans": "zh-CN"}[language],
        reduced_motion="reduce",
        **options,  # type: ignore[arg-type]
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


class Watched:
    """What a page did besides showing itself: complaints in its console, and requests to others."""

    def __init__(self, page: Page, site: str) -> None:
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._see(request.url, site))

    def _hear(self, kind: str, text: str) -> None:
        # The status of an error page is no complaint.
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.complaints.append(text)

    def _see(self, url: str, site: str) -> None:
        if not url.startswith((site + "/", "data:", "about:")):
            self.strangers.append(url)
