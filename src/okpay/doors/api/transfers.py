"""Transfers: make one or a list of them, look at one, take one back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import sha256

from okpay.base.errors import InvalidInput, Unavailable
from okpay.base.loop_batching import loop_batcher
from okpay.base.money import Money
from okpay.doors.api import shapes, wire
from okpay.doors.api.callers import Callers
from okpay.doors.api.calls import Call, Reply, idempotency_key, read_body
from okpay.doors.api.money import check_currency, quoted_fee
from okpay.doors.api.own_movements import own_entry, replayed_entries
from okpay.doors.api.problems import Writer, problem_of, problem_of_refused
from okpay.doors.api.readers import Readers
from okpay.movements.records import Accepted, CommandAnswer, Kind, Refused
from okpay.regions import queries as regions
from okpay.transfers import actions
from okpay.transfers.errors import InvalidTransfer
from okpay.transfers.records import BulkCommand, CancelCommand, SendCommand

ROWS_AT_ONCE = 250
"""How many rows of a list are one piece of work for the batcher: others' transfers go between them."""
ROWS_READ_AT_ONCE = 50
"""How many rows of a list are read before the loop has a turn: others' requests go between them, too."""


class Transfers:
    """The operations on transfers."""

    def __init__(self, callers: Callers, readers: Readers, writer: Writer) -> None:
        self._callers, self._readers, self._writer = callers, readers, writer

    async def create(self, call: Call) -> Reply:
        """Send an amount."""
        key = idempotency_key(call.headers)
        command = await self._command(call, read_body(call, wire.NewTransfer), key, "#")
        answer: CommandAnswer = await loop_batcher().submit(actions.send_many, command)
        if isinstance(answer, Refused):
            raise problem_of_refused(answer)
        (made,) = await self._told(call, [answer])
        return Reply(made, is_replay=answer.is_replay)

    async def create_bulk(self, call: Call) -> Reply:
        """Send a list of amounts."""
        key = idempotency_key(call.headers)
        wanted = read_body(call, wire.NewBulk)
        # Of one length whatever the caller's is, and with a sign that no caller's has.
        rows_key = sha256(key.encode()).hexdigest()
        commands = []
        for index, row in enumerate(wanted.transfers):
            if index % ROWS_READ_AT_ONCE == 0:
                await asyncio.sleep(0)
            commands.append(
                await self._command(call, row, f"{rows_key}\u2026{index}", f"#/transfers/{index}")
            )
        claim = BulkCommand(call.caller.key.id, key, tuple(commands), call.now)
        # The key first, for the list as a whole: another list under it does nothing, not even in part.
        claimed = await loop_batcher().submit(actions.claim_bulks, claim, weight=len(commands))
        if isinstance(claimed, Refused):
            raise problem_of_refused(claimed)
        answers: list[CommandAnswer] = []
        for start in range(0, len(commands), ROWS_AT_ONCE):
            answers += await _sent(tuple(commands[start : start + ROWS_AT_ONCE]))
        told = iter(await self._told(call, [one for one in answers if isinstance(one, Accepted)]))
        results = [
            wire.BulkRow(error=self._writer.document(problem_of_refused(one)))
            if isinstance(one, Refused)
            else wire.BulkRow(transfer=next(told))
            for one in answers
        ]
        is_replay = all(answer.is_replay for answer in answers)
        return Reply(wire.Bulk(results=results), is_replay=is_replay)

    async def one(self, call: Call) -> Reply:
        """Return a transfer that the caller sent."""
        return Reply(await self._readers.run(_read, call))

    async def cancel(self, call: Call) -> Reply:
        """Take back a transfer that waits."""
        key = idempotency_key(call.headers)
        read_body(call, wire.Nothing)
        assert call.id is not None
        command = CancelCommand(call.caller.customer.id, call.id, call.now, call.caller.key.id, key)
        answer: CommandAnswer = await loop_batcher().submit(actions.cancel_many, command)
        if isinstance(answer, Refused):
            raise problem_of_refused(answer)
        return Reply(await self._readers.run(_read, call), is_replay=answer.is_replay)

    async def _command(self, call: Call, wanted: wire.NewTransfer, key: str, place: str) -> SendCommand:
        await check_currency(call, self._callers, wanted.amount, place)
        customer = call.caller.customer
        try:
            recipient = actions.read_recipient(wanted.recipient.value, country=customer.country)
            if recipient.kind.value != wanted.recipient.type:
                raise InvalidTransfer("recipient_unreadable", field="recipient")
            note = actions.read_note(wanted.note)
            if wanted.delay_hours not in (0, *regions.country(customer.country).transfers.delays_hours):
                raise InvalidTransfer("delay_not_offered", field="delay_hours")
            return SendCommand(
                customer_id=customer.id,
                user_id=customer.user_id,
                principal=call.caller.key.id,
                key=key,
                recipient=recipient,
                amount=Money(wanted.amount.amount, wanted.amount.currency),
                fee=quoted_fee(wanted.fee, wanted.amount),
                note=note,
                delay_hours=wanted.delay_hours,
                confirmation_id=None,
                now=call.now,
            )
        except InvalidInput as error:
            raise problem_of(error, place=f"{place}/{error.field}") from None

    async def _told(self, call: Call, answers: Sequence[Accepted]) -> list[wire.Transfer]:
        """Return transfers as they were when they were first asked for; those that are not new are read at once."""
        earlier = [answer for answer in answers if answer.made is None]
        entries = await self._readers.run(replayed_entries, call, earlier) if earlier else {}
        return [
            shapes.transfer(
                shapes.made_entry(answer.made) if answer.made else entries[answer.movement_id], answer.opened
            )
            for answer in answers
        ]


async def _sent(rows: tuple[SendCommand, ...]) -> list[CommandAnswer]:
    """Send a part of a list; what cannot be decided as one, since one row hinges on another, is halved.

    Raises: Unavailable.
    """
    waiting = loop_batcher().submit(actions.send_lists, rows, weight=len(rows))
    try:
        done: list[CommandAnswer] = await waiting
    except Unavailable as error:
        if error.code != "overloaded" or len(rows) == 1:
            raise
        half = len(rows) // 2
        return [*await _sent(rows[:half]), *await _sent(rows[half:])]
    return done


def _read(call: Call) -> wire.Transfer:
    return shapes.transfer(own_entry(call, Kind.TRANSFER, sign=-1))
