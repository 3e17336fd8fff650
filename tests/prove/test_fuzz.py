"""The proof of fuzzing, in small: it comes to an end without a miss, and each operation has had its requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from okpay.doors.api.operations import OPERATIONS
from prove import fuzz
from tests.postgres import HOME, ROOT


def test_a_few_requests_to_each_operation_find_nothing(tmp_path: Path) -> None:
    output = tmp_path / "fuzz.json"

    done = subprocess.run(
        [sys.executable, "-m", "prove", "fuzz", "--cases", "5", "--seed", "3", "--output", str(output)],
        cwd=ROOT,
        env={**os.environ, "OKPAY_PROVE_HOME": str(HOME / "prove-http")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(output.read_text())
    assert found["misses"] == []
    by_operation = found["counts"]["by_operation"]
    assert by_operation.keys() == {f"{one.method} {one.path}" for one in OPERATIONS}
    assert min(by_operation.values()) >= 5
    assert set(found["counts"]["checks"]) == set(fuzz.CHECKS)
    assert found["counts"]["by_status"]["201"] > 0


def test_what_a_check_finds_is_a_miss(tmp_path: Path) -> None:
    value = {"method": "GET", "path": "/v1/health"}
    answered = {"status_code": 500, "content": {"$base64": "eyJjb2RlIjoiaW50ZXJuYWxfZXJyb3IifQ=="}}
    failure = {"operation": "GET /v1/health", "title": "Server error", "message": "It \n broke"}
    recorder = {
        "cases": {"a": {"value": value}},
        "interactions": {
            "a": {"request": {"method": "GET", "uri": "http://x/v1/health"}, "response": answered}
        },
        "checks": {
            "a": [{"name": "not_a_server_error", "status": "failure", "failure_info": {"failure": failure}}]
        },
    }
    report = tmp_path / "events.ndjson"
    report.write_text(
        "\n".join(json.dumps({"ScenarioFinished": {"recorder": found}}) for found in (recorder, {}))
    )

    counts, misses = fuzz._read(report, 1)

    assert counts["requests"] == 1
    assert misses[0] == "GET /v1/health: Server error: It broke (GET health: 500 internal_error)"
    assert "GET /v1/cards was sent 0 requests instead of 1" in misses
    assert not any(miss.startswith("GET /v1/health was sent") for miss in misses)
