"""The table of operations: what each takes and answers, and who does it. Router and document are made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as N_  # noqa: N812, what Babel looks for

from okpay.doors.api import wire
from okpay.doors.api.calls import Call, Reply
from okpay.doors.api.records import FeeQuestion, Page, ReceiptLanguage, RecordFilter, Records
from okpay.doors.api.top_ups import TopUps
from okpay.doors.api.transfers import Transfers
from okpay.identity.records import Scope

Handle = Callable[[Call], Awaitable[Reply]]
_MONEY = (
    "key_reused",
    "currency_unknown",
    "mixed_currencies",
    "fee_changed",
    "fee_exceeds_amount",
    "no_schedule",
)
_SENDING = (
    *_MONEY,
    "recipient_unreadable",
    "note_too_long",
    "note_unreadable",
    "delay_not_offered",
    "transfer_to_oneself",
    "transfers_not_offered",
    "recipient_other_currency",
    "funds_missing",
    "new_recipients_used_up",
    "send_limit_reached",
    "level_allowance",
    "payer_frozen",
)
_CHARGING = (
    *_MONEY,
    "card_unknown",
    "card_expired",
    "top_ups_not_offered",
    "top_up_allowance",
    "top_up_limit_reached",
    "top_up_ceiling",
    "top_up_during_maintenance",
    "wallet_frozen",
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """Who does the operations, in one process."""

    records: Records
    transfers: Transfers
    top_ups: TopUps


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    answer: Any
    """The shape of its answer, or the media type of bytes."""
    handle: Callable[[Handlers], Handle]
    scope: Scope | None = Scope.READ
    """What a key must be allowed; None: no key is needed."""
    status: int = 200
    body: type | None = None
    query: type | None = None
    codes: tuple[str, ...] = ()
    """What it may be refused with besides what every operation may be."""
    example: Mapping[str, Any] | None = None
    """A body that works where Ben has proven his address, and the card is one of the caller's."""

    @property
    def is_write(self) -> bool:
        """Whether it changes something, and so needs an idempotency key."""
        return self.method == "POST"

    @property
    def has_id(self) -> bool:
        """Whether its path names one thing."""
        return "{id}" in self.path


async def _health(call: Call) -> Reply:
    return Reply(wire.Health())


