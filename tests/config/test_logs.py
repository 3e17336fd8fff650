"""Logs say what happened and nothing about people."""

import json
import logging
import sys

import pytest

from okpay.config.logs import JsonLines


def line(record: logging.LogRecord) -> dict[str, object]:
    found = json.loads(JsonLines().format(record))
    assert isinstance(found, dict)
    return found


def record(message: str, *arguments: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("okpay", logging.INFO, __file__, 1, message, arguments, None)
    made.__dict__.update(fields)
    return made


def test_a_line_is_one_json_object() -> None:
    text = JsonLines().format(record("two\nlines of %s", "钱", status=200))
    assert "\n" not in text
    assert json.loads(text)["message"] == "two\nlines of 钱"
    assert json.loads(text)["status"] == 200


def test_unknown_fields_are_left_out() -> None:
    assert "phone" not in line(record("request", phone="555-0100"))


def test_the_text_of_an_error_is_left_out() -> None:
    try:
        raise ValueError("Key (email)=(anna@example.com) already exists.")
    except ValueError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    text = JsonLines().format(failed)
    assert "anna" not in text
    assert "builtins.ValueError" in text
    assert "test_logs.py" in text


@pytest.mark.parametrize("place", ["confirm-email", "recover", "password/reset/key"])
def test_what_a_mailed_link_holds_is_left_out(place: str) -> None:
    path = f"/account/{place}/Mg:1xW2PQ:is899WdWuGYU4im1/"
    text = JsonLines().format(record("Gone: %s", path, path=path))
    assert "1xW2PQ" not in text
    assert f"/account/{place}/…" in text
