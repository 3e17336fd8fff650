"""Top up from a card: how much, what will happen, confirm, what happened."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from okpay.base import clock
from okpay.base.amounts import InvalidAmount, format_money, parse_amount
from okpay.base.batching import submit_and_wait
from okpay.base.errors import Refusal, Unavailable
from okpay.base.ids import parse_uuid
from okpay.base.money import AmountOutOfRange, Money
from okpay.customers.records import Customer
from okpay.doors.web import movement_words
from okpay.doors.web.card_words import ADVICE, said
from okpay.doors.web.local_time import short_day, shown
from okpay.doors.web.record_rows import zone_of
from okpay.doors.web.views.transfers import customer_of
from okpay.doors.web.views.wallet import signed_in
from okpay.funding import actions, queries
from okpay.funding.records import Card, Draft, Preview, TopUpCommand
from okpay.movements import queries as movements
from okpay.movements.records import CommandAnswer, Movement, Refused, State
from okpay.regions import queries as regions
from okpay.regions.records import Feature
from okpay.wallets import queries as wallets

HEADINGS = {
    State.PROCESSING: _("The card is being charged"),
    State.UNKNOWN: _("The answer of the card’s bank is missing"),
    State.COMPLETED: _("The money is in your wallet"),
    State.DECLINED: _("The card was not charged"),
}


class TopUpForm(forms.Form):
    """Which card, and how much arrives."""

    def __init__(self, *args: Any, cards: list[Card], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["card"] = forms.ChoiceField(
            label=_("Card"), choices=[(str(card.id), card.name) for card in cards]
        )
        self.fields["amount"] = forms.CharField(label=_("Amount"), max_length=32)

    def clean_amount(self) -> Money:
        """Read the amount as the language writes it."""
        try:
            return parse_amount(self.cleaned_data["amount"], self.currency, get_language() or "en")
        except (InvalidAmount, AmountOutOfRange) as error:
            raise forms.ValidationError(said(error.code, error.data, self.currency)) from None


@require_http_methods(["GET", "POST"])
@signed_in
def write(request: HttpRequest) -> HttpResponse:
    """Ask from which card and how much, and write the draft."""
    customer = customer_of(request)
    region, now = regions.country(customer.country), clock.now()
    today = now.astimezone(region.limits_zone).date()
    cards = [card for card in queries.cards(customer.id) if not card.has_expired(today)]
    is_offered = region.offers(Feature.CARD_TOP_UPS) and queries.takes_cards()
    context: dict[str, Any] = {"is_offered": is_offered, "cards": cards}
    if is_offered and cards:
        form = TopUpForm(
            request.POST or None,
            cards=cards,
            currency=region.limit_currency,
            initial=_earlier(request, customer),
        )
        if request.method == "POST" and form.is_valid():
            draft = _draft(form, customer)
            if draft is not None:
                return HttpResponseRedirect(reverse("topup_confirm", args=[draft.id]))
        context |= {
            "form": form,
            "balance": next(
                (one for one in wallets.balances(customer.id) if one.currency == region.limit_currency), None
            ),
            "left": queries.left_to_top_up(customer.id, now=now),
        }
    return render(request, "web/top_ups/write.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def confirm(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show what will happen, and begin it: once, however often the button is pressed."""
    customer = customer_of(request)
    draft = queries.draft(customer.id, draft_id)
    if draft is None:
        raise Http404
    done = HttpResponseRedirect(reverse("topup_done", args=[draft.id]))
    if movements.answer_to(customer.id, str(draft.id)) is not None:
        return done
    try:
        preview = queries.preview(draft, now=clock.now())
    except Refusal as error:
        # Another press of the same button may have done it since we looked, and used up the limit.
        return (
            done
            if movements.answer_to(customer.id, str(draft.id))
            else _refused(request, draft, Refused.of(error))
        )
    problem, status = "", 200
    if request.method == "POST":
        if request.POST.get("fee") != str(preview.fee.minor):
            problem, status = said("fee_changed", {}), 409
        else:
            try:
                _begin(draft, preview)
            except Unavailable as error:
                problem, status = said(error.code, error.data), 503
            else:
                return done
    context = {
        "draft": draft,
        "preview": preview,
        "problem": problem,
        "matures_on": short_day(preview.matures_on),
        "amount_words": format_money(preview.total, get_language() or "en"),
        "again": _again(draft),
    }
    return render(request, "web/top_ups/confirm.html", context, status=status)


@require_safe
@signed_in
def done(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show what became of a top-up that was confirmed: the same after Back and Reload, and it changes by itself."""
    customer = customer_of(request)
    draft = queries.draft(customer.id, draft_id)
    answer = movements.answer_to(customer.id, str(draft.id)) if draft else None
    if draft is None or answer is None:
        raise Http404
    if isinstance(answer, Refused):
        return _refused(request, draft, answer)
    movement = movements.movement_of(customer.id, answer.movement_id)
    assert movement is not None
    return render(request, "web/top_ups/done.html", _told(movement, draft, customer))


def _told(movement: Movement, draft: Draft, customer: Customer) -> dict[str, Any]:
    zone = zone_of(customer)
    deadline = shown(movement.deadline_at, zone) if movement.deadline_at else None
    until = movement_words.deadline_words(movement, is_payer=False) if deadline else ""
    return {
        "movement": movement,
        "draft": draft,
        "heading": HEADINGS[movement.state],
        "state": movement_words.STATES[movement.state],
        "look": movement_words.LOOKS[movement.state],
        "reason": movement_words.REASONS[movement.reason],
        "advice": ADVICE.get(movement.reason, ""),
        "where": "" if movement.state.is_final else movement_words.where_words(movement, is_payer=False),
        "next_step": movement_words.NEXT_STEPS[movement.next_step],
        "until": str(until).format(when=deadline.words) if deadline else "",
        "begun": shown(movement.created_at, zone).exact,
        "again": _again(draft),
    }


def _earlier(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Return what the form begins with when a draft is written again."""
    if again := request.GET.get("again", ""):
        draft = queries.draft(customer.id, parse_uuid(again, field="again"))
        if draft is not None:
            return {"card": str(draft.card.id)}
    return {}


def _draft(form: TopUpForm, customer: Customer) -> Draft | None:
    """Write the draft, or say in the form why it cannot be."""
    now, amount = clock.now(), form.cleaned_data["amount"]
    try:
        with transaction.atomic():
            draft = actions.draft_top_up(
                customer_id=customer.id, card_id=UUID(form.cleaned_data["card"]), amount=amount, now=now
            )
        queries.preview(draft, now=now)
    except Refusal as error:
        form.add_error("amount" if "remaining_minor" in error.data else None, _sentence(error, form.currency))
        return None
    return draft


def _sentence(error: Refusal, currency: str) -> str:
    return said(error.code, error.data, currency)


def _begin(draft: Draft, preview: Preview) -> CommandAnswer:
    command = TopUpCommand(
        customer_id=draft.customer_id,
        principal=draft.customer_id,
        key=str(draft.id),
        card_id=draft.card.id,
        amount=draft.amount,
        fee=preview.fee,
        now=clock.now(),
    )
    return submit_and_wait(actions.start_top_ups, command)


def _again(draft: Draft) -> str:
    return f"{reverse('topup')}?{urlencode({'again': str(draft.id)})}"


def _refused(request: HttpRequest, draft: Draft, refused: Refused) -> HttpResponse:
    context = {
        "draft": draft,
        "sentence": said(refused.code, refused.data, draft.amount.currency),
        "again": _again(draft),
    }
    return render(request, "web/top_ups/refused.html", context, status=409)
