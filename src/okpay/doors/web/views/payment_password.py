"""Set the payment password, change it, and set it anew by a mailed link after it was forgotten."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from okpay.base import clock
from okpay.doors.web.accounts import payment_passwords, second_factors
from okpay.doors.web.accounts.payment_forms import ChangePaymentPasswordForm, SetPaymentPasswordForm
from okpay.doors.web.views.preferences import own_address
from okpay.doors.web.views.wallet import signed_in, user_of
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.records import PaymentPasswordState


@require_http_methods(["GET", "POST"])
@signed_in
def payment_password(request: HttpRequest) -> HttpResponse:
    """Set the payment password for the first time, or change it with the present one."""
    state = people.payment_password_state(user_of(request), now=clock.now())
    return _change(request, state) if state.is_set else _set(request)


@require_http_methods(["GET", "POST"])
@signed_in
def forgotten(request: HttpRequest) -> HttpResponse:
    """Mail the link with which a new payment password is set."""
    user_id = user_of(request)
    if not people.payment_password_state(user_id, now=clock.now()).is_set:
        return HttpResponseRedirect(reverse("payment_password"))
    if request.method == "POST":
        refused = _too_many(request, "payment_password_link")
        if refused:
            return refused
        with transaction.atomic():
            payment_passwords.send_link(user_id)
        messages.success(request, str(_("We have sent a mail. Open the link in it to go on.")))
        return HttpResponseRedirect(reverse("payment_password_forgotten"))
    return render(request, "web/account/payment_password_forgotten.html")


@require_http_methods(["GET", "POST"])
@signed_in
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new payment password by a mailed link, which works for its owner only; opening it does nothing.

    Who has a second factor shows it first: a mailbox and a session alone shall not open the way to the money.
    """
    replaces = payment_passwords.read_token(token, user_of(request))
    if replaces is None:
        return render(request, "web/account/payment_password_reset.html", {"is_void": True}, status=410)
    if way := second_factors.way_to_prove(request, user_of(request)):
        return HttpResponseRedirect(way)
    form = SetPaymentPasswordForm(request.POST or None, user=request.user)
    if request.method == "POST":
        refused = _too_many(request, "reauthenticate")
        if refused:
            return refused
        if form.is_valid():
            return _save(request, form, replaces, reverse("account_security"))
    return render(request, "web/account/payment_password_reset.html", {"form": form, "token": token})


def _set(request: HttpRequest) -> HttpResponse:
    form = SetPaymentPasswordForm(request.POST or None, user=request.user)
    form.fields["digits"].label = _("Payment password")
    form.fields["digits_again"].label = _("Payment password again")
    if request.method == "POST":
        refused = _too_many(request, "reauthenticate")
        if refused:
            return refused
        if form.is_valid():
            return _save(request, form, 0, _next(request) or reverse("account_security"))
    return render(request, "web/account/payment_password_set.html", {"form": form, "next": _next(request)})


def _save(request: HttpRequest, form: SetPaymentPasswordForm, replaces: int, leads_to: str) -> HttpResponse:
    with transaction.atomic():
        identity.set_payment_password(
            user_id=user_of(request), digits=form.cleaned_data["digits"], now=clock.now(), replaces=replaces
        )
    messages.success(request, str(_("Your payment password is set.")))
    return HttpResponseRedirect(leads_to)


def _change(request: HttpRequest, state: PaymentPasswordState) -> HttpResponse:
    form = ChangePaymentPasswordForm(
        request.POST or None, user=request.user, state=state, forgotten=reverse("payment_password_forgotten")
    )
    if request.method == "POST":
        refused = _too_many(request, "change_password")
        if refused:
            return refused
        if form.is_valid():
            attempt = identity.change_payment_password(
                user_id=user_of(request),
                old_digits=form.cleaned_data["old_digits"],
                digits=form.cleaned_data["digits"],
                now=clock.now(),
            )
            if attempt.is_right:
                messages.success(request, str(_("Your payment password is changed.")))
                return HttpResponseRedirect(reverse("account_security"))
            form.refuse(attempt)
    return render(request, "web/account/payment_password_change.html", {"form": form})


def _next(request: HttpRequest) -> str:
    # Whoever was sent here half-way through a payment goes back to it.
    asked = request.POST.get("next", "") or request.GET.get("next", "")
    return own_address(asked) if asked else ""


def _too_many(request: HttpRequest, action: str) -> HttpResponse | None:
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action=action)
    return refused
