"""What is refused before Django sees it, and that refusing costs next to nothing."""

import time
from collections.abc import Callable

import pytest

from okpay.config import limits
from tests.config.application import LOCALHOST, Answer, ask

MIB = 1024 * 1024
FORM = (b"content-type", b"application/x-www-form-urlencoded")


def length(number: int) -> tuple[bytes, bytes]:
    return (b"content-length", str(number).encode())


CASES: dict[str, tuple[int, Callable[[], Answer]]] = {
    "10 MB announced": (413, lambda: ask("/", role="web", headers=(LOCALHOST, length(10 * MIB)))),
    "10 MB unannounced": (413, lambda: ask("/", role="web", chunks=(b"x" * 65536,) * 160)),
    "a length of a hundred digits": (
        413,
        lambda: ask("/", headers=(LOCALHOST, (b"content-length", b"9" * 100))),
    ),
    "a negative length": (400, lambda: ask("/", headers=(LOCALHOST, (b"content-length", b"-1")))),
    "10,000 query parameters": (422, lambda: ask("/", query=b"&".join([b"a=1"] * 10_000))),
    "1,001 query parameters": (422, lambda: ask("/", query=b"&".join([b"a"] * 1001))),
    "a long query": (422, lambda: ask("/", query=b"a" * (16 * 1024 + 1))),
    "a long path": (414, lambda: ask("/" + "a" * 5000)),
    "a query that is not ASCII": (400, lambda: ask("/", query=b"a=\xff")),
    "cookies past all measure": (431, lambda: ask("/", headers=(LOCALHOST, (b"cookie", b"a" * 40_000)))),
    "a form of 10,000 fields": (
        422,
        lambda: ask("/", role="web", headers=(LOCALHOST, FORM), chunks=(b"&".join([b"a=1"] * 10_000),)),
    ),
    "an unknown host": (400, lambda: ask("/", headers=((b"host", b"evil.example"),))),
    "no host": (400, lambda: ask("/", headers=())),
    "two hosts": (400, lambda: ask("/", headers=(LOCALHOST, (b"host", b"evil.example")))),
    "a host that is no name": (400, lambda: ask("/", headers=((b"host", b"localhost/@evil"),))),
}


@pytest.mark.parametrize("case", CASES)
def test_too_much_is_refused_cheaply(case: str) -> None:
    expected, send = CASES[case]
    # The first request of a process loads Django's pages, which is not what is measured.
    send()
    started = time.process_time()
    answer = send()
    assert answer.status == expected
    assert time.process_time() - started < 0.1, "refusing took more than 100 ms of CPU"
    assert b'lang="zh-Hans"' in answer.body
    assert answer.headers[b"connection"] == b"close"
    assert answer.headers[b"x-content-type-options"] == b"nosniff"


def test_as_much_as_is_allowed_goes_through() -> None:
    headers = (LOCALHOST, length(MIB))
    query = b"&".join([b"a=1"] * 1000)
    assert ask("/", query=query, headers=headers).status == 404


def test_a_slow_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)

    async def never() -> None:
        await asyncio.sleep(60)

    with pytest.raises(limits.Refused) as refused:
        asyncio.run(limits.read_body({"headers": []}, never))
    assert refused.value.refusal.status == 408


def test_more_than_can_wait_hear_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okpay.config.asgi.PAGES_AT_ONCE", 0)
    answer = ask("/", role="web")
    assert answer.status == 503
    assert answer.headers[b"retry-after"] == b"2"
