"""Send money: write it, see what will happen, confirm it, see what happened."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from okpay.base import clock
from okpay.base.amounts import format_money
from okpay.base.batching import submit_and_wait
from okpay.base.errors import Refusal, Unavailable
from okpay.base.ids import parse_uuid
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.doors.web.accounts import step_up
from okpay.doors.web.local_time import shown
from okpay.doors.web.movement_words import LOOKS, STATES
from okpay.doors.web.record_rows import zone_of
from okpay.doors.web.refusal_words import said
from okpay.doors.web.transfer_forms import TransferForm
from okpay.doors.web.transfer_words import WAITS, outcome
from okpay.doors.web.views.wallet import signed_in, user_of
from okpay.identity import queries as people
from okpay.movements import queries as movements
from okpay.movements.records import Accepted, CommandAnswer, Refused
from okpay.regions import queries as regions
from okpay.transfers import actions as transfers
from okpay.transfers import queries
from okpay.transfers.errors import InvalidTransfer
from okpay.transfers.records import (
    CancelCommand,
    Draft,
    Preview,
    SendCommand,
    binding,
)
from okpay.wallets import queries as wallets

_TWIN_SECONDS = 5.0
"""How long a second press of the button waits for what the first one does."""
_WRONG_SECONDS = 0.5


def customer_of(request: HttpRequest) -> Customer:
    """Return the customer who is signed in; who is none yet has no such page."""
    customer = customers.customer_of_user(user_of(request))
    if customer is None:
        raise Http404
    return customer


@require_http_methods(["GET", "POST"])
@signed_in
def write(request: HttpRequest) -> HttpResponse:
    """Ask to whom and how much, and write the draft."""
    customer = customer_of(request)
    balances = wallets.balances(customer.id)
    form = TransferForm(
        request.POST or None,
        country=regions.country(customer.country),
        currencies=[balance.currency for balance in balances],
        initial=_earlier(request, customer),
    )
    if request.method == "POST" and form.is_valid():
        draft = _draft(form, customer)
        if draft is not None:
            return HttpResponseRedirect(reverse("send_confirm", args=[draft.id]))
    context = {"form": form, "balances": balances, "contacts": queries.contacts(customer.id)}
    return render(request, "web/transfers/write.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def confirm(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show what will happen, take payment password, passkey or code, and send."""
    customer = customer_of(request)
    draft = queries.draft(customer.id, draft_id)
    if draft is None:
        raise Http404
    finished = HttpResponseRedirect(reverse("send_done", args=[draft.id]))
    if movements.answer_to(customer.id, str(draft.id)) is not None:
        return finished
    try:
        preview = queries.preview(draft, now=clock.now())
    except Refusal as error:
        # Another press of the same button may have sent it since we looked, and used up the money.
        return (
            finished
            if movements.answer_to(customer.id, str(draft.id))
            else _refused(request, draft, Refused.of(error))
        )
    problem, status = "", 200
    if request.method == "POST" and request.POST.get("fee") != str(preview.fee.minor):
        problem, status = said("fee_changed", {}, draft.amount.currency), 409
    elif request.method == "POST":
        attempt = step_up.confirm(request, user_of(request), draft.id, _bound(draft, preview))
        if attempt.confirmation_id is None:
            # The button may have been pressed twice: the first press used it up, and its result is this one's too.
            if attempt.wrong and _await_answer(draft, is_blocked=attempt.blocked_until is not None):
                return finished
            # By way of a redirect, so that Reload and Back ask for a page and try no password again.
            return HttpResponseRedirect(f"{reverse('send_confirm', args=[draft.id])}?wrong={attempt.wrong}")
        try:
            _send(request, draft, preview, attempt.confirmation_id)
        except Unavailable as error:
            problem, status = said(error.code, error.data, draft.amount.currency), 503
        else:
            return finished
    state = people.payment_password_state(user_of(request), now=clock.now())
    is_wrong = request.GET.get("wrong") == "password" and state.is_set and state.blocked_until is None
    back = urlencode({"next": reverse("send_confirm", args=[draft.id])})
    zone = zone_of(customer)
    context = {
        "draft": draft,
        "preview": preview,
        "waits": WAITS.get(preview.reason),
        "step_up": step_up.ask(request, user_of(request), draft.id, _bound(draft, preview)),
        "wrong": request.GET.get("wrong", ""),
        "password_error": _("This is not your payment password.") if is_wrong else "",
        "tries_left": state.tries_left if is_wrong else None,
        "blocked_until": state.blocked_until,
        "problem": problem,
        "state": state,
        "set_password": f"{reverse('payment_password')}?{back}",
        "arrives": shown(preview.arrives_at, zone).exact if preview.arrives_at else "",
        "comes_back": shown(preview.deadline_at, zone).words,
        "warnings": [
            (warned, shown(warned.earlier.created_at, zone).exact if warned.earlier else "")
            for warned in preview.warnings
        ],
        "amount_words": format_money(preview.total, get_language() or "en"),
    }
    return render(request, "web/transfers/confirm.html", context, status=status)