EXAMPLE_ID = "0198e2a0-7b1c-7d3e-9f40-5a6b7c8d9e0f"
"""An id in the examples; whoever tries them puts one of their own in its place."""
_EXAMPLE_TRANSFER = {
    "recipient": {"type": "email", "value": "ben@example.com"},
    "amount": {"amount": 1250, "currency": "USD"},
    "note": "Lunch",
}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "getHealth", "GET", "/v1/health", N_("Health"), N_("Ask whether the API answers"),
        N_("Needs no key and no database."),
        wire.Health, lambda door: _health, scope=None,
    ),
    Operation(
        "listAccounts", "GET", "/v1/accounts", N_("Accounts"), N_("List your accounts"),
        N_("One for each currency, with what can be spent, what is held and what is on its way."),
        wire.AccountList, lambda door: door.records.accounts,
    ),
    Operation(
        "getAccount", "GET", "/v1/accounts/{id}", N_("Accounts"), N_("Look at one account"),
        "",
        wire.Account, lambda door: door.records.account,
    ),
    Operation(
        "listMovements", "GET", "/v1/movements", N_("Movements"), N_("List your movements"),
        N_(
            "Everything that came in and went out, the latest first. There is no total: ask for the next page "
            "while `has_more` is true."
        ),
        wire.MovementPage, lambda door: door.records.movements, query=RecordFilter, codes=("cursor_invalid",),
    ),
    Operation(
        "getMovement", "GET", "/v1/movements/{id}", N_("Movements"), N_("Look at one movement"),
        N_("With its timeline: each state that it came into, and whose turn it was."),
        wire.WholeMovement, lambda door: door.records.movement,
    ),
    Operation(
        "getReceipt", "GET", "/v1/movements/{id}/receipt", N_("Movements"), N_("Get the receipt of a movement"),
        N_("As PDF, in English or Chinese."),
        "application/pdf", lambda door: door.records.receipt, query=ReceiptLanguage,
    ),
    Operation(
        "createTransfer", "POST", "/v1/transfers", N_("Transfers"), N_("Send money"),
        N_(
            "To an e-mail address or a telephone number. It arrives at once, or is `pending` and says why, whose "
            "turn it is, and when it resolves by itself."
        ),
        wire.Transfer, lambda door: door.transfers.create, scope=Scope.SEND, status=201, body=wire.NewTransfer,
        codes=_SENDING, example=_EXAMPLE_TRANSFER,
    ),
    Operation(
        "getTransfer", "GET", "/v1/transfers/{id}", N_("Transfers"), N_("Look at a transfer that you sent"),
        "",
        wire.Transfer, lambda door: door.transfers.one,
    ),
    Operation(
        "cancelTransfer", "POST", "/v1/transfers/{id}/cancel", N_("Transfers"), N_("Take back a transfer that waits"),
        N_("You have the money again at once. What has arrived cannot be taken back."),
        wire.Transfer, lambda door: door.transfers.cancel, scope=Scope.SEND, body=wire.Nothing,
        codes=("key_reused", "transfer_not_found", "transfer_not_pending"),
    ),
    Operation(
        "createBulkTransfer", "POST", "/v1/bulk_transfers", N_("Transfers"), N_("Send a list"),
        N_(
            "Up to 1,000 rows, with a result for each, in order. A row that is refused does not hold up the "
            "others; one that cannot be read (an address, a currency, a note) refuses the whole list, and nothing "
            "is sent. The whole list stands under one idempotency key."
        ),
        wire.Bulk, lambda door: door.transfers.create_bulk, scope=Scope.SEND, body=wire.NewBulk,
        codes=_SENDING, example={"transfers": [_EXAMPLE_TRANSFER, {**_EXAMPLE_TRANSFER, "note": "Coffee"}]},
    ),
    Operation(
        "listCards", "GET", "/v1/cards", N_("Top-ups"), N_("List your cards"),
        N_("Cards are added on the site, where nobody but the acquirer sees their numbers."),
        wire.CardList, lambda door: door.top_ups.cards,
    ),
    Operation(
        "createTopUp", "POST", "/v1/top_ups", N_("Top-ups"), N_("Top up with a saved card"),
        N_("The card is charged after the answer: look at the top-up, or at the events, for how it ended."),
        wire.TopUp, lambda door: door.top_ups.create, scope=Scope.TOP_UP, status=201, body=wire.NewTopUp,
        codes=_CHARGING, example={"card": EXAMPLE_ID, "amount": {"amount": 2000, "currency": "USD"}},
    ),
    Operation(
        "getTopUp", "GET", "/v1/top_ups/{id}", N_("Top-ups"), N_("Look at a top-up"),
        "",
        wire.TopUp, lambda door: door.top_ups.one,
    ),
    Operation(
        "getFeeQuote", "GET", "/v1/fee_quote", N_("Fees and limits"), N_("Ask what a movement would cost"),
        N_("Send the fee with the movement to be sure of it."),
        wire.FeeQuote, lambda door: door.records.fee_quote, query=FeeQuestion,
        codes=("fee_exceeds_amount", "no_schedule", "currency_unknown", "amount_out_of_range"),
    ),
    Operation(
        "listLimits", "GET", "/v1/limits", N_("Fees and limits"), N_("List your limits"),
        N_("With what is used and left of each."),
        wire.LimitList, lambda door: door.records.limits,
    ),
    Operation(
        "listEvents", "GET", "/v1/events", N_("Events"), N_("List what happened"),
        N_("Each state that a movement of yours came into, the latest first."),
        wire.EventPage, lambda door: door.records.events, query=Page, codes=("cursor_invalid",),
    ),
)  # fmt: skip
"""Every operation, in the order of the reference."""


class Routes:
    """Finds the operation of a method and a path."""

    def __init__(self, operations: tuple[Operation, ...] = OPERATIONS) -> None:
        self._by_path: dict[tuple[str, ...], dict[str, Operation]] = {}
        for operation in operations:
            self._by_path.setdefault(tuple(operation.path.split("/")), {})[operation.method] = operation

    def find(self, path: str) -> tuple[dict[str, Operation], str | None] | None:
        """Return the operations of a path, by method, and the id in it; None where there is no such path."""
        parts = tuple(path.split("/"))
        found = self._by_path.get(parts)
        if found is not None and "{id}" not in parts:
            return found, None
        if len(parts) < 4:
            return None
        found = self._by_path.get((*parts[:3], "{id}", *parts[4:]))
        return None if found is None else (found, parts[3])
