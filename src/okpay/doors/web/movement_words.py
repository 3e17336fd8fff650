"""What the pages call the codes of movements: kinds, states, whose turn, why, what comes next, and what happened.

Each sentence is one that both parties may read, unless a function asks who reads. A recipient who is frozen is told to
nobody: whoever waits for that reads that something is checked, as they do when the operator checks anything else.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.movements.records import Kind, Movement, NextStep, Reason, State, TimelineEvent, Turn
from okpay.statements.records import Tone

Words = Promise | str

KINDS: dict[Kind, Words] = {Kind.TRANSFER: _("Transfer"), Kind.TOP_UP: _("Top-up")}
STATES: dict[State, Words] = {
    State.PENDING: _("Pending"),
    State.PROCESSING: _("Processing"),
    State.UNKNOWN: _("Unknown"),
    State.COMPLETED: _("Completed"),
    State.CANCELLED: _("Cancelled"),
    State.RETURNED: _("Returned"),
    State.DECLINED: _("Declined"),
}
LOOKS: dict[State, str] = {
    State.PENDING: "waiting",
    State.PROCESSING: "waiting",
    State.UNKNOWN: "waiting",
    State.COMPLETED: "done",
    State.CANCELLED: "next",
    State.RETURNED: "next",
    State.DECLINED: "failed",
}
"""How the state element draws each state."""
TONES: dict[State, Tone] = {
    state: {"waiting": Tone.WAIT, "done": Tone.DONE}.get(look, Tone.STOP) for state, look in LOOKS.items()
}
"""How a receipt colours each state."""
TURNS: dict[Turn, Words] = {
    Turn.NOBODY: "",
    Turn.PAYER: _("Waits for the sender"),
    Turn.PAYEE: _("Waits for the recipient"),
    Turn.OPERATOR: _("Waits for us"),
    Turn.PROVIDER: _("Waits for the card's bank"),
    Turn.CLOCK: _("Waits for its time"),
}
YOUR_TURN: Words = _("Waits for you")
REASONS: dict[Reason, Words] = {
    Reason.NONE: "",
    Reason.ADDRESS_NOT_REGISTERED: _("The recipient's address is not registered here yet."),
    Reason.ADDRESS_NOT_PROVEN: _("The recipient has not proven the address yet."),
    Reason.RECIPIENT_LIMIT: _("It is more than the recipient may receive or hold at the moment."),
    Reason.RECIPIENT_FROZEN: _("We are checking something."),
    Reason.RECIPIENT_CURRENCY: _(
        "Whoever has this address cannot receive it: their wallet holds another currency, or transfers to them are"
        " not offered."
    ),
    Reason.MAINTENANCE: _("We are doing maintenance."),
    Reason.DELAYED: _("The sender chose that it arrives later."),
    Reason.CARD_DECLINED: _("The card's bank declined it."),
    Reason.CARD_INSUFFICIENT_FUNDS: _("There was not enough money on the card."),
    Reason.CARD_EXPIRED: _("The card has expired."),
    Reason.CARD_CODE_WRONG: _("The security code of the card was wrong."),
    Reason.CARD_ERROR: _("The card could not be processed."),
    Reason.CARD_REMOVED: _("The card was removed."),
    Reason.ANSWER_LOST: _("The card's bank has not answered."),
}
NEXT_STEPS: dict[NextStep, Words] = {
    NextStep.NONE: "",
    NextStep.SIGNS_UP: _(
        "The recipient opens an account with this address and proves it. Then the money arrives."
    ),
    NextStep.PROVES_ADDRESS: _("The recipient proves this address. Then the money arrives."),
    NextStep.VERIFIES_IDENTITY: _(
        "The recipient verifies their identity, or their limit renews. Then the money arrives."
    ),
    NextStep.HAS_OTHER_CURRENCY: _("The sender cancels it and has the money back at once."),
    NextStep.IS_CHECKED: _("We finish the check. You need not do anything."),
    NextStep.MAINTENANCE_ENDS: _("We finish the maintenance. Then it goes on by itself."),
    NextStep.ARRIVES: _("The chosen time comes, and the money arrives."),
    NextStep.CARD_IS_CHARGED: _("The card's bank answers. That takes a few seconds as a rule."),
    NextStep.ANSWER_IS_FOUND: _(
        "We ask the card's bank again until it says what became of it. You need not top up a second time."
    ),
}
FIRST_EVENTS: dict[tuple[Kind, State], Words] = {
    (Kind.TRANSFER, State.PENDING): _("The transfer was sent"),
    (Kind.TRANSFER, State.PROCESSING): _("The transfer was sent"),
    (Kind.TRANSFER, State.COMPLETED): _("The transfer was sent and arrived at once"),
    (Kind.TOP_UP, State.PENDING): _("Top-up started"),
    (Kind.TOP_UP, State.PROCESSING): _("Top-up started"),
    (Kind.TOP_UP, State.COMPLETED): _("The card was charged, and the money arrived"),
}
"""The first line of a timeline."""
EVENTS: dict[tuple[Kind, State], Words] = {
    (Kind.TRANSFER, State.PENDING): _("Waits for something else now"),
    (Kind.TRANSFER, State.PROCESSING): _("Goes on"),
    (Kind.TRANSFER, State.UNKNOWN): _("No answer yet"),
    (Kind.TRANSFER, State.COMPLETED): _("The money arrived"),
    (Kind.TRANSFER, State.CANCELLED): _("Cancelled by the sender, who has the money back"),
    (Kind.TRANSFER, State.RETURNED): _("The deadline passed, and the sender has the money back"),
    (Kind.TRANSFER, State.DECLINED): _("Declined, and no money moved"),
    (Kind.TOP_UP, State.PENDING): _("Waits for something else now"),
    (Kind.TOP_UP, State.PROCESSING): _("The card's bank was asked again"),
    (Kind.TOP_UP, State.UNKNOWN): _("No answer yet"),
    (Kind.TOP_UP, State.COMPLETED): _("The card was charged, and the money arrived"),
    (Kind.TOP_UP, State.CANCELLED): _("Cancelled, and the card was not charged"),
    (Kind.TOP_UP, State.RETURNED): _("The deadline passed, and the card was not charged"),
    (Kind.TOP_UP, State.DECLINED): _("Declined, and the card was not charged"),
}
"""The later lines of a timeline."""
_WHERE: dict[tuple[Kind, State], Words] = {
    (Kind.TRANSFER, State.PENDING): _(
        "It is held in the sender's wallet. Nobody can spend it, and the recipient does not have it yet."
    ),
    (Kind.TRANSFER, State.PROCESSING): _("It is held in the sender's wallet, and on its way."),
    (Kind.TRANSFER, State.UNKNOWN): _("It is held in the sender's wallet until we know what became of it."),
    (Kind.TOP_UP, State.PENDING): _("It is still on the card."),
    (Kind.TOP_UP, State.PROCESSING): _("It is still on the card, or just on its way from there."),
    (Kind.TOP_UP, State.UNKNOWN): _(
        "We do not know yet whether the card was charged. If it was, the money will be in your wallet."
        " If it was not, it is still on the card."
    ),
}
_WHERE_OF_MINE: Words = _(
    "It is held in your wallet. It is still yours, you cannot spend it meanwhile,"
    " and the recipient does not have it yet."
)


def turn_words(movement: Movement, *, is_payer: bool) -> Words:
    """Return whose turn it is, said to one of the parties; nothing once it has ended."""
    mine = Turn.PAYER if is_payer else Turn.PAYEE
    return YOUR_TURN if movement.turn is mine else TURNS[movement.turn]


def event_words(kind: Kind, event: TimelineEvent) -> Words:
    """Return what happened, as a line of the timeline."""
    return (FIRST_EVENTS if event.sequence == 1 else EVENTS)[kind, event.state]


def event_line(kind: Kind, event: TimelineEvent) -> str:
    """Return what happened with its reason, in one line."""
    what, why = event_words(kind, event), REASONS[event.reason]
    return _("%(what)s: %(why)s") % {"what": what, "why": why} if why else str(what)


def where_words(movement: Movement, *, is_payer: bool) -> Words:
    """Return where the money of an unfinished movement is."""
    if is_payer and (movement.kind, movement.state) == (Kind.TRANSFER, State.PENDING):
        return _WHERE_OF_MINE
    return _WHERE[movement.kind, movement.state]


def deadline_words(movement: Movement, *, is_payer: bool) -> Words:
    """Return what happens at the deadline of an unfinished movement, with `{when}` in it."""
    if movement.kind is Kind.TOP_UP:
        return _("We will know by {when} at the latest.")
    if movement.next_step is NextStep.ARRIVES:
        return _("It arrives by itself at {when}.")
    if is_payer:
        return _("If nothing happens until {when}, the money comes back to you by itself.")
    return _("If nothing happens until {when}, the money goes back to the sender by itself.")


def bears_fee(movement: Movement, *, is_payer: bool) -> bool:
    """Tell whether the reader pays the fee: the sender of a transfer does, and who tops up."""
    return is_payer or movement.kind is Kind.TOP_UP


def total_label(kind: Kind) -> Words:
    """Return what amount and fee together are called."""
    return _("The card is charged") if kind is Kind.TOP_UP else _("Total")


def payer_label(kind: Kind) -> Words:
    """Return what the side that the money comes from is called."""
    return _("Card") if kind is Kind.TOP_UP else _("From")


def other_side(movement: Movement, *, is_payer: bool) -> Words:
    """Return what the counterparty of a movement is to its reader, as a label."""
    return _("To") if is_payer else payer_label(movement.kind)
