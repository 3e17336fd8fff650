"""A server that does nothing: it answers what looks like a transfer, or a list of them, to whatever arrives.

Against it the client of the bench is measured. It prints its port, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys

_TRANSFER = b'{"id":"01a2122c-06c2-7483-8da1-9562c3d90a17","state":"completed"}' + b" " * 500
_BULK = b"{}" + b" " * 60_000
_ANSWERS = {
    b"POST /v1/transfers": b"HTTP/1.1 201 Created\r\ncontent-length: %d\r\n\r\n%s"
    % (len(_TRANSFER), _TRANSFER),
    b"POST /v1/bulk_transfers": b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(_BULK), _BULK),
}


class _Nothing(asyncio.Protocol):
    _transport: asyncio.WriteTransport
    _found = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        found = self._found = self._found + data
        head, at = found.find(b"\r\n\r\n"), found.find(b"content-length: ")
        if head < 0 or len(found) < head + 4 + int(found[at + 16 : found.find(b"\r\n", at)]):
            return
        self._found = b""
        self._transport.write(_ANSWERS[found[: found.find(b" HTTP/1.1")]])


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Nothing, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
