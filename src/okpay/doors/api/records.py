"""What a customer can read: accounts, movements, receipts, limits, events, and what something would cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as N_  # noqa: N812, what Babel looks for
from msgspec import UNSET, Meta, UnsetType

from okpay.base.errors import InvalidInput
from okpay.base.money import LARGEST_MINOR, Money
from okpay.customers import queries as customers
from okpay.doors.api import shapes, wire
from okpay.doors.api.calls import Call, Reply, read_query
from okpay.doors.api.cursors import read_cursor, write_cursor
from okpay.doors.api.own_movements import own_entry
from okpay.doors.api.problems import Problem, problem_of
from okpay.doors.api.readers import Readers
from okpay.movements import queries as movements
from okpay.movements.records import Cursor, Entry, Show
from okpay.pricing import queries as pricing
from okpay.pricing.errors import FeeRefused
from okpay.pricing.records import FeeKind
from okpay.wallets import queries as wallets

MakeReceipt = Callable[[Entry, str], bytes]
"""Makes the PDF of a movement in a language for whoever's line it is."""
_LANGUAGES = {"en": "en", "zh-Hans": "zh-hans"}

PageSize = Annotated[int, Meta(ge=1, le=wire.LARGEST_PAGE, description=N_("How many at most."))]
After = Annotated[str, Meta(max_length=64, description=N_("The `next_cursor` of the page before."))]


# What is left out is UNSET and not None: in a query, msgspec would take the word "null" for None.
class Page(wire.Request, frozen=True, kw_only=True):
    """Which page of a list."""

    limit: PageSize = 50
    after: After | UnsetType = UNSET


class RecordFilter(Page, frozen=True, kw_only=True):
    """Which movements, and which page of them."""

    show: Annotated[
        Literal["all", "income", "spending", "transfers"], Meta(description=N_("Only some of them."))
    ] = "all"
    since: Annotated[datetime, Meta(tz=True, description=N_("From this instant on."))] | UnsetType = UNSET
    until: Annotated[datetime, Meta(tz=True, description=N_("Before this instant."))] | UnsetType = UNSET
    search: Annotated[
        str, Meta(max_length=100, description=N_("In notes, names, addresses, references and amounts."))
    ] = ""


class ReceiptLanguage(wire.Request, frozen=True, kw_only=True):
    """In which language."""

    language: Literal["en", "zh-Hans"] = "en"


class FeeQuestion(wire.Request, frozen=True, kw_only=True):
    """What is to be priced."""

    kind: Annotated[
        Literal["transfer", "transfer_abroad", "card_top_up"],
        Meta(
            description=N_("A transfer is abroad where the recipient lives in another country."),
            examples=["transfer"],
        ),
    ]
    amount: Annotated[int, Meta(ge=1, le=LARGEST_MINOR, description=N_("In minor units."), examples=[1234])]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", examples=["USD"])]


class Records:
    """The operations that only read."""

    def __init__(self, readers: Readers, make_receipt: MakeReceipt) -> None:
        self._readers, self._make_receipt = readers, make_receipt

    async def accounts(self, call: Call) -> Reply:
        """Return what the caller holds, by currency."""
        return Reply(wire.AccountList(data=await self._readers.run(_accounts, call)))

    async def account(self, call: Call) -> Reply:
        """Return one account of the caller's."""
        for account in await self._readers.run(_accounts, call):
            if account.id == call.id:
                return Reply(account)
        raise Problem("not_found")

    async def movements(self, call: Call) -> Reply:
        """Return a page of the caller's record."""
        return Reply(await self._readers.run(_movements, call, read_query(call, RecordFilter)))

    async def movement(self, call: Call) -> Reply:
        """Return one movement with its timeline."""
        return Reply(await self._readers.run(_movement, call))

    async def receipt(self, call: Call) -> Reply:
        """Return the receipt of a movement as PDF."""
        wanted = read_query(call, ReceiptLanguage)
        pdf = await self._readers.run(self._receipt, call, _LANGUAGES[wanted.language])
        return Reply(pdf, headers=((b"content-disposition", b'inline; filename="receipt.pdf"'),))

    async def fee_quote(self, call: Call) -> Reply:
        """Return what a movement would cost now."""
        return Reply(await self._readers.run(_fee_quote, call, read_query(call, FeeQuestion)))

    async def limits(self, call: Call) -> Reply:
        """Return the caller's limits, with what is left of each."""
        return Reply(await self._readers.run(_limits, call))

    async def events(self, call: Call) -> Reply:
        """Return a page of what happened to the caller's movements."""
        return Reply(await self._readers.run(_events, call, read_query(call, Page)))

    def _receipt(self, call: Call, language: str) -> bytes:
        return self._make_receipt(own_entry(call), language)


