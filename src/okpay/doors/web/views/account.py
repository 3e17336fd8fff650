"""The account centre: profile, addresses, security, devices, limits."""

from __future__ import annotations

from uuid import UUID

from allauth.core import ratelimit
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from okpay.base import clock
from okpay.base.errors import InvalidInput
from okpay.base.phone_numbers import shown_phone
from okpay.customers import queries as customers
from okpay.doors.web.accounts import forms, present, second_factors, sessions
from okpay.doors.web.accounts.devices import device_name
from okpay.doors.web.country_words import FLOWS, WINDOWS
from okpay.doors.web.views.wallet import signed_in, user_of
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.regions import queries as regions
from okpay.regions.records import Flow


@require_safe
@signed_in
def centre(request: HttpRequest) -> HttpResponse:
    """Lead to everything about the account."""
    person = people.person(user_of(request))
    country = regions.country(person.country).name(get_language() or "en")
    context = {
        "person": person,
        "country": country,
        "phone": _phone(person.phone),
    }
    return render(request, "web/account/centre.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Change the name that others see, and the phrase of one's own."""
    user_id = user_of(request)
    person = people.person(user_id)
    kept = {"display_name": person.display_name, "phrase": people.phrase(user_id)}
    form = forms.ProfileForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            identity.set_names(
                user_id=user_id, legal_name=None, display_name=form.cleaned_data["display_name"]
            )
            identity.set_phrase(user_id=user_id, phrase=form.cleaned_data["phrase"])
        except InvalidInput as error:
            forms.refuse(form, error, forms.PROFILE_WORDS)
        else:
            messages.success(request, str(_("Saved.")))
            return HttpResponseRedirect(reverse("profile"))
    return render(request, "web/account/profile.html", {"form": form, "person": person})


@require_safe
@signed_in
def addresses(request: HttpRequest) -> HttpResponse:
    """Show the proven addresses, and lead to changing them."""
    person = people.person(user_of(request))
    context = {"person": person, "phone": _phone(person.phone)}
    return render(request, "web/account/addresses.html", context)


@require_safe
@signed_in
def security(request: HttpRequest) -> HttpResponse:
    """Show what protects the account, and where it is signed in."""
    user_id = user_of(request)
    return render(
        request,
        "web/account/security.html",
        {
            "person": people.person(user_id),
            "payment_password": people.payment_password_state(user_id, now=clock.now()),
            "second_step": second_factors.factors_of(user_id),
            "has_phrase": bool(people.phrase(user_id)),
            "sessions": [
                (session, device_name(session.user_agent))
                for session in UserSession.objects.purge_and_list(request.user)
            ],
            "devices": [(device, device_name(device.user_agent)) for device in people.devices(user_id)],
            "questions": people.answered_questions(user_id),
        },
    )


@require_safe
@signed_in
def limits(request: HttpRequest) -> HttpResponse:
    """Show how much may move, and what is left of it."""
    customer = customers.customer_of_user(user_of(request))
    states = customers.limits(customer.id, now=clock.now()) if customer else ()
    flows = [
        {
            "words": FLOWS[flow],
            "states": [(WINDOWS[state.window], state) for state in states if state.flow is flow],
        }
        for flow in Flow
    ]
    return render(request, "web/account/limits.html", {"flows": flows})


@require_POST
@signed_in
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign one device out."""
    own = UserSession.objects.filter(user_id=user_of(request), pk=session_id)
    for session in own.exclude(session_key=request.session.session_key):
        session.end()
    return HttpResponseRedirect(reverse("account_security"))


@require_POST
@signed_in
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign every other device out."""
    sessions.end_other_sessions(request, user_of(request))
    messages.success(request, str(_("The other devices were signed out.")))
    return HttpResponseRedirect(reverse("account_security"))


@require_POST
@signed_in
def forget_device(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Forget a device: the next sign-in on it is told by mail."""
    identity.forget_device(user_id=user_of(request), device_id=device_id)
    return HttpResponseRedirect(reverse("account_security"))


@require_POST
@signed_in
def prove_present(request: HttpRequest, channel: str) -> HttpResponse:
    """Send a code to the present address, which a change of it asks for."""
    if channel not in ("email", "phone"):
        raise Http404
    person = people.person(user_of(request))
    to_phone = channel == "phone"
    refused = ratelimit.consume_or_429(
        request, action="verify_phone", key=person.phone if to_phone else person.email
    )
    if refused:
        return refused
    with transaction.atomic():
        present.send_code(request, person, to_phone=to_phone)
    messages.success(request, str(_("The code is on its way.")))
    return HttpResponseRedirect(reverse("account_change_phone" if to_phone else "account_email"))


def _phone(number: str) -> str:
    return shown_phone(number) if number else ""
