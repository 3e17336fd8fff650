"""What every call of the API has in common: the key, errors, asking again, and answers that go wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from okpay_sandbox.acquirer.acquiring import Acquirer
from okpay_sandbox.acquirer.records import Event, Intent, Kept, Record, new_id
from okpay_sandbox.acquirer.refusals import Invalid
from okpay_sandbox.inbox.records import Channel, Incident, Mode
from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.switches import Switches
from okpay_sandbox.wire.acquirer.objects import Object, Objects
from okpay_sandbox.wire.acquirer.parameters import parse
from okpay_sandbox.wire.acquirer.rates import Dice
from okpay_sandbox.wire.connections import answer_twice, hang_up
from okpay_sandbox.wire.http import Refused, read_body

LONGEST_KEY = 255
Given = dict[str, object]


class Fault(Enum):
    """How an answer goes wrong on its way."""

    NONE = 0
    LOST = 1
    DOUBLED = 2


@dataclass(frozen=True)
class Call:
    """A call that may be carried out."""

    request: Request
    given: Given
    now: int
    key: str
    id: str


@dataclass(frozen=True)
class Outcome:
    """What a call did: its answer, what to keep, and how the answer goes wrong."""

    body: Object
    records: tuple[Record, ...] = ()
    status: int = HTTPStatus.OK
    about: Intent | None = None
    """The charge, when the answer is about money: then it can be lost or doubled."""
    answers_in: float = 0.0
    loses_answer: bool = False
    doubles_answer: bool = False


class Calls:
    """Stands before every address of the API."""

    def __init__(self, key: str, acquirer: Acquirer, inbox: Inbox, switches: Switches, dice: Dice) -> None:
        self._key = key
        self._acquirer = acquirer
        self._inbox = inbox
        self._switches = switches
        self._dice = dice
        self._objects = Objects(acquirer)
        self._in_use: set[str] = set()

    def reads(self, do: Callable[[Call], Object]) -> Callable[[Request], Awaitable[Response]]:
        """Return the address of a call that changes nothing."""

        async def address(request: Request) -> Response:
            name = new_id("req")
            try:
                self._authorize(request)
                await self._fail_as_told(request)
                self._acquirer.settle(int(time.time()))
                given = parse(request.scope["query_string"].decode("latin-1"))
                return _answer(_encoded(do(Call(request, given, int(time.time()), "", name))), 200, name)
            except Invalid as invalid:
                return self._refused(invalid, name)

        return address

    def writes(
        self, do: Callable[[Call], Outcome], *, moves_money: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the address of a call that is carried out once for each idempotency key.

        Args:
            do: What the call does; it does not wait, and raises Invalid before it has begun.
            moves_money: Whether the failure switch and the rates can lose and double its answers.
        """

        async def address(request: Request) -> Response:
            name = new_id("req")
            try:
                self._authorize(request)
                body = await _body(request)
                given = parse(body)
                await self._fail_as_told(request, begins=False)
                key = request.headers.get("idempotency-key", "")
                if len(key) > LONGEST_KEY:
                    raise Invalid(f"Idempotency keys have at most {LONGEST_KEY} characters.")
                return await self._once(request, do, given, key, name, moves_money=moves_money)
            except Invalid as invalid:
                return self._refused(invalid, name)

        return address

    async def _once(
        self, request: Request, do: Callable[[Call], Outcome], given: Given, key: str, name: str, *,
        moves_money: bool,
    ) -> Response:  # fmt: skip
        digest = _digest(request.url.path, given)
        if key in self._in_use:
            raise Invalid(
                "There is currently another in-progress request using this idempotency key. Try again later.",
                code="idempotency_key_in_use", kind="idempotency_error", status=HTTPStatus.CONFLICT,
            )  # fmt: skip
        if kept := self._kept(key, digest):
            answer = _answer(kept.body.encode(), kept.status, name, key)
            answer.headers["Idempotent-Replayed"] = "true"
            answer.headers["Original-Request"] = kept.request
            fault = self._fault(request, None) if moves_money else Fault.NONE
            return await _sent(request, answer, fault)
        if key:
            self._in_use.add(key)
        try:
            await asyncio.sleep(self._switches.of(Channel.CARDS).delay)
            now = int(time.time())
            outcome = do(Call(request, given, now, key, name))
            fault = self._fault(request, outcome) if moves_money else Fault.NONE
            records = _doubled(outcome.records) if fault is Fault.DOUBLED else outcome.records
            encoded = _encoded(outcome.body)
            # One write: a charge without its key would be charged again.
            kept_answer = [Kept(key, now, digest, outcome.status, encoded.decode(), name)] if key else []
            self._acquirer.store.put(*records, *kept_answer)
            await asyncio.sleep(outcome.answers_in)
        finally:
            self._in_use.discard(key)
        answer = _answer(encoded, outcome.status, name, key)
        return await _sent(request, answer, fault)

    def _kept(self, key: str, digest: str) -> Kept | None:
        kept = self._acquirer.store.keys.get(key) if key else None
        if kept is not None and kept.digest != digest:
            raise Invalid(
                "Keys for idempotent requests can only be used with the same parameters and the same address "
                f"they were first used with. Try using a key other than '{key}' if you meant another request.",
                kind="idempotency_error",
            )
        return kept

    def _fault(self, request: Request, outcome: Outcome | None) -> Fault:
        """Return how an answer about money goes wrong: as the card, the switch or the rates say."""
        is_lost, is_doubled = self._dice.throw()
        mode = self._switches.of(Channel.CARDS).mode
        if mode in (Mode.ANSWER_LOST, Mode.DOUBLES):
            self._note(mode, outcome.about.id if outcome and outcome.about else request.url.path)
        first = outcome or Outcome({})
        if is_lost or mode is Mode.ANSWER_LOST or first.loses_answer:
            return Fault.LOST
        if is_doubled or mode is Mode.DOUBLES or first.doubles_answer:
            return Fault.DOUBLED
        return Fault.NONE

    async def _fail_as_told(self, request: Request, *, begins: bool = True) -> None:
        switch = self._switches.of(Channel.CARDS)
        if switch.mode is Mode.REFUSES:
            self._note(switch.mode, f"{request.method} {request.url.path}")
            raise Invalid(
                "The acquirer is not available: a failure switch says so.",
                kind="api_error", status=HTTPStatus.SERVICE_UNAVAILABLE,
            )  # fmt: skip
        if begins:
            await asyncio.sleep(switch.delay)

    def _authorize(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._key}".encode()):
            raise Invalid("The API key is missing or not ours.", status=HTTPStatus.UNAUTHORIZED)

    def _note(self, mode: Mode, what: str) -> None:
        self._inbox.note(Incident(datetime.now(UTC), Channel.CARDS, mode, what))

    def _refused(self, invalid: Invalid, name: str) -> Response:
        return _answer(_encoded(self._objects.refusal(invalid)), invalid.status, name)


async def _sent(request: Request, answer: Response, fault: Fault) -> Response:
    if fault is Fault.LOST:
        await hang_up(request.scope)
    elif fault is Fault.DOUBLED:
        await answer_twice(request.scope, answer)
    return answer


def _doubled(records: tuple[Record, ...]) -> tuple[Record, ...]:
    return tuple(
        msgspec.structs.replace(record, copies=2) if isinstance(record, Event) else record
        for record in records
    )


async def _body(request: Request) -> str:
    try:
        return (await read_body(request)).decode("ascii")
    except Refused as refused:
        raise Invalid(refused.sentence, status=refused.status) from None
    except UnicodeDecodeError:
        raise Invalid("The parameters must be form-encoded.") from None


def _digest(path: str, given: Given) -> str:
    return hashlib.sha256(path.encode() + msgspec.json.encode(given, order="deterministic")).hexdigest()


def _encoded(body: Object) -> bytes:
    return msgspec.json.encode(body)


def _answer(body: bytes, status: int, name: str, key: str = "") -> Response:
    answer = Response(body, status, media_type="application/json")
    answer.headers["Request-Id"] = name
    if key and key.isascii() and key.isprintable():
        answer.headers["Idempotency-Key"] = key
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
