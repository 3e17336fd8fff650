"""The lines of programs' requests: as whole and as plain as every other line of the log."""

import json
import logging

import pytest

from okpay.config.access import AccessLog
from okpay.config.logs import JsonLines


def test_each_request_is_a_line_like_any_other(caplog: pytest.LogCaptureFixture) -> None:
    log = AccessLog()
    with caplog.at_level(logging.INFO, "okpay.access"):
        logging.getLogger("okpay.access").addHandler(caplog.handler)
        for number in range(3):
            log.note(f"id-{number}", "POST", "/v1/transfers/{id}", 201, 1.5)
        log.note("broken", 'X"Y', "/v1/accounts", 500, 2.0)
        log.close()
        logging.getLogger("okpay.access").removeHandler(caplog.handler)
    lines = [
        json.loads(line)
        for record in dict.fromkeys(caplog.records)
        for line in JsonLines().format(record).split("\n")
    ]
    assert [line["request"] for line in lines] == ["id-0", "id-1", "id-2", "broken"]
    assert lines[0]["path"] == "/v1/transfers/{id}"
    assert (lines[0]["status"], lines[0]["ms"], lines[3]["method"]) == (201, 1.5, 'X"Y')
    assert all(line["at"].endswith("+00:00") and line["level"] == "info" for line in lines)
