"""What the pages say of API keys: what a scope allows, where a key may be used from, and why one cannot be made."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.identity.records import ApiKey, Scope

SCOPES: dict[Scope, tuple[Promise, Promise]] = {
    Scope.READ: (_("Read"), _("See balances, movements, receipts, cards and limits.")),
    Scope.SEND: (
        _("Send money"),
        _("Send your money to others and cancel transfers, without asking for the payment password."),
    ),
    Scope.TOP_UP: (_("Top up"), _("Charge your cards, without asking for the payment password.")),
}
"""Each scope in a word, and in a sentence."""

WORDS: dict[str, Promise] = {
    "api_key_name_invalid": _("Write a name of up to 60 characters that can all be shown."),
    "api_key_scopes_missing": _("Choose what the key may do."),
    "api_key_network_invalid": _(
        "Write addresses or networks such as 203.0.113.7 or 203.0.113.0/24, one per line, 20 at most. A network begins"
        " with its first address."
    ),
    "api_key_expiry_invalid": _("Choose one of the spans that are offered."),
    "api_keys_too_many": _(
        "You have %(most)s keys, and more cannot be made. Revoke one that is no longer used."
    ),
    "api_key_not_found": _("There is no such key of yours."),
}
"""A sentence for every code that these pages can meet."""


def said(code: str, data: Mapping[str, Any]) -> str:
    """Return the sentence for a code."""
    return str(WORDS[code]) % data if data else str(WORDS[code])


def scope_words(key: ApiKey) -> list[Promise]:
    """Return what a key may do, each in a word, in the order in which scopes are offered."""
    return [SCOPES[scope][0] for scope in Scope if scope in key.scopes]


def network_words(network: IPv4Network | IPv6Network) -> str:
    """Return a network as people write it: that of one address is the address."""
    return str(network.network_address if network.num_addresses == 1 else network)
