"""The bench, run whole on a small scale: it must come to an end and find its book right. No figure is judged."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.postgres import HOME, ROOT


def _bench(output: Path, *words: str, **environment: str) -> Any:
    """Run the bench on a small scale and return what it has written."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--rounds", "1", *words, "--output", str(output)],
        cwd=ROOT,
        env={
            **os.environ,
            "OKPAY_BENCH_HOME": str(HOME / "bench"),
            "OKPAY_BENCH_ACCOUNTS": "200",
            "OKPAY_BENCH_SCALE": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(output.read_text())


def test_the_bench_runs_and_writes_its_figures(tmp_path: Path) -> None:
    only = r"batch_1\.hot|batch_100\.(uniform|holds)|transfers|peer|http|web"
    found = _bench(tmp_path / "figures.json", "--only", only, "--seconds", "0.2")
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
        "web.home",
        "web.send.two_processes",
    } <= set(found["figures"])
    assert {"per_second", "p50_ms", "p99_ms", "ratio_to_tpcb"} <= set(found["figures"]["peer.hordak.single"])
    assert found["settings"]["fsync"] == found["settings"]["full_page_writes"] == "on"
    assert set(found["machine"]) == {"cores", "memory_gib", "cpu", "system", "postgresql", "python"}
    assert set(found["client_microseconds_per_request"]) == {"single", "bulk"}
    assert "growth" not in found


def test_what_has_grown_verifies_and_is_measured(tmp_path: Path) -> None:
    only, sizes = r"single|deep", {"OKPAY_BENCH_POSTINGS": "500,4000"}

    found = _bench(tmp_path / "figures.json", "--growth", "--only", only, "--seconds", "0.2", **sizes)

    wanted = {
        f"http.{what}.{size}" for what in ("transfer.single", "movements.page.deep") for size in ("500", "4k")
    }
    assert found["figures"].keys() == {"tpcb", *wanted}
    small, large = found["growth"]
    assert (small["postings"], large["postings"]) == (500, 4000)
    assert 0 < small["bytes"] < large["bytes"]
