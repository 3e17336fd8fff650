"""Worker processes that post through the program's own Python: the parent's side. The child's is bench/worker.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from bench.figures import Round


class WorkerFailed(Exception):
    """A worker process ended; its reason has been shown."""


def run_python(module: str, url: str, *arguments: str, settings: str = "okpay.config.settings") -> None:
    """Run a module in a process of its own, with Django on a database.

    Raises:
        WorkerFailed: It ended with an error.
    """
    command = [sys.executable, "-m", module, *arguments]
    if subprocess.run(command, check=False, env=environment(url, settings)).returncode != 0:
        raise WorkerFailed(f"{module} failed; the reason stands above.")


def environment(url: str, settings: str = "okpay.config.settings") -> dict[str, str]:
    """Return the environment in which a process works on a database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": settings,
        "OKPAY_DATABASE_URL": url,
        "OKPAY_MODE": "trial",
    }


@dataclass
class Workers:
    """A few processes with a database connection each, started when first needed, idle between rounds."""

    url: str
    settings: str = "okpay.config.settings"
    _processes: list[subprocess.Popen[str]] = field(default_factory=list, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self._processes:
            process.wait(timeout=30)

    def order(self, clients: int, order: dict[str, Any]) -> list[dict[str, Any]]:
        """Give some of the workers an order, all at once, and return their answers.

        Raises:
            WorkerFailed: One of them ended.
        """
        while len(self._processes) < clients:
            self._processes.append(self._start(len(self._processes)))
        chosen = self._processes[:clients]
        for process in chosen:
            assert process.stdin is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        return [_answer(process) for process in chosen]

    def _start(self, number: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "bench.worker", str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(self.url, self.settings),
        )  # fmt: skip


@dataclass
class WorkersTask:
    """One task of the workers, in rounds."""

    workers: Workers
    task: str
    """`name:argument:argument`, see `bench.tasks`."""
    _rate: float = 0
    """Calls per second of one worker, as last seen."""

    def prepare(self, seconds: float, clients: int) -> None:
        """Let the workers build what they will post, which is not part of what is measured."""
        self.workers.order(clients, {"task": self.task, "prepare": seconds, "rate": self._rate})

    def run(self, seconds: float, clients: int) -> Round:
        """Let the workers work for a while and return what they did together.

        Raises:
            WorkerFailed: One of them ended.
        """
        answers = self.workers.order(clients, {"task": self.task, "run": seconds})
        calls = [answer["latencies_ms"] for answer in answers]
        self._rate = max(len(made) / answer["seconds"] for made, answer in zip(calls, answers, strict=True))
        return Round(
            transfers=sum(answer["transfers"] for answer in answers),
            per_second=sum(answer["transfers"] / answer["seconds"] for answer in answers),
            latencies_ms=[latency for made in calls for latency in made],
            retries=sum(answer["retries"] for answer in answers),
        )


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise WorkerFailed("A worker process ended; the reason stands above.")
    answer: dict[str, Any] = json.loads(line)
    return answer
