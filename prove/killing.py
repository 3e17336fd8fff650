"""Kill a whole PostgreSQL as a power failure would: the postmaster and every process of it, at once."""

from __future__ import annotations

import os
import signal
import subprocess

from okpay.base.cluster import Cluster


def kill_postgresql(cluster: Cluster) -> None:
    """Kill the server of a cluster with -9, if it runs."""
    postmaster = cluster.running_pid()
    if postmaster is None:
        return
    shown = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [line.split() for line in shown.splitlines()]
    children = [int(pid) for pid, parent in pairs if int(parent) == postmaster]
    for pid in (postmaster, *children):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
