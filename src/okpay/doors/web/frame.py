"""What the wallet's frame shows on each of its pages, also on those that another library's view renders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from okpay.doors.web.maintenance import banner
from okpay.notifications import queries as notices

_PLACES: tuple[tuple[str, Promise, str], ...] = (
    ("wallet", _("Home"), "wallet"),
    ("records", _("Records"), "record"),
    ("inbox", _("Inbox"), "mail"),
    ("account", _("Account centre"), "account"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the places of the wallet with what is unread, what can be sent, and the banner of a maintenance.

    Each is asked only where a page shows it.
    """
    shown = {"channels": SimpleLazyObject(notices.channels), "maintenance": SimpleLazyObject(banner)}
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        shown["places"] = SimpleLazyObject(lambda: _places(request))
    return shown


def _places(request: HttpRequest) -> list[dict[str, Any]]:
    unread = notices.unread_count(UUID(str(request.user.pk))) if request.user.is_authenticated else 0
    return [
        {
            "href": reverse(name),
            "label": label,
            "icon": icon,
            "is_current": request.path.split("/")[1] == name,
            "count": unread if name == "inbox" else 0,
        }
        for name, label, icon in _PLACES
    ]