def _accounts(call: Call) -> list[wire.Account]:
    customer_id = call.caller.customer.id
    coming = movements.on_its_way(customer_id)
    return [
        wire.Account(
            id=balance.wallet_id,
            currency=balance.currency,
            available=shapes.amount(balance.available),
            maturing=shapes.amount(balance.maturing),
            held=shapes.amount(balance.held),
            on_its_way=wire.Amount(amount=coming.get(balance.currency, 0), currency=balance.currency),
        )
        for balance in wallets.balances(customer_id)
    ]


def _movements(call: Call, wanted: RecordFilter) -> wire.MovementPage:
    try:
        after = read_cursor(wanted.after) if wanted.after else None
    except InvalidInput as error:
        raise problem_of(error, place="?after") from None
    found = movements.record(
        call.caller.customer.id,
        show=Show(wanted.show),
        since=wanted.since or None,
        until=wanted.until or None,
        search=wanted.search,
        after=after,
        limit=wanted.limit + 1,
    )
    rows = found[: wanted.limit]
    has_more = len(found) > wanted.limit
    last = rows[-1].line if rows else None
    return wire.MovementPage(
        data=[shapes.movement(entry) for entry in rows],
        has_more=has_more,
        next_cursor=write_cursor(Cursor(last.at, last.movement_id)) if has_more and last else None,
    )


def _movement(call: Call) -> wire.WholeMovement:
    entry = own_entry(call)
    return shapes.whole_movement(entry, movements.timeline(entry.movement.id))


def _fee_quote(call: Call, wanted: FeeQuestion) -> wire.FeeQuote:
    caller = customers.customer(call.caller.customer.id)
    assert caller is not None
    try:
        quote = pricing.quote(
            kind=FeeKind(wanted.kind),
            country=caller.country,
            level=caller.level,
            amount=Money(wanted.amount, wanted.currency),
        )
    except (FeeRefused, InvalidInput) as error:
        raise problem_of(error, place="?currency") from None
    return wire.FeeQuote(
        kind=wanted.kind,
        amount=wire.Amount(amount=wanted.amount, currency=wanted.currency),
        fee=shapes.amount(quote.fee),
        total=shapes.amount(quote.total),
    )


def _limits(call: Call) -> wire.LimitList:
    caller = customers.customer(call.caller.customer.id)
    assert caller is not None
    return wire.LimitList(
        level=caller.level,
        data=[
            wire.Limit(
                flow=state.flow.value,
                window=state.window.value,
                limit=shapes.amount(state.limit),
                used=shapes.amount(state.used),
                left=shapes.amount(state.left),
            )
            for state in customers.limits(caller.id, now=call.now)
        ],
    )


def _events(call: Call, wanted: Page) -> wire.EventPage:
    try:
        after = read_cursor(wanted.after) if wanted.after else None
    except InvalidInput as error:
        raise problem_of(error, place="?after") from None
    found = movements.feed(call.caller.customer.id, after=after, limit=wanted.limit + 1)
    rows = found[: wanted.limit]
    has_more = len(found) > wanted.limit
    return wire.EventPage(
        data=[
            wire.Event(
                id=row.event_id,
                type=f"{row.movement.kind.name.lower()}.{row.state.name.lower()}",
                created_at=row.at,
                data=wire.EventData(
                    movement=row.movement.id,
                    kind=row.movement.kind.name.lower(),
                    reference=row.movement.reference,
                    state=row.state.name.lower(),
                    reason=row.reason.value or None,
                    amount=shapes.amount(row.movement.amount),
                    fee=shapes.amount(row.movement.fee),
                ),
            )
            for row in rows
        ],
        has_more=has_more,
        next_cursor=write_cursor(Cursor(rows[-1].at, rows[-1].event_id)) if has_more and rows else None,
    )
