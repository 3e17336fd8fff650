"""A process of its own in which residents of a town run errands: `python -m tests.laws.resident`.

It reads one line of JSON and writes one: what was answered to which order, what was cancelled, and what was done.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
import traceback
from typing import Any
from uuid import UUID

import django


def main() -> None:
    """Run errands on several threads for as long as was asked for."""
    django.setup()
    from django.db import connection

    from okpay.base.batching import Batcher
    from okpay.movements.answers import kept
    from tests.laws.town import Person, Resident, Town

    wanted: dict[str, Any] = json.loads(sys.stdin.readline())
    people = tuple(
        Person(UUID(one[0]), UUID(one[1]), one[2], one[3], one[4]) for one in wanted["town"]["people"]
    )
    town = Town(
        wanted["town"]["seed"],
        people,
        tuple(wanted["town"]["emails"]),
        tuple(wanted["town"]["phones"]),
        wanted["town"]["source_id"],
    )
    until = time.monotonic() + wanted["seconds"]
    batcher = Batcher()
    residents = [
        Resident(town, random.Random(f"{town.seed} {wanted['process']} {number}"), batcher)
        for number in range(wanted["threads"])
    ]
    errors: list[str] = []

    def live(resident: Resident) -> None:
        try:
            while time.monotonic() < until and not errors:
                resident.run_errand()
        except BaseException:
            errors.append(traceback.format_exc())
        finally:
            connection.close()

    threads = [threading.Thread(target=live, args=(resident,)) for resident in residents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    batcher.close()
    told = [
        {
            "answers": {number: kept(answer) for number, answer in resident.answers.items()},
            "cancelled": list(resident.cancelled),
            "done": resident.done,
        }
        for resident in residents
    ]
    print(json.dumps({"residents": told, "errors": errors}, default=str))


if __name__ == "__main__":
    main()
