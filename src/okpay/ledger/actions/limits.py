"""Open limit subjects and set their limits."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import available_timezones

from django.db import DataError, transaction

from okpay.base.database import execute_prepared
from okpay.ledger.errors import SettingRefused
from okpay.ledger.records import MAX_MINOR, Limits, LimitSubject

_OF_THIS_MACHINE = frozenset({"localtime", "posixrules", "Factory"})

_INSERT = """
INSERT INTO ledger_limit_subject (id, currency, time_zone, per_movement_minor, per_day_minor, per_week_minor,
                                  per_month_minor, per_year_minor)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
                     %s::bigint[], %s::bigint[])
ON CONFLICT (id) DO NOTHING
"""
_DIFFERENT = """
SELECT u.id FROM unnest(%s::bigint[], %s::text[]) u (id, currency) JOIN ledger_limit_subject s ON s.id = u.id
 WHERE s.currency <> u.currency LIMIT 1
"""
_UPDATE = """
UPDATE ledger_limit_subject SET per_movement_minor = %s, per_day_minor = %s, per_week_minor = %s, per_month_minor = %s,
       per_year_minor = %s WHERE id = %s RETURNING id
"""


def open_limit_subjects(subjects: Sequence[LimitSubject]) -> None:
    """Open limit subjects with nothing used. Opening one again changes nothing, its limits neither.

    Raises: SettingRefused `limit_subject_conflict` when an id belongs to a subject in another currency,
        `time_zone_unknown`, `limit_out_of_range`.
    """
    for subject in subjects:
        _check_limits(subject.limits)
    for time_zone in {subject.time_zone for subject in subjects}:
        _check_time_zone(time_zone)
    ids = [subject.id for subject in subjects]
    currencies = [subject.currency for subject in subjects]
    execute_prepared(
        _INSERT,
        [
            ids,
            currencies,
            [subject.time_zone for subject in subjects],
            *map(list, zip(*[_values(subject.limits) for subject in subjects], strict=True)),
        ],
    )
    other = execute_prepared(_DIFFERENT, [ids, currencies]).fetchone()
    if other is not None:
        raise SettingRefused("limit_subject_conflict", subject_id=other[0])


def set_limits(*, subject_id: int, limits: Limits) -> None:
    """Set what may be counted from now on, in minor units; what was used stays.

    Raises: SettingRefused `limit_subject_not_found`, `limit_out_of_range`.
    """
    _check_limits(limits)
    if execute_prepared(_UPDATE, [*_values(limits), subject_id]).fetchone() is None:
        raise SettingRefused("limit_subject_not_found", subject_id=subject_id)


def _check_limits(limits: Limits) -> None:
    if any(value is not None and not 0 <= value <= MAX_MINOR for value in _values(limits)):
        raise SettingRefused("limit_out_of_range", field="limits")


def _check_time_zone(time_zone: str) -> None:
    """Ask both who know time zones: this program, and the database that counts the windows."""
    known = time_zone in available_timezones() and time_zone not in _OF_THIS_MACHINE
    if known:
        try:
            with transaction.atomic():
                execute_prepared("SELECT now() AT TIME ZONE %s", [time_zone])
        except DataError:
            known = False
    if not known:
        raise SettingRefused("time_zone_unknown", field="time_zone", time_zone=time_zone)


def _values(limits: Limits) -> list[int | None]:
    return [
        limits.per_movement_minor,
        limits.per_day_minor,
        limits.per_week_minor,
        limits.per_month_minor,
        limits.per_year_minor,
    ]
