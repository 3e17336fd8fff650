"""How a proof is run: on a cluster of its own, with a result in a file and its misses on the terminal."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping

from bench import server
from okpay.base.cluster import ADMIN_ROLE, Cluster, ClusterError
from okpay.base.folders import FolderError
from prove import results

Found = tuple[Mapping[str, object], list[str]]
"""What was done, and a sentence for everything that was not as promised."""


def run(options: argparse.Namespace, name: str, prove: Callable[[Cluster], Found]) -> int:
    """Start the cluster of a name, prove, write the result to `options.output`; return 1 when there was a miss."""
    begun = time.monotonic()
    try:
        cluster = server.own_cluster(name, "OKPAY_PROVE_HOME")
        cluster.start()
    except (FolderError, ClusterError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        counts, misses = prove(cluster)
        results.write(
            options.output, seed=options.seed, begun=begun, counts=counts, misses=misses,
            database_url=cluster.url(ADMIN_ROLE, "postgres"),
        )  # fmt: skip
    except server.NotDurable as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        cluster.stop()
    print(f"\n{counts}")
    for miss in misses[: results.MOST_MISSES]:
        print(f"MISS {miss}")
    print(f"{len(misses)} misses; written to {options.output}")
    return 1 if misses else 0
