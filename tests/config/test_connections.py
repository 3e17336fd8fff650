"""What is closed before it is a request, over real sockets: see okpay.config.connections."""

import asyncio
import contextlib
import resource
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from okpay.config import connections
from okpay.config.connections import GuardedProtocol, allow_connections

Dialogue = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def _hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    length = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": b"hello"})


def talk(dialogue: Dialogue, *, most: int = 100) -> None:
    """Serve one small application on a free port and run the dialogue with it."""

    async def run() -> None:
        config = uvicorn.Config(_hello, log_config=None, access_log=False, timeout_keep_alive=15)
        state = ServerState()

        class Protocol(GuardedProtocol):
            most_connections = most

        server = await asyncio.get_running_loop().create_server(
            lambda: Protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            async with asyncio.timeout(20):
                await dialogue(reader, writer)
        finally:
            writer.close()
            server.close()
            await asyncio.sleep(0)

    asyncio.run(run())


def test_a_head_without_end_is_refused_early_and_cheaply() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started = time.process_time()
        writer.write(HEAD + b"X: ")
        sent = 0
        while sent < 10 * 1024 * 1024 and not reader.at_eof():
            writer.write(b"a" * 16384)
            sent += 16384
            try:
                await writer.drain()
            except ConnectionError:
                break
            await asyncio.sleep(0)
            if reader._buffer:  # type: ignore[attr-defined]
                break
        assert sent < 1024 * 1024
        assert time.process_time() - started < 0.5
        assert (await reader.read(12)) == b"HTTP/1.1 431"

    talk(dialogue)


def test_a_trailer_without_end_is_cut_off() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ")
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 10 * 1024 * 1024:
                writer.write(b"a" * 16384)
                await writer.drain()
                sent += 16384
                await asyncio.sleep(0)
        assert sent < 1024 * 1024

    talk(dialogue)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"", b""),
        (b"\r\n", b""),
        (HEAD, b"HTTP/1.1 408"),
        (HEAD + b"\r\n" + HEAD, b"HTTP/1.1 408"),
        (HEAD + b"Content-Length: 9\r\n\r\nx", b""),
    ],
    ids=[
        "nothing",
        "an empty line",
        "half a head",
        "half of the second head",
        "half a body after the answer",
    ],
)
def test_who_says_no_whole_request_is_let_go(
    monkeypatch: pytest.MonkeyPatch, said: bytes, status: bytes
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started = time.monotonic()
        writer.write(said)
        if b"\r\n\r\n" in said:
            await reader.readuntil(b"hello")
        # A byte now and then does not buy more time.
        drip = asyncio.create_task(_drip(writer, b"x" if status or b"Length" in said else b""))
        answer = await reader.read()
        await drip
        assert answer[:12] == status
        assert 0.2 < time.monotonic() - started < 3

    talk(dialogue)


async def _drip(writer: asyncio.StreamWriter, byte: bytes) -> None:
    for _ in range(3):
        writer.write(byte)
        await asyncio.sleep(0.05)


def test_whole_requests_go_through_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            writer.write(HEAD + b"Cookie: " + b"a" * 30_000 + b"\r\n\r\n")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
            # Between requests uvicorn's own timeout runs, which is longer.
            await asyncio.sleep(0.4)
        body = b"x" * 200_000
        writer.write(HEAD + b"Content-Length: 200000\r\n\r\n" + body + HEAD + b"\r\n")
        for _ in range(2):
            assert (await reader.readuntil(b"hello")).endswith(b"hello")

    talk(dialogue)


def test_one_connection_too_many_hears_so() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"\r\nretry-after: 2\r\n" in answer

    talk(dialogue, most=0)


def test_there_are_files_for_the_connections_that_are_allowed() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        allowed = allow_connections(wanted=50)
        assert allowed == 50
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == resource.RLIM_INFINITY or soft >= 250
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
