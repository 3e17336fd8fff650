"""The addresses that say whether this process lives and can serve."""

import pytest
from django.db import OperationalError, connections

from tests.config.application import ask


def test_a_living_process_says_so_to_anyone() -> None:
    assert ask("/health/live", headers=()).status == 200


def test_it_is_ready_when_the_database_answers() -> None:
    assert ask("/health/ready", headers=((b"host", b"10.0.0.7"),)).status == 200


def test_it_is_not_ready_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(type(connections["default"]), "get_new_connection", refuse)
    answer = ask("/health/ready")
    assert answer.status == 503
    assert answer.headers[b"retry-after"] == b"5"


def test_there_is_nothing_else_below_health() -> None:
    assert ask("/health/secrets").status == 404


def test_the_api_role_serves_no_pages_yet() -> None:
    assert ask("/", role="api").status == 404
