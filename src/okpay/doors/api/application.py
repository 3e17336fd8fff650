"""The API as an ASGI application: it finds the operation, finds out who asks, and writes the answer."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import UUID

import msgspec

from okpay.base.errors import CodedError
from okpay.doors.api.callers import Caller, Callers
from okpay.doors.api.calls import Call, Reply, header, read_id
from okpay.doors.api.openapi import document
from okpay.doors.api.operations import Handlers, Operation, Routes
from okpay.doors.api.problems import CONTENT_TYPE, Fault, Headers, Problem, Writer, problem_of
from okpay.doors.api.rates import Rates
from okpay.doors.api.readers import Readers
from okpay.doors.api.records import MakeReceipt, Records
from okpay.doors.api.top_ups import TopUps
from okpay.doors.api.transfers import Transfers
from okpay.identity.records import key_prefix

_log = logging.getLogger("okpay.api")

REFUSED_KEYS_PER_SECOND = 5
"""How many requests with a bad key one address may make, on average."""
_NOBODY: Any = None
"""Who asks where no key is needed."""
_encoder = msgspec.json.Encoder()
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", CONTENT_TYPE)
_SAFE = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
_REPLAYED = (b"idempotent-replayed", b"true")


class Api:
    """Answers what lies below `/v1`."""

    def __init__(self, *, origin: str, is_live: bool, per_second: float, make_receipt: MakeReceipt) -> None:
        self._writer = Writer(origin)
        self._readers = Readers()
        self._callers = Callers(prefix=key_prefix(is_live=is_live))
        self._rates: Rates[UUID] = Rates(per_second)
        self._refused: Rates[str] = Rates(REFUSED_KEYS_PER_SECOND, burst_seconds=20)
        self._routes = Routes()
        self._handlers = Handlers(
            Records(self._readers, make_receipt),
            Transfers(self._callers, self._readers, self._writer),
            TopUps(self._callers, self._readers),
        )
        self._document = json.dumps(document(origin), ensure_ascii=False).encode()

    async def answer(self, scope: dict[str, Any], body: bytes, send: Any, request_id: str) -> str:
        """Answer a request whose body has come whole, and return the pattern of its path for the log."""
        told: Headers = []
        route = ""
        try:
            operation, id_text = self._operation(scope)
            route = operation.path if operation else "/v1/openapi.json"
            if operation is None:
                await _send(send, 200, [_JSON, *_SAFE], self._document)
                return route
            reply = await self._done(operation, id_text, scope, body, told)
        except Problem as problem:
            await self._tell(send, problem, request_id, told)
        except CodedError as error:
            await self._tell(send, problem_of(error), request_id, told)
        except Exception:
            _log.exception("an operation broke")
            await self._tell(send, Problem("internal_error"), request_id, told)
        else:
            await self._reply(send, operation, reply, told)
        return route

    async def refuse(self, send: Any, code: str, request_id: str) -> None:
        """Answer with a problem that was found before the request was read, and close the connection."""
        await self._tell(send, Problem(code, headers=[(b"connection", b"close")]), request_id, [])

    def close(self) -> None:
        """Let threads and tasks go."""
        self._callers.close()
        self._readers.close()

    def _operation(self, scope: dict[str, Any]) -> tuple[Operation | None, str | None]:
        """Return the operation, or None for the document, and the id in the path.

        Raises: Problem `not_found`, `method_not_allowed`.
        """
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if path == "/v1/openapi.json":
            if method != "GET":
                raise Problem("method_not_allowed", headers=[(b"allow", b"GET, HEAD")])
            return None, None
        found = self._routes.find(path)
        if found is None:
            raise Problem("not_found")
        by_method, id_text = found
        operation = by_method.get(method)
        if operation is None:
            allowed = sorted({*by_method, *({"HEAD"} if "GET" in by_method else ())})
            raise Problem("method_not_allowed", headers=[(b"allow", ", ".join(allowed).encode())])
        return operation, id_text

    async def _done(
        self, operation: Operation, id_text: str | None, scope: dict[str, Any], body: bytes, told: Headers
    ) -> Reply:
        headers = scope["headers"]
        handle = operation.handle(self._handlers)
        if operation.scope is None:
            return await handle(Call(_NOBODY, headers, body, b"", None, self._callers.now()))
        caller = await self._caller(scope, headers)
        self._take(caller, told)
        if operation.scope not in caller.key.scopes:
            raise Problem("scope_missing", data={"scope": operation.scope.value})
        query = scope["query_string"]
        if query and operation.query is None:
            raise Problem("invalid_request", faults=[Fault("?", "This operation takes no parameters.")])
        thing = read_id(id_text) if id_text is not None else None
        return await handle(Call(caller, headers, body, query, thing, self._callers.now()))

    async def _caller(self, scope: dict[str, Any], headers: Headers) -> Caller:
        address = scope["client"][0] if scope.get("client") else ""
        given = header(headers, b"authorization")
        try:
            return await self._callers.caller(given.decode("latin-1") if given else None, address)
        except Problem:
            wait, _ = self._refused.take(address)
            if wait:
                raise Problem("rate_limited", headers=[_retry_after(wait)]) from None
            raise

    def _take(self, caller: Caller, told: Headers) -> None:
        wait, left = self._rates.take(caller.key.id)
        told.append((b"ratelimit-policy", self._rates.policy))
        told.append((b"ratelimit", b'"default";r=%d' % left))
        if wait:
            raise Problem("rate_limited", headers=[_retry_after(wait)])

    async def _reply(self, send: Any, operation: Operation, reply: Reply, told: Headers) -> None:
        answer = reply.answer
        if isinstance(answer, bytes):
            kind, body = (b"content-type", operation.answer.encode()), answer
        else:
            kind, body = _JSON, _encoder.encode(answer)
        headers = [kind, *_SAFE, *told, *reply.headers]
        if reply.is_replay:
            headers.append(_REPLAYED)
        await _send(send, operation.status, headers, body)

    async def _tell(self, send: Any, problem: Problem, request_id: str, told: Headers) -> None:
        headers = [_PROBLEM, *_SAFE, *told, *problem.headers]
        if problem.status == 503 and not any(name == b"retry-after" for name, _ in headers):
            headers.append((b"retry-after", b"1"))
        if problem.is_replay:
            headers.append(_REPLAYED)
        await _send(send, problem.status, headers, self._writer.body(problem, request_id))


def _retry_after(seconds: float) -> tuple[bytes, bytes]:
    return b"retry-after", str(int(seconds) + 1).encode()


async def _send(send: Any, status: int, headers: Headers, body: bytes) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