@require_safe
@signed_in
def done(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show what became of a transfer that was confirmed: the same after Back and Reload."""
    customer = customer_of(request)
    draft = queries.draft(customer.id, draft_id)
    answer = movements.answer_to(customer.id, str(draft.id)) if draft else None
    if draft is None or answer is None:
        raise Http404
    if isinstance(answer, Refused):
        return _refused(request, draft, answer)
    movement = movements.movement_of(customer.id, answer.movement_id)
    assert movement is not None
    zone = zone_of(customer)
    context = {
        "movement": movement,
        "draft": draft,
        "line": movements.line_of(customer.id, movement),
        "heading": outcome(movement),
        "sent": shown(movement.created_at, zone).exact,
        "until": shown(movement.deadline_at, zone).words if movement.deadline_at else "",
        "state": STATES[movement.state],
        "look": LOOKS[movement.state],
        "waits": WAITS.get(movement.reason),
    }
    return render(request, "web/transfers/done.html", context)


@require_POST
@signed_in
def cancel(request: HttpRequest, movement_id: UUID) -> HttpResponse:
    """Take back a transfer that waits."""
    customer = customer_of(request)
    movement = movements.movement_of(customer.id, movement_id)
    if movement is None or movement.payer_id != customer.id:
        raise Http404
    try:
        answer: CommandAnswer = submit_and_wait(
            transfers.cancel_many, CancelCommand(customer.id, movement_id, clock.now())
        )
    except Unavailable as error:
        messages.error(request, said(error.code, error.data, movement.currency))
    else:
        if isinstance(answer, Accepted):
            messages.success(request, str(_("The transfer was cancelled. You have your money again.")))
        else:
            messages.error(request, said(answer.code, answer.data, movement.currency))
    return HttpResponseRedirect(reverse("movement", args=[movement_id]))


def _earlier(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Return what the form begins with: a draft that is written again, or somebody whom one has sent to before."""
    if again := request.GET.get("again", ""):
        draft = queries.draft(customer.id, parse_uuid(again, field="again"))
        if draft is not None:
            return {"recipient": draft.recipient.address, "note": draft.note}
    if key := request.GET.get("to", ""):
        wanted = parse_uuid(key, field="to")
        for contact in queries.contacts(customer.id):
            if contact.recipient.key == wanted:
                return {"recipient": contact.recipient.address}
    return {}


def _draft(form: TransferForm, customer: Customer) -> Draft | None:
    """Write the draft, or say in the form why it cannot be."""
    now, cleaned = clock.now(), form.cleaned_data
    try:
        with transaction.atomic():
            draft = transfers.draft_transfer(
                customer_id=customer.id,
                recipient=cleaned["recipient"],
                amount=form.amount,
                note=cleaned["note"],
                delay_hours=cleaned["delay"],
                now=now,
            )
        queries.preview(draft, now=now)
    except InvalidTransfer as error:
        form.refuse(error)
    except Refusal as error:
        form.add_error(None, said(error.code, error.data, form.currency))
    else:
        return draft
    return None


def _bound(draft: Draft, preview: Preview) -> bytes:
    return binding(draft.recipient, draft.amount, preview.fee)


def _send(request: HttpRequest, draft: Draft, preview: Preview, confirmation_id: UUID) -> CommandAnswer:
    command = SendCommand(
        customer_id=draft.customer_id,
        user_id=user_of(request),
        principal=draft.customer_id,
        key=str(draft.id),
        recipient=draft.recipient,
        amount=draft.amount,
        fee=preview.fee,
        note=draft.note,
        delay_hours=draft.delay_hours,
        confirmation_id=confirmation_id,
        now=clock.now(),
    )
    return submit_and_wait(transfers.send_many, command)


def _await_answer(draft: Draft, *, is_blocked: bool) -> CommandAnswer | None:
    # Who is just wrong waits a moment, too, and is not told sooner than a twin.
    deadline = time.monotonic() + (_TWIN_SECONDS if is_blocked else _WRONG_SECONDS)
    while (
        answer := movements.answer_to(draft.customer_id, str(draft.id))
    ) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


def _refused(request: HttpRequest, draft: Draft, refused: Refused) -> HttpResponse:
    sentence = said(refused.code, refused.data, draft.amount.currency)
    again = f"{reverse('send')}?{urlencode({'again': str(draft.id)})}"
    context = {"draft": draft, "sentence": sentence, "again": again, "code": refused.code}
    return render(request, "web/transfers/refused.html", context, status=409)
