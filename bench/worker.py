"""One worker process: prepares and runs a task when the parent says so on standard input, and answers in JSON lines."""

from __future__ import annotations

import gc
import json
import sys
import time

import django

from bench.tasks import Task, load


def _run(task: Task, seconds: float) -> dict[str, object]:
    latencies: list[float] = []
    transfers = 0
    task.retries = 0
    clock = time.perf_counter
    # What was prepared is a million objects that stay: a collector that walks over them would be measured, too.
    gc.collect()
    gc.freeze()
    start = before = clock()
    end = start + seconds
    while before < end:
        made = task.call()
        if made is None:
            break
        now = clock()
        latencies.append((now - before) * 1000)
        transfers += made
        before = now
    elapsed = clock() - start
    gc.unfreeze()
    return {"transfers": transfers, "seconds": elapsed, "retries": task.retries, "latencies_ms": latencies}


def main(argv: list[str]) -> None:
    """Serve orders until standard input ends: prepare a task for some seconds at a rate of calls, or run it."""
    django.setup()
    tasks: dict[str, Task] = {}
    for line in sys.stdin:
        order = json.loads(line)
        name = order["task"]
        task = tasks.get(name) or tasks.setdefault(name, load(name, seed=f"{name} {argv[0]}"))
        answer: dict[str, object] = {}
        if "prepare" in order:
            task.prepare(order["prepare"], order["rate"])
        else:
            answer = _run(task, order["run"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
