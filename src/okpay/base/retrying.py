"""Which database errors go away by themselves, and how long to wait before trying again."""

from __future__ import annotations

import secrets
import time

from django.db import Error, InterfaceError, OperationalError, connection

from okpay.base.database import sqlstate

TRIES = 4
"""How often the same work is tried before the batcher gives up on it."""
_CONFLICTS = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock_timeout
_CONNECTION_ENDED = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "53300"})
_FIRST_PAUSE_MS = 10


def is_retriable(error: BaseException) -> bool:
    """Tell whether the same work may succeed when it is tried again, unchanged.

    A read-only server (25006) is not: it stays one until somebody promotes it.

    Source: PostgreSQL, appendix A, error codes.
    """
    return sqlstate(error) in _CONFLICTS or lost_connection(error)


def lost_connection(error: BaseException) -> bool:
    """Tell whether the error means that the connection has gone, or could not be made."""
    state = sqlstate(error)
    if state is None:
        # The client library noticed it itself: there is no server any more to send a code.
        return isinstance(error, OperationalError | InterfaceError)
    return state in _CONNECTION_ENDED or state.startswith("08")


def pause_seconds(attempt: int) -> float:
    """Return the pause before try number `attempt`: a random part of a time that doubles, so that rivals part."""
    longest_ms = _FIRST_PAUSE_MS << attempt
    return (longest_ms // 4 + secrets.randbelow(longest_ms)) / 1000


def pause_before(attempt: int) -> None:
    """Sleep before try number `attempt`, on a thread that may wait."""
    time.sleep(pause_seconds(attempt))


def renew_connection() -> bool:
    """Replace this thread's connection where it is broken; tell whether the database answers now."""
    try:
        if not (connection.connection is not None and connection.is_usable()):
            connection.close()
            connection.ensure_connection()
    except Error:
        return False
    return True
