"""Which acquirer this installation has."""

from __future__ import annotations

from django.conf import settings

from okpay.funding.providers.acquirer import HttpAcquirer
from okpay.funding.providers.protocol import Acquirer


def acquirer() -> Acquirer | None:
    """Return the acquirer of the settings, or None where there is none."""
    return HttpAcquirer(settings.ACQUIRER_URL, settings.ACQUIRER_KEY) if settings.ACQUIRER_URL else None
