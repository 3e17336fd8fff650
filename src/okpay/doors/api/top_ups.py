"""Top-ups with a card that was added on the site."""

from __future__ import annotations

from okpay.base.errors import InvalidInput
from okpay.base.loop_batching import loop_batcher
from okpay.base.money import Money
from okpay.doors.api import shapes, wire
from okpay.doors.api.callers import Callers
from okpay.doors.api.calls import Call, Reply, idempotency_key, read_body
from okpay.doors.api.money import check_currency, quoted_fee
from okpay.doors.api.own_movements import own_entry, replayed_entries
from okpay.doors.api.problems import problem_of, problem_of_refused
from okpay.doors.api.readers import Readers
from okpay.funding import actions
from okpay.funding import queries as funding
from okpay.funding.records import TopUpCommand
from okpay.movements.records import Accepted, CommandAnswer, Kind, Refused


class TopUps:
    """The operations on top-ups and cards."""

    def __init__(self, callers: Callers, readers: Readers) -> None:
        self._callers, self._readers = callers, readers

    async def cards(self, call: Call) -> Reply:
        """Return the caller's cards."""
        return Reply(await self._readers.run(_cards, call))

    async def create(self, call: Call) -> Reply:
        """Charge a card; the answer says that it was begun, and an event how it ended."""
        key = idempotency_key(call.headers)
        wanted = read_body(call, wire.NewTopUp)
        await check_currency(call, self._callers, wanted.amount, "#")
        try:
            command = TopUpCommand(
                customer_id=call.caller.customer.id,
                principal=call.caller.key.id,
                key=key,
                card_id=wanted.card,
                amount=Money(wanted.amount.amount, wanted.amount.currency),
                fee=quoted_fee(wanted.fee, wanted.amount),
                now=call.now,
            )
        except InvalidInput as error:
            raise problem_of(error) from None
        answer: CommandAnswer = await loop_batcher().submit(actions.start_top_ups, command)
        if isinstance(answer, Refused):
            raise problem_of_refused(answer)
        if answer.made is not None:
            return Reply(shapes.top_up(shapes.made_entry(answer.made)))
        return Reply(await self._readers.run(_replayed, call, answer), is_replay=True)

    async def one(self, call: Call) -> Reply:
        """Return a top-up of the caller's."""
        return Reply(await self._readers.run(_read, call))


def _cards(call: Call) -> wire.CardList:
    cards = funding.cards(call.caller.customer.id)
    return wire.CardList(
        data=[
            wire.Card(id=card.id, brand=card.brand, last4=card.last4, expires_on=card.expires_on)
            for card in cards
        ]
    )


def _read(call: Call) -> wire.TopUp:
    return shapes.top_up(own_entry(call, Kind.TOP_UP, sign=1))


def _replayed(call: Call, answer: Accepted) -> wire.TopUp:
    return shapes.top_up(replayed_entries(call, [answer])[answer.movement_id], answer.opened)
