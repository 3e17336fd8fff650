"""The bench, run whole on a small scale: it must come to an end and find its book right. No figure is judged."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.postgres import HOME, ROOT


def test_the_bench_runs_and_writes_its_figures(tmp_path: Path) -> None:
    output = tmp_path / "figures.json"
    environment = {
        **os.environ,
        "OKPAY_BENCH_HOME": str(HOME / "bench"),
        "OKPAY_BENCH_ACCOUNTS": "200",
        "OKPAY_BENCH_SCALE": "1",
    }

    only = r"batch_1\.hot|batch_100\.(uniform|holds)|transfers|peer|http"

    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench", "--quick", "--only", only),
            *("--rounds", "1", "--seconds", "0.2", "--output", str(output)),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(output.read_text())
    assert {
        "tpcb",
        "ledger.batch_1.hot",
        "ledger.batch_100.uniform",
        "ledger.batch_100.holds",
        "transfers.send_100.uniform",
        "transfers.send_100.hot",
        "peer.orm.single",
        "http.transfer.single",
        "http.transfer.bulk_100.two_processes",
        "http.transfer.single.half_load",
        "http.movements.page",
    } <= set(found["figures"])
    assert {"per_second", "p50_ms", "p99_ms", "ratio_to_tpcb"} <= set(found["figures"]["peer.hordak.single"])
    assert found["settings"]["fsync"] == found["settings"]["full_page_writes"] == "on"
    assert set(found["machine"]) == {"cores", "memory_gib", "cpu", "system", "postgresql", "python"}
