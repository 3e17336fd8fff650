"""Packed arrays arrive as PostgreSQL itself would have read them."""

from __future__ import annotations

import struct
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from okpay.base import arrays
from okpay.base.database import execute_prepared
from okpay.base.money import LARGEST_MINOR

UUIDS = [uuid.uuid4(), uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)]
INSTANTS = [datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("pack", "kind", "values"),
    [
        (arrays.bigints, "bigint", [0, -1, LARGEST_MINOR, -LARGEST_MINOR]),
        (arrays.integers, "integer", [0, -1, 2**31 - 1, -(2**31)]),
        (arrays.smallints, "smallint", [0, -1, 32767]),
        (arrays.booleans, "boolean", [True, False]),
        (arrays.texts, "text", ["", "a", "王小明", 'q"{},\\', "NULL", " x "]),
        (arrays.byteas, "bytea", [b"", b"\x00\xff", b"\\x41"]),
        (arrays.uuids, "uuid", UUIDS),
        (arrays.instants, "timestamptz", INSTANTS),
    ],
)
def test_arrays_go_there_and_back(pack: Any, kind: str, values: list[Any]) -> None:
    for sent in (values, [], [None, *values, None], [None], values * 300):
        rows = execute_prepared(
            f"SELECT %s::{kind}[], pg_typeof(%s)::text", [pack(sent), pack(sent)]
        ).fetchall()
        assert rows == [(sent, "timestamp with time zone[]" if kind == "timestamptz" else f"{kind}[]")]


def test_an_instant_keeps_its_moment_in_any_zone() -> None:
    elsewhere = datetime(2026, 11, 23, 9, tzinfo=timezone(timedelta(hours=8)))
    rows = execute_prepared("SELECT %s::timestamptz[]", [arrays.instants([elsewhere])]).fetchall()
    assert rows == [([datetime(2026, 11, 23, 1, tzinfo=UTC)],)]
    with pytest.raises(TypeError):
        arrays.instants([datetime(2026, 11, 23)])  # noqa: DTZ001


def test_what_does_not_fit_is_refused_before_it_is_sent() -> None:
    wrong: list[Any] = [2**63, 1.5, "1"]
    for value in wrong:
        with pytest.raises(struct.error):
            arrays.bigints([value])
