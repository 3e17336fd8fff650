"""What second factors need beside allauth's own pages."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from okpay.doors.web.accounts import second_factors
from okpay.doors.web.accounts.sessions import end_other_sessions
from okpay.doors.web.views.wallet import signed_in, user_of
from okpay.identity import actions as identity


@require_POST
@signed_in
@reauthentication_required  # type: ignore[untyped-decorator]
def mailed_code(request: HttpRequest) -> HttpResponse:
    """Let signing in ask for a mailed code, or no more."""
    user_id, is_on = user_of(request), request.POST.get("on") == "1"
    with transaction.atomic():
        identity.set_mailed_code(user_id=user_id, is_on=is_on)
        end_other_sessions(request, user_id)
        second_factors.tell_of_change(user_id, "mail_added" if is_on else "mail_removed")
    said = (
        _("Signing in asks for a mailed code from now on.")
        if is_on
        else _("Signing in does not ask for a mailed code any more.")
    )
    messages.success(request, str(said))
    return HttpResponseRedirect(reverse("mfa_index"))
