"""A status, a title and a sentence for every code that a program can meet: one table, and a page for each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop as N_  # noqa: N812, what Babel looks for

NOTHING = N_("Nothing was done and no money was moved.")
NO_CARD = N_("No card was charged.")
SAME_KEY = N_("Send the same request with the same Idempotency-Key again: it is done once at most.")
AS_IT_WAS = N_("What was done first stays as it is, and this request did nothing.")
READ_ONLY = N_("Nothing would have been changed.")


@dataclass(frozen=True, slots=True)
class ProblemWords:
    """What a code means, in English; the pages have it in every language."""

    status: int
    title: str
    what: str
    """What to do about it, where there is something to say."""
    money: str
    """What became of the money."""

    @property
    def detail(self) -> str:
        """All of it in one paragraph."""
        return f"{self.what} {self.money}".strip()


WORDS: dict[str, ProblemWords] = {
    # The request cannot be read
    "request_unreadable": ProblemWords(
        400, N_("The request cannot be read"), N_("It is not HTTP that is understood here."), NOTHING
    ),
    "host_unknown": ProblemWords(
        400,
        N_("This host is not served here"),
        N_("Use the address that this installation is known by."),
        NOTHING,
    ),
    "json_malformed": ProblemWords(
        400,
        N_("The body is not JSON"),
        N_("It must be one JSON object in UTF-8, without NaN and NUL."),
        NOTHING,
    ),
    "json_duplicate_key": ProblemWords(
        400, N_("A name stands twice in an object"), N_("Send each name once: `key` says which."), NOTHING
    ),
    "idempotency_key_missing": ProblemWords(
        400,
        N_("There is no Idempotency-Key"),
        N_(
            "Every request that changes something names a key of your own, so that it can be sent again safely."
        ),
        NOTHING,
    ),
    "idempotency_key_invalid": ProblemWords(
        400,
        N_("The Idempotency-Key cannot be taken"),
        N_("It has 1 to 255 visible ASCII characters without spaces, and is sent once."),
        NOTHING,
    ),
    "key_missing": ProblemWords(
        401, N_("There is no API key"), N_("Send `Authorization: Bearer <your key>`."), NOTHING
    ),
    "key_invalid": ProblemWords(
        401,
        N_("The API key is not valid"),
        N_(
            "It is mistyped, was revoked, has expired, may not be used from this address, belongs to a locked account,"
            " or is a test key where live ones are taken."
        ),
        NOTHING,
    ),
    "scope_missing": ProblemWords(
        403, N_("The API key may not do this"), N_("It has not got the scope that `scope` names."), NOTHING
    ),
    "not_found": ProblemWords(
        404, N_("There is no such thing"), N_("It does not exist, or it is not yours."), NOTHING
    ),
    "transfer_not_found": ProblemWords(404, N_("There is no such transfer of yours"), "", NOTHING),
    "method_not_allowed": ProblemWords(
        405, N_("This address does not take this method"), N_("`Allow` says which it takes."), NOTHING
    ),
    "request_timeout": ProblemWords(408, N_("The request took too long to arrive"), "", SAME_KEY),
    "body_too_large": ProblemWords(
        413, N_("The body is too large"), N_("A request brings 1 MiB at most."), NOTHING
    ),
    "json_too_large": ProblemWords(
        413, N_("The body is too large"), N_("JSON of a million bytes at most."), NOTHING
    ),
    "path_too_long": ProblemWords(414, N_("The address is too long"), "", NOTHING),
    "media_type_unsupported": ProblemWords(
        415, N_("The body is not declared as JSON"), N_("Send `Content-Type: application/json`."), NOTHING
    ),
    "json_too_deep": ProblemWords(
        422, N_("The body is nested too deeply"), N_("32 levels at most."), NOTHING
    ),
    "invalid_request": ProblemWords(
        422,
        N_("The request does not fit"),
        N_("`errors` says where and why. Correct it and send it again."),
        NOTHING,
    ),
    "query_too_large": ProblemWords(422, N_("There is too much in the query"), "", NOTHING),
    "cursor_invalid": ProblemWords(
        422,
        N_("The cursor cannot be read"),
        N_("Take `next_cursor` of the last page as it is, or begin at the first page."),
        READ_ONLY,
    ),
    "headers_too_large": ProblemWords(431, N_("The headers are too large"), "", NOTHING),
    "rate_limited": ProblemWords(
        429,
        N_("Too many requests"),
        N_("Wait as long as Retry-After says, then send it again with the same Idempotency-Key."),
        NOTHING,
    ),
    # The same key for something else
    "key_reused": ProblemWords(
        422,
        N_("The Idempotency-Key stands for another request"),
        N_("Use a new key for a new request."),
        AS_IT_WAS,
    ),
    # Amounts
    "amount_out_of_range": ProblemWords(422, N_("The amount is more than can be moved"), "", NOTHING),
    "currency_unknown": ProblemWords(
        422, N_("There is no wallet in this currency"), N_("Use a currency of one of your accounts."), NOTHING
    ),
    "mixed_currencies": ProblemWords(422, N_("Two currencies where one is needed"), "", NOTHING),
    # Transfers
    "recipient_unreadable": ProblemWords(
        422,
        N_("The recipient cannot be read"),
        N_("An e-mail address, or a telephone number with + and country code."),
        NOTHING,
    ),
    "note_too_long": ProblemWords(422, N_("The note is too long"), N_("140 characters at most."), NOTHING),
    "note_unreadable": ProblemWords(
        422, N_("The note has characters that cannot be shown"), N_("Leave out control characters."), NOTHING
    ),
    "delay_not_offered": ProblemWords(
        422, N_("This delay is not offered"), N_("Use 0, or one of the delays of your country."), NOTHING
    ),
    "transfer_to_oneself": ProblemWords(
        422, N_("The recipient is the sender"), N_("Money goes to others only."), NOTHING
    ),
    "transfers_not_offered": ProblemWords(
        422, N_("Transfers between these countries are not offered"), "", NOTHING
    ),
    "recipient_other_currency": ProblemWords(
        422, N_("The recipient cannot receive this currency"), N_("Their wallet holds another one."), NOTHING
    ),
    "fee_changed": ProblemWords(
        422,
        N_("The fee is another one"),
        N_("`fee_minor` is what it is now. Ask for a quote, and send it with a new Idempotency-Key."),
        NOTHING,
    ),
    "fee_exceeds_amount": ProblemWords(
        422, N_("The fee would be more than the amount"), N_("Choose a larger amount."), NOTHING
    ),
    "no_schedule": ProblemWords(
        422, N_("This currency has no fee schedule"), N_("It cannot be moved at present."), NOTHING
    ),
    "new_recipients_used_up": ProblemWords(
        422,
        N_("Too many new addresses today"),
        N_(
            "Before your identity is verified, only so many addresses can be sent to for the first time in a day: "
            "`most` says how many. Those that you have sent to before go on working."
        ),
        NOTHING,
    ),
    "funds_missing": ProblemWords(
        422,
        N_("There is too little money"),
        N_("`available_minor` is what there is, and it must cover the fee, too."),
        NOTHING,
    ),
    "send_limit_reached": ProblemWords(
        422,
        N_("The limit for sending is reached"),
        N_("`window` says which and `remaining_minor` how much is left."),
        NOTHING,
    ),
    "level_allowance": ProblemWords(
        422,
        N_("More than may be moved before identity verification"),
        N_("`remaining_minor` is the most at once."),
        NOTHING,
    ),
    "payer_frozen": ProblemWords(
        422, N_("The account is being checked"), N_("It cannot send meanwhile."), NOTHING
    ),
    "transfer_not_pending": ProblemWords(
        409,
        N_("The transfer has ended"),
        N_("It cannot be cancelled any more: `state` says how it ended."),
        AS_IT_WAS,
    ),
    # Top-ups
    "card_unknown": ProblemWords(422, N_("There is no such card of yours"), "", NO_CARD),
    "card_expired": ProblemWords(422, N_("The card has expired"), N_("Use another card."), NO_CARD),
    "top_ups_not_offered": ProblemWords(
        422, N_("Top-ups by card are not offered in this country or currency"), "", NO_CARD
    ),
    "top_up_allowance": ProblemWords(
        422,
        N_("More than may be topped up before identity verification"),
        N_("`remaining_minor` is the most at once."),
        NO_CARD,
    ),
    "top_up_limit_reached": ProblemWords(
        422,
        N_("The limit for top-ups is reached"),
        N_("`window` says which and `remaining_minor` how much is left."),
        NO_CARD,
    ),
    "top_up_ceiling": ProblemWords(
        422, N_("More than may be held"), N_("`remaining_minor` is what may still come in."), NO_CARD
    ),
    "top_up_during_maintenance": ProblemWords(
        422,
        N_("No top-ups during maintenance"),
        N_("Send it with a new Idempotency-Key when the maintenance is over."),
        NO_CARD,
    ),
    "wallet_frozen": ProblemWords(422, N_("Nothing may come in at the moment"), "", NO_CARD),
    # Later
    "internal_error": ProblemWords(
        500,
        N_("Something broke on our side"),
        N_("It was recorded under `request_id`. The book writes an entry whole or not at all."),
        SAME_KEY,
    ),
    "overloaded": ProblemWords(503, N_("There is too much to do at the moment"), "", SAME_KEY),
    "database_unavailable": ProblemWords(503, N_("The book does not answer"), "", SAME_KEY),
    "shutting_down": ProblemWords(503, N_("This process is being stopped"), "", SAME_KEY),
    "busy": ProblemWords(503, N_("Too many connections"), "", SAME_KEY),
}


def by_status(words: Mapping[str, ProblemWords]) -> dict[int, dict[str, ProblemWords]]:
    """Return codes with their words by status, from the lowest on."""
    found: dict[int, dict[str, ProblemWords]] = {}
    for code, one in sorted(words.items(), key=lambda item: item[1].status):
        found.setdefault(one.status, {})[code] = one
    return found
