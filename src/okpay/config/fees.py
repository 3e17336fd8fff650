"""The operator's schedules of fees, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from okpay.pricing import queries as pricing


def read_pricing(environment: Mapping[str, str]) -> Path | None:
    """Return the folder in OKPAY_PRICING; None when nothing is set, and our own schedules hold.

    Raises: ImproperlyConfigured with one sentence.
    """
    value = environment.get("OKPAY_PRICING", "")
    if not value:
        return None
    folder = Path(value)
    if not folder.is_absolute() or not folder.is_dir():
        raise ImproperlyConfigured(
            f"OKPAY_PRICING is `{value}`, and must be the whole path of a folder of fee schedules."
        )
    problems = [problem for of_file in pricing.check_schedules(folder).values() for problem in of_file]
    if problems:
        raise ImproperlyConfigured(
            f"OKPAY_PRICING cannot be used: {problems[0]}. "
            f"`./okpay fees check --folder {value}` says everything that is wrong ({len(problems)})."
        )
    return folder
