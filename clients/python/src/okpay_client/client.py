"""The client: a method for each operation of the API."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self

from okpay_client.records import (
    Account,
    BulkRow,
    Card,
    Event,
    FeeQuote,
    Health,
    LimitList,
    Movement,
    NewTransfer,
    TopUp,
    Transfer,
    WholeMovement,
)
from okpay_client.transport import Patience, Transport

PAGE = 100
"""How many rows a page of a list brings."""


def new_transfer(
    *,
    amount: int,
    currency: str,
    email: str | None = None,
    phone: str | None = None,
    fee: int | None = None,
    note: str = "",
    delay_hours: int = 0,
) -> NewTransfer:
    """Return a transfer of an amount in minor units to one address; another fee than the one given is refused.

    Raises: ValueError, unless there is one address.
    """
    if (email is None) == (phone is None):
        raise ValueError("Give an e-mail address or a telephone number, and not both.")
    found: NewTransfer = {
        "recipient": {"type": "email", "value": email} if email else {"type": "phone", "value": phone or ""},
        "amount": {"amount": amount, "currency": currency},
        "note": note,
        "delay_hours": delay_hours,
    }
    if fee is not None:
        found["fee"] = {"amount": fee, "currency": currency}
    return found


class Client:
    """Talks to one wallet with one key. Amounts are in minor units. Every method raises OkpayError and Unanswered."""

    def __init__(self, base_url: str, key: str, *, patience: Patience | None = None) -> None:
        self._transport = Transport(base_url, key, patience or Patience())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection of this thread."""
        self._transport.close()

    def get_health(self) -> Health:
        """Ask whether the API answers."""
        return self._get("/v1/health")

    def list_accounts(self) -> list[Account]:
        """Return your accounts, one for each currency."""
        return self._get("/v1/accounts")["data"]

    def get_account(self, account_id: str) -> Account:
        """Return one account."""
        return self._get(f"/v1/accounts/{_id(account_id)}")

    def list_movements(
        self,
        *,
        show: Literal["all", "income", "spending", "transfers"] = "all",
        since: datetime | None = None,
        until: datetime | None = None,
        search: str | None = None,
    ) -> Iterator[Movement]:
        """Yield your movements, the latest first, asking for pages as they are needed."""
        return self._pages(
            "/v1/movements", {"show": show, "since": _at(since), "until": _at(until), "search": search}
        )

    def get_movement(self, movement_id: str) -> WholeMovement:
        """Return one movement with its timeline."""
        return self._get(f"/v1/movements/{_id(movement_id)}")

    def get_receipt(self, movement_id: str, *, language: Literal["en", "zh-Hans"] = "en") -> bytes:
        """Return the receipt of a movement as PDF."""
        path = f"/v1/movements/{_id(movement_id)}/receipt"
        return self._transport.ask("GET", path, query={"language": language})

    def create_transfer(
        self,
        *,
        amount: int,
        currency: str,
        email: str | None = None,
        phone: str | None = None,
        fee: int | None = None,
        note: str = "",
        delay_hours: int = 0,
        idempotency_key: str | None = None,
    ) -> Transfer:
        """Send an amount in minor units to one address, once for each key; a key is made if none is given."""
        body = new_transfer(
            amount=amount,
            currency=currency,
            email=email,
            phone=phone,
            fee=fee,
            note=note,
            delay_hours=delay_hours,
        )
        return self._post("/v1/transfers", body, idempotency_key)

    def get_transfer(self, transfer_id: str) -> Transfer:
        """Return a transfer that you sent."""
        return self._get(f"/v1/transfers/{_id(transfer_id)}")

    def cancel_transfer(self, transfer_id: str, *, idempotency_key: str | None = None) -> Transfer:
        """Take back a transfer that waits."""
        return self._post(f"/v1/transfers/{_id(transfer_id)}/cancel", {}, idempotency_key)

    def create_bulk_transfer(
        self, transfers: Sequence[NewTransfer], *, idempotency_key: str | None = None
    ) -> list[BulkRow]:
        """Send up to 1,000 transfers, made by `new_transfer`, and return what became of each, in order."""
        return self._post("/v1/bulk_transfers", {"transfers": list(transfers)}, idempotency_key)["results"]

    def list_cards(self) -> list[Card]:
        """Return your saved cards."""
        return self._get("/v1/cards")["data"]

    def create_top_up(
        self,
        *,
        card: str,
        amount: int,
        currency: str,
        fee: int | None = None,
        idempotency_key: str | None = None,
    ) -> TopUp:
        """Charge a saved card for an amount in minor units and the fee."""
        body: dict[str, Any] = {"card": card, "amount": {"amount": amount, "currency": currency}}
        if fee is not None:
            body["fee"] = {"amount": fee, "currency": currency}
        return self._post("/v1/top_ups", body, idempotency_key)

    def get_top_up(self, top_up_id: str) -> TopUp:
        """Return a top-up of yours."""
        return self._get(f"/v1/top_ups/{_id(top_up_id)}")

    def get_fee_quote(
        self, *, kind: Literal["transfer", "transfer_abroad", "card_top_up"], amount: int, currency: str
    ) -> FeeQuote:
        """Return what a movement of an amount in minor units would cost now."""
        return self._get("/v1/fee_quote", {"kind": kind, "amount": amount, "currency": currency})

    def list_limits(self) -> LimitList:
        """Return your limits, with what is used and left of each."""
        return self._get("/v1/limits")

    def list_events(self) -> Iterator[Event]:
        """Yield what happened to your movements, the latest first, asking for pages as they are needed."""
        return self._pages("/v1/events", {})

    def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self._transport.ask_json("GET", path, query=query)

    def _post(self, path: str, body: Mapping[str, Any], idempotency_key: str | None) -> Any:
        # Made here, so that every try has the same one.
        key = idempotency_key or str(uuid.uuid4())
        return self._transport.ask_json("POST", path, body=body, idempotency_key=key)

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        after = None
        while True:
            page = self._get(path, {**query, "limit": PAGE, "after": after})
            yield from page["data"]
            if not page["has_more"]:
                return
            after = page["next_cursor"]


def _id(text: str) -> str:
    """Return an id that is one: nothing else may come into a path."""
    return str(uuid.UUID(text))


def _at(at: datetime | None) -> str | None:
    if at is not None and at.tzinfo is None:
        raise ValueError("An instant needs its time zone.")
    return None if at is None else at.isoformat()
