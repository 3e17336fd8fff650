"""The decision point, and the rules behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from okpay.base.money import Money
from okpay.movements import queries as movements
from okpay.movements.records import Kind, Movement, State
from okpay.regions import queries as regions
from okpay.regions.records import LEVELS, Flow, Window
from okpay.risk.records import Decision, Proposal, Rule, Verdict, Warned

_FLOWS = {Kind.TRANSFER: Flow.SEND, Kind.TOP_UP: Flow.TOP_UP}
_NEVER_LEFT = frozenset({State.CANCELLED, State.RETURNED, State.DECLINED})


def judge(proposals: Sequence[Proposal]) -> list[Verdict]:
    """Return the verdict on each proposal, in order, from one query about what was sent before.

    A later rule never takes back what an earlier one said: the strictest decision counts.
    """
    pairs = [
        (proposal.payer_id, proposal.payee_key) for proposal in proposals if proposal.kind is Kind.TRANSFER
    ]
    lately = movements.lately_sent(pairs) if pairs else {}
    return [
        _verdict(proposal, lately.get((proposal.payer_id, proposal.payee_key), ())) for proposal in proposals
    ]


def refusals(proposals: Sequence[Proposal]) -> list[Verdict | None]:
    """Return for each proposal the verdict where `judge` would refuse it, or None; without a query.

    For what comes after the warnings: whoever confirms has been told, and what is confirmed is not warned of again.
    """
    return [_refusal(proposal) for proposal in proposals]


def _refusal(proposal: Proposal) -> Verdict | None:
    if (allowance := _allowance(proposal)) is not None:
        return Verdict(Decision.REFUSE, (Warned(Rule.LEVEL_ALLOWANCE),), allowance)
    return None


def _verdict(proposal: Proposal, earlier: Sequence[Movement]) -> Verdict:
    if (refused := _refusal(proposal)) is not None:
        return refused
    if proposal.kind is not Kind.TRANSFER:
        return Verdict(Decision.ALLOW)
    warned: list[Warned] = []
    if not any(movement.state not in _NEVER_LEFT for movement in earlier):
        warned.append(Warned(Rule.FIRST_PAYMENT))
    if (twin := _duplicate(proposal, earlier)) is not None:
        warned.append(Warned(Rule.DUPLICATE, twin))
    return Verdict(Decision.WARN if warned else Decision.ALLOW, tuple(warned))


def _allowance(proposal: Proposal) -> Money | None:
    """Return how much is allowed at once where that is exceeded; from level 1 on the ledger's limits say enough."""
    if proposal.level != LEVELS[0]:
        return None
    region = regions.country(proposal.country)
    if proposal.amount.currency != region.limit_currency:
        return None
    limit = region.levels[proposal.level].limit(_FLOWS[proposal.kind], Window.MOVEMENT)
    allowance = Money(limit.amount_minor, region.limit_currency)
    return allowance if proposal.amount > allowance else None


def _duplicate(proposal: Proposal, earlier: Sequence[Movement]) -> Movement | None:
    since = proposal.at - timedelta(minutes=regions.country(proposal.country).transfers.duplicate_minutes)
    for movement in earlier:
        if (
            movement.created_at >= since
            and movement.amount == proposal.amount
            and movement.state not in _NEVER_LEFT
        ):
            return movement
    return None
