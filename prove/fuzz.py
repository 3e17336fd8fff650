"""`./okpay prove fuzz`: random requests to every operation of the API, by its own document, with schemathesis.

Requests that fit the document and requests that do not, one by one and in sequences, with a key of all scopes whose
owner has money. No answer may be a 5xx, have a status, a content type, a header or a shape that the document does not
have, or come without a key; and what does not fit must be refused. In the end the book must verify.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import server
from okpay.base.cluster import Cluster
from prove import results, running
from prove.chaos_stage import Stage
from prove.http_people import Holder, open_holders
from prove.http_program import Program, free_port, prepare
from prove.saying import Say

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ensure_resource_availability",
    "use_after_free",
    "ignored_auth",
)
"""Not `positive_data_acceptance`: what fits the document may be refused all the same, for want of money."""
_RATE = "1000000"
_LONGEST = 600


def main(argv: list[str]) -> int:
    """Run the proof, write its result; return 1 when there was a miss."""
    options = _options(argv)
    return running.run(options, "prove-http", lambda cluster: _run(cluster, prepare(cluster), options))


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="okpay prove fuzz", description=__doc__)
    parser.add_argument(
        "--cases", type=int, default=1_000, help="how many random requests to each operation (1000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the requests (1)")
    parser.add_argument(
        "--output", type=Path, default=results.FOLDER / "fuzz.json", help="where the result goes"
    )
    return parser.parse_args(argv)


def _run(cluster: Cluster, home: Path, options: argparse.Namespace) -> tuple[dict[str, object], list[str]]:
    stage = Stage(cluster, home, free_port())
    (home / "sandbox").mkdir(exist_ok=True)
    stage.start_acquirer(lost=0, doubled=0, seed=options.seed)
    try:
        # Only now: the settings read where the acquirer and the database are.
        import django

        django.setup()
        from prove.chaos_people import GOOD_CARD, add_card

        payer, payee = open_holders(2)
        card = add_card(payer.customer_id, GOOD_CARD)
        django.db.connection.close()
        cluster.stop()
        program = Program(cluster, home, stage.port, role="api", processes=1)
        program.start(OKPAY_API_RATE=_RATE)
        try:
            program.wait_until_ready()
            with tempfile.TemporaryDirectory() as folder:
                _fuzz(program.port, payer, options, Path(folder), recipient=payee.email, card=str(card))
                counts, misses = _read(Path(folder) / "events.ndjson", options.cases)
        finally:
            program.stop()
    finally:
        stage.stop()
    cluster.start()
    return counts, [*misses, *_verified(Say())]


def _fuzz(
    port: int, payer: Holder, options: argparse.Namespace, folder: Path, *, recipient: str, card: str
) -> None:
    origin = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{origin}/v1/openapi.json", "--url", origin,
        "--header", f"Authorization: Bearer {payer.secret}",
        "--max-examples", str(options.cases), "--seed", str(options.seed), "--checks", ",".join(CHECKS),
        "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--warnings", "off",
        "--generation-database", "none",
        "--report", "ndjson", "--report-ndjson-path", str(folder / "events.ndjson"),
    ]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(server.ROOT), os.environ.get("PYTHONPATH")])),
        "SCHEMATHESIS_HOOKS": "prove.fuzz_hooks",
        "FUZZ_RECIPIENT": recipient,
        "FUZZ_CARD": card,
    }
    # Its exit status says whether it has found something: that is read from its report. It leaves things where it runs.
    subprocess.run(command, check=False, env=environment, cwd=folder)


def _read(report: Path, cases: int) -> tuple[dict[str, object], list[str]]:
    """Return how many requests went to each operation, and a sentence for everything that was found."""
    sent, statuses, checked = Counter[str](), Counter[str](), Counter[str]()
    misses: dict[str, None] = {}
    for recorder in _recorders(report):
        for id_, case in recorder.get("cases", {}).items():
            sent[f"{case['value']['method']} {case['value']['path']}"] += 1
            answered = recorder.get("interactions", {}).get(id_, {}).get("response")
            statuses[str(answered["status_code"]) if answered else "none"] += 1
        for id_, checks in recorder.get("checks", {}).items():
            for check in checks:
                checked[check["name"]] += 1
                if check["status"] == "failure":
                    misses[_miss(check["failure_info"]["failure"], recorder["interactions"].get(id_))] = None
    documented = {f"{one.method} {one.path}" for one in _operations()}
    misses |= {
        f"{name} was sent {sent[name]} requests instead of {cases}": None
        for name in sorted(documented)
        if sent[name] < cases
    }
    counts: dict[str, object] = {
        "requests": sum(sent.values()),
        "by_operation": {name: sent[name] for name in sorted(documented)},
        "by_status": dict(sorted(statuses.items())),
        "to_other_addresses": sum(count for name, count in sent.items() if name not in documented),
        "checks": {name: checked[name] for name in CHECKS},
    }
    return counts, list(misses)


def _miss(found: dict[str, Any], interaction: dict[str, Any] | None) -> str:
    request = (interaction or {}).get("request") or {}
    answered = (interaction or {}).get("response") or {}
    content = (answered.get("content") or {}).get("$base64", "")
    said = base64.b64decode(content)[:_LONGEST].decode("utf-8", "replace")
    code = re.search(r'"code":"([a-z_]+)"', said)
    told = " ".join(str(found["message"]).split())[:_LONGEST]
    asked = f"{request.get('method')} {request.get('uri', '').partition('/v1/')[2][:200]}"
    status = f"{answered.get('status_code')} {code[1] if code else ''}".strip()
    return f"{found['operation']}: {found['title']}: {told} ({asked}: {status})"


def _operations() -> tuple[Any, ...]:
    from okpay.doors.api.operations import OPERATIONS

    return OPERATIONS


def _recorders(report: Path) -> Iterator[dict[str, Any]]:
    with report.open() as lines:
        for line in lines:
            finished = json.loads(line).get("ScenarioFinished")
            if finished:
                yield finished["recorder"]


def _verified(say: Say) -> list[str]:
    from okpay.ledger import queries as book
    from okpay.movements import verification as of_movements
    from okpay.transfers import verification as of_transfers

    misses = []
    for name, verify in (
        ("book", book.verify), ("movements", of_movements.verify), ("transfers", of_transfers.verify)
    ):  # fmt: skip
        say(f"verifying: {name}")
        misses += [f"{name}: {problem}" for problem in verify().problems]
    return misses


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
