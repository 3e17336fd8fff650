"""The emergency lock: asked for without signing in, done by a mailed link, undone the same way."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from okpay.base import clock
from okpay.base.errors import Refusal
from okpay.doors.web.accounts import mails
from okpay.doors.web.accounts.forms import RecoveryForm
from okpay.doors.web.accounts.recovery import new_password_path
from okpay.identity import actions as identity
from okpay.identity.records import Recovery
from okpay.notifications import actions as notifications


@require_safe
def locked(request: HttpRequest) -> HttpResponse:
    """Say that the account is locked, and what to do next."""
    return render(request, "web/accounts/locked.html", status=403)


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for the mail with the link that locks or unlocks; the answer is the same for every address."""
    if kind not in (Recovery.LOCK, Recovery.UNLOCK):
        raise Http404
    form = RecoveryForm(request.POST or None)
    asked = False
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        refused = ratelimit.consume_or_429(request, action="reset_password", key=email)
        if refused:
            return refused
        identity.ask_for_recovery(
            kind=Recovery(kind), email=email, language=get_language() or "en", now=clock.now()
        )
        asked = True
    return render(request, "web/accounts/ask.html", {"form": form, "asked": asked, "kind": kind})


@never_cache
@require_http_methods(["GET", "POST"])
def recover(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a mailed link does, and do it when asked: a mail scanner that opens the link does nothing."""
    found = mails.read_recovery_token(token)
    if found is None:
        return render(request, "web/accounts/link_too_old.html", status=410)
    kind, user_id = found
    if request.method != "POST":
        return render(request, "web/accounts/recover.html", {"kind": kind.value, "token": token})
    with transaction.atomic():
        now = clock.now()
        try:
            if kind is Recovery.UNLOCK:
                identity.unlock(user_id=user_id, now=now)
                mails.tell(user_id, "account_unlocked", at=now)
                notifications.post_notice(user_id=user_id, code="account_unlocked", data={"at": now}, now=now)
            elif identity.lock(user_id=user_id, now=now):
                mails.tell(
                    user_id,
                    "account_locked",
                    at=now,
                    help_link=mails.address_of(reverse("recovery", args=["unlock"])),
                )
                notifications.post_notice(user_id=user_id, code="account_locked", data={"at": now}, now=now)
        except Refusal:
            return render(request, "web/accounts/link_too_old.html", status=410)
    if kind is Recovery.LOCK:
        logout(request)
        return HttpResponseRedirect(reverse("locked"))
    return HttpResponseRedirect(new_password_path(user_id))
