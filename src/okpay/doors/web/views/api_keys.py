"""The API keys of whoever is signed in: see them, make one and see it once, revoke one."""

from __future__ import annotations

from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from okpay.base import clock
from okpay.base.errors import InvalidInput
from okpay.base.ids import new_uuid7
from okpay.customers import queries as customers
from okpay.doors.web.accounts.api_key_forms import ApiKeyForm
from okpay.doors.web.api_key_words import SCOPES, network_words, scope_words
from okpay.doors.web.local_time import shown
from okpay.doors.web.record_rows import zone_of
from okpay.doors.web.views.wallet import View, signed_in, user_of
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.errors import ApiKeyRefused
from okpay.identity.records import (
    MOST_API_KEYS,
    ApiKey,
    ConfirmationFault,
    ConfirmationUse,
    NewApiKey,
    api_key_binding,
)

_ENDED_SHOWN = 20
_USED = "okpay_api_key_forms"
_USED_KEPT = 20


def freshly_authenticated(view: View) -> View:
    """Ask for the password once more, and show the form again as it was filled in: but for the payment password.

    What was sent is kept in the session meanwhile, where no secret may stand.
    """
    guarded = reauthentication_required(view)

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer: HttpResponse = guarded(request, *args, **kwargs)
        except ReauthenticationRequired:
            sent = request.POST.copy()
            sent.pop("digits", None)
            sent["again"] = "1"
            request.POST = sent  # type: ignore[assignment]
            raise
        return answer

    return asked


@require_safe
@signed_in
def api_keys(request: HttpRequest) -> HttpResponse:
    """List the keys that stand, and below them those that ended last."""
    user_id, now = user_of(request), clock.now()
    keys, zone = people.api_keys_of(user_id), _zone(user_id)
    standing = sorted((key for key in keys if key.stands(now)), key=lambda key: key.id, reverse=True)
    ended = [key for key in keys if not key.stands(now)]
    ended.sort(key=_ended_at, reverse=True)
    context = {
        "standing": [_row(key, zone) for key in standing],
        "ended": [_row(key, zone) for key in ended[:_ENDED_SHOWN]],
        "most": MOST_API_KEYS,
        "is_full": len(standing) >= MOST_API_KEYS,
    }
    return render(request, "web/account/api_keys.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
@freshly_authenticated
def new(request: HttpRequest) -> HttpResponse:
    """Make a key, and show it in the answer: it is kept nowhere, so that no page can show it again."""
    user_id, now = user_of(request), clock.now()
    state = people.payment_password_state(user_id, now=now)
    form_id = request.POST.get("form", "") or str(new_uuid7())
    used = request.session.get(_USED, [])
    if form_id in used:
        messages.success(
            request,
            str(_("This form has made its key already. If you did not see it, revoke it and make another.")),
        )
        return HttpResponseRedirect(reverse("api_keys"))
    if request.method == "POST" and "again" not in request.POST:
        form = ApiKeyForm(request.POST, state=state, now=now)
        if form.is_valid():
            refused = ratelimit.consume_or_429(request, action="api_key")
            if refused:
                limited: HttpResponse = refused
                return limited
            made = _make(user_id, form, now)
            if made is not None:
                request.session[_USED] = [*used, form_id][-_USED_KEPT:]
                context = {"made": made, "row": _row(made.key, _zone(user_id))}
                return render(request, "web/account/api_key_made.html", context)
    else:
        form = ApiKeyForm(initial=_sent_before(request), state=state, now=now)
    context = {
        "form": form,
        "form_id": form_id,
        "scopes": [(scope.value, *words) for scope, words in SCOPES.items()],
        "has_password": state.is_set,
        "set_password": f"{reverse('payment_password')}?{urlencode({'next': reverse('new_api_key')})}",
    }
    return render(request, "web/account/api_key_new.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Ask whether a key is to be revoked, and revoke it."""
    user_id = user_of(request)
    key = people.api_key(user_id, key_id)
    if key is None:
        raise Http404
    if request.method == "POST":
        if identity.revoke_api_key(user_id=user_id, key_id=key_id, now=clock.now()):
            messages.success(request, _("%(key)s was revoked.") % {"key": key.name})
        return HttpResponseRedirect(reverse("api_keys"))
    if key.revoked_at is not None:
        return HttpResponseRedirect(reverse("api_keys"))
    return render(request, "web/account/api_key_revoke.html", {"key": key})


def _make(user_id: UUID, form: ApiKeyForm, now: datetime) -> NewApiKey | None:
    """Make what the form says, confirmed with the payment password if it moves money; or say in the form why not."""
    uses = []
    if form.moves_money:
        binding = api_key_binding(**form.terms)
        attempt = identity.confirm_payment(
            user_id=user_id, digits=form.cleaned_data["digits"], binding=binding, now=now
        )
        if attempt.confirmation_id is None:
            form.refuse_digits(attempt)
            return None
        uses.append(ConfirmationUse(attempt.confirmation_id, user_id, binding))
    try:
        with transaction.atomic():
            faults = [fault for fault in identity.use_confirmations(uses, now=now) if fault]
            if not faults:
                is_live = settings.MODE == "production"
                return identity.create_api_key(user_id=user_id, **form.terms, is_live=is_live, now=now)
    except (ApiKeyRefused, InvalidInput) as error:
        form.refuse(error)
    else:
        form.refuse_digits(ConfirmationFault(faults[0]))
    return None


def _sent_before(request: HttpRequest) -> dict[str, Any]:
    # What was filled in when the password was asked for in between.
    sent = request.POST
    kept = {name: sent[name] for name in ("name", "networks", "expires") if name in sent}
    return {**kept, "scopes": sent.getlist("scopes")}


def _row(key: ApiKey, zone: ZoneInfo) -> dict[str, Any]:
    def told(at: datetime | None) -> str:
        return shown(at, zone).words if at else ""

    return {
        "key": key,
        "scopes": scope_words(key),
        "networks": [network_words(network) for network in key.networks],
        "made": told(key.created_at),
        "expires": told(key.expires_at),
        "used": told(key.last_used_at),
        "revoked": told(key.revoked_at),
    }


def _ended_at(key: ApiKey) -> datetime:
    return min(at for at in (key.revoked_at, key.expires_at) if at is not None)


def _zone(user_id: UUID) -> ZoneInfo:
    return zone_of(customers.customer_of_user(user_id))
