"""SQL in named files, and the connection beneath Django's for the paths where every microsecond counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, migrations
from django.db.backends.base.base import BaseDatabaseWrapper

from okpay.base.errors import BrokenInvariant

_NOT_AFTER_POSTING = re.compile(
    r"\b(UPDATE|DELETE|MERGE|TRUNCATE|LOCK|CREATE|ALTER|DROP)\b|\bFOR\s+(KEY\s+)?SHARE\b", re.IGNORECASE
)


@cache
def named_sql(package: str, name: str) -> str:
    """Return the text of `sql/<name>.sql` in a room, such as `named_sql("okpay.ledger", "post")`."""
    return resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def run_sql_file(package: str, name: str, reverse: str | None = None) -> migrations.RunSQL:
    """Return a migration step that runs `sql/<name>.sql`; `reverse` is SQL text, None for no way back."""
    return migrations.RunSQL(named_sql(package, name), reverse)


def raw_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """Return the psycopg connection beneath this thread's Django connection, opened if need be.

    It shares the transaction with the ORM: use it inside `transaction.atomic()`, never commit on it.
    """
    return _raw(connections[DEFAULT_DB_ALIAS])


def execute_prepared(
    query: str, params: Sequence[Any] | Mapping[str, Any] | None = None, *, binary: bool = True
) -> psycopg.Cursor[tuple[Any, ...]]:
    """Execute one statement, prepared on the server and with parameters bound there; rows arrive as tuples.

    `binary` asks for results in the binary format, cheaper to read for uuid, bigint and their arrays.

    Raises: django.db.Error, as the ORM does; `sqlstate()` tells which.
    """
    # Found once: the name `connection` looks for the thread's own at each use, which takes as long as the rest of this.
    ours = connections[DEFAULT_DB_ALIAS]
    raw = _raw(ours)
    if _has_posted(ours):
        _check_after_posting(query)
    # Behind a pooler that works by transaction the operator sets prepare_threshold to None.
    may_prepare = ours.settings_dict["OPTIONS"].get("prepare_threshold", 0) is not None
    previous, raw.prepare_threshold = raw.prepare_threshold, 0 if may_prepare else None
    try:
        with ours.wrap_database_errors:
            return raw.execute(cast("Any", query), params, prepare=may_prepare, binary=binary)
    finally:
        raw.prepare_threshold = previous


def _raw(ours: BaseDatabaseWrapper) -> psycopg.Connection[tuple[Any, ...]]:
    if not ours.in_atomic_block:
        # As Django's cursor() does: asked of the server once after each request, else one comparison. In a
        # transaction it was asked as that began.
        ours.close_if_health_check_failed()
    if ours.connection is None:
        ours.ensure_connection()
    return cast("psycopg.Connection[tuple[Any, ...]]", ours.connection)


def sqlstate(error: BaseException | None) -> str | None:
    """Return the five characters of a database error, looking through what it was raised from."""
    while error is not None:
        if isinstance(error, psycopg.Error) and error.sqlstate is not None:
            return error.sqlstate
        error = error.__cause__
    return None


def require_transaction() -> None:
    """Make sure that the caller has begun a transaction, so that all of an action is written or nothing.

    Raises: BrokenInvariant.
    """
    if not connection.in_atomic_block:
        raise BrokenInvariant("an action never commits: begin the transaction that it belongs to")


def mark_posting_call() -> None:
    """Note that this transaction posts now; from here on it may only insert new rows.

    Raises: BrokenInvariant outside a transaction, and at the second call in one.
    """
    if not connection.in_atomic_block:
        raise BrokenInvariant("posting needs a transaction")
    if _posted_in_this_transaction():
        raise BrokenInvariant("one posting call per transaction: collect the entries and post them together")
    connection.on_commit(_posted)


def _posted() -> None:
    """Be the mark, in the list of commit hooks: it goes with a commit, a rollback or a savepoint."""


def _posted_in_this_transaction() -> bool:
    return _has_posted(connections[DEFAULT_DB_ALIAS])


def _has_posted(ours: BaseDatabaseWrapper) -> bool:
    return any(hook[1] is _posted for hook in ours.run_on_commit)


def _check_after_posting(query: str) -> None:
    if _changes_rows(query):
        raise BrokenInvariant(f"after the posting call only inserts of new rows, but: {query[:200]}")


@lru_cache(maxsize=1_000)
def _changes_rows(query: str) -> bool:
    return _NOT_AFTER_POSTING.search(query) is not None


def guard_after_posting(
    execute: Callable[..., Any], query: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Refuse, as a Django execute wrapper, what is not a plain insert or read after posting.

    Raises: BrokenInvariant.
    """
    if isinstance(query, str) and _posted_in_this_transaction():
        _check_after_posting(query)
    return execute(query, params, many, context)
