"""Without a database every page says so and when to come back, also to whoever brings a session."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.postgres import ROOT

ASK = """
import django; django.setup()
from django.test import Client
client = Client(raise_request_exception=False, headers={"host": "localhost"})
client.cookies["okpay_session"] = "a" * 32
for ask, path in ((client.get, "/"), (client.get, "/wallet"), (client.post, "/send"), (client.get, "/records")):
    answer = ask(path)
    print(path, answer.status_code, answer.headers["Retry-After"], b"Back in a moment" in answer.content)
"""


def test_pages_say_that_it_is_a_matter_of_moments() -> None:
    nowhere = {
        "OKPAY_DATABASE_URL": "postgresql://okpay_app:nobody@127.0.0.1:1/nowhere",
        "OKPAY_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "okpay.config.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{path} 503 2 True" for path in ("/", "/wallet", "/send", "/records")
    ]
