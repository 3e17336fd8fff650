"""Every page there is, by the name of its route, with addresses that show it full and empty."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from okpay.base import clock
from okpay.doors.web.accounts import mails
from okpay.doors.web.errors import WORDS
from okpay.identity import actions as identity
from okpay.identity.records import Recovery
from tests.factories.people import open_person
from tests.factories.sent import path_of
from tests.journeys.book import sample_book
from tests.journeys.record import sample_record

NOT_PAGES = {
    "preferences", "robots", "book_slash", "inbox_read", "end_session", "end_other_sessions", "forget_device",
    "prove_present", "receipt", "cancel_transfer", "account_set_password", "mailed_code",
    "card_return", "acquirer_webhook", "mfa_download_recovery_codes", "mfa_login_webauthn",
}  # fmt: skip
"""Routes that answer with no page of their own."""
SEEN_IN_STORIES = {"account_verify_phone", "account_reset_password_from_key", "payment_password_forgotten",
                   "new_api_key", "revoke_api_key",
                   "account_confirm_login_code", "mfa_authenticate", "mfa_reauthenticate",
                   "mfa_reauthenticate_webauthn", "mfa_activate_totp", "mfa_deactivate_totp",
                   "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_add_webauthn", "mfa_edit_webauthn",
                   "mfa_remove_webauthn",
                   "send_confirm", "send_done", "add_card", "remove_card", "topup_confirm", "topup_done"}  # fmt: skip
"""Pages that stand in the middle of a story: the other journeys look at them there."""
SIGNED_IN = {
    "wallet", "records", "movement", "inbox", "account", "profile", "addresses", "account_security",
    "account_limits", "account_logout",
    "account_reauthenticate", "account_email", "account_change_password", "account_change_phone",
    "payment_password", "payment_password_reset", "send", "payment_methods", "topup", "api_keys",
    "mfa_index", "mfa_list_webauthn",
}  # fmt: skip
"""Pages of somebody who is signed in."""


@cache
def addresses() -> dict[str, list[str]]:
    """Return the addresses to open for each route; made once, before the browser and its loop are there."""
    book = sample_book()
    pages = {name: [f"/{name}"] for name in ("fees", "help", "security", "terms", "privacy", "complaints")}
    return pages | {
        "home": ["/"],
        "countries": ["/countries"],
        "country": ["/countries/ID"],  # the longest amounts, and limits with a source
        "book": ["/book", f"/book?after={2**63 - 1}"],
        "book_account": [
            f"/book/accounts/{book.wallet_id}",
            f"/book/accounts/{book.busy_id}?before={book.busy_before}",
            f"/book/accounts/{book.unused_id}",
        ],
        "book_entry": [f"/book/entries/{book.purchase_id}", f"/book/entries/{book.hold_id}"],
        "book_trial_balance": ["/book/trial-balance"],
        "book_seals": ["/book/seals"],
        "wallet": ["/wallet"],
        "send": ["/send"],
        "inbox": ["/inbox", f"/inbox?before={UUID(int=0)}"],
        "records": ["/records", "/records?span=own&from=2026-02-30", "/records?q=nobody+at+all"],
        "movement": [f"/records/{movement_id}" for movement_id in sample_record().movements],
        "account": ["/account"],
        "profile": ["/account/profile"],
        "addresses": ["/account/addresses"],
        "account_security": ["/account/security"],
        "account_limits": ["/account/limits"],
        "mfa_index": ["/account/second-factor/"],
        "mfa_list_webauthn": ["/account/second-factor/webauthn/"],
        "api_keys": ["/account/api-keys"],
        "payment_methods": ["/account/methods"],
        "topup": ["/topup"],
        "payment_password": ["/account/payment-password", "/account/payment-password?next=/wallet"],
        "payment_password_reset": ["/account/payment-password/reset/x"],
        "account_logout": ["/account/logout/"],
        "account_reauthenticate": ["/account/reauthenticate/"],
        "account_email": ["/account/email/"],
        "account_change_password": ["/account/password/change/"],
        "account_change_phone": ["/account/phone/change/"],
        "account_login": ["/account/login/"],
        "account_signup": ["/account/signup/"],
        "account_inactive": ["/account/inactive/"],
        "account_email_verification_sent": ["/account/confirm-email/"],
        "account_confirm_email": ["/account/confirm-email/not:a:key/"],
        "account_reset_password": ["/account/password/reset/"],
        "account_reset_password_done": ["/account/password/reset/done/"],
        "account_reset_password_from_key_done": ["/account/password/reset/key/done/"],
        "locked": ["/account/locked"],
        "recovery": ["/account/recovery/lock", "/account/recovery/unlock"],
        "recover": ["/account/recover/x", *recovery_addresses()],
        "developers": ["/developers"],
        "developer_reference": ["/developers/reference"],
        "developer_errors": ["/developers/errors"],
        "developer_error": [
            f"/developers/errors/{code}" for code in ("funds_missing", "busy", "method_not_allowed")
        ],
        "design": ["/design"],
        "design_wallet": ["/design/wallet"],
        "design_error": [f"/design/errors/{status}" for status in WORDS],
    }


NAMES = (
    "home", "fees", "countries", "country", "help", "security", "terms", "privacy", "complaints", "book",
    "wallet", "send", "records", "movement", "inbox", "account", "profile", "addresses", "account_security",
    "account_limits", "account_logout",
    "account_reauthenticate", "account_email", "account_change_password", "account_change_phone", "account_login",
    "account_signup", "account_inactive", "account_email_verification_sent", "account_confirm_email",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key_done", "locked",
    "recovery", "recover", "book_account", "book_entry", "book_trial_balance", "book_seals", "design", "design_wallet",
    "design_error", "payment_password", "payment_password_reset", "payment_methods", "topup",
    "api_keys", "mfa_index", "mfa_list_webauthn", "developers", "developer_reference", "developer_errors",
    "developer_error",
)  # fmt: skip
"""The routes that have pages: known before the book exists, so that each is a test of its own."""


@cache
def recovery_addresses() -> tuple[str, ...]:
    """Return the pages of two mailed links: one that locks, one that unlocks."""
    open_, locked = open_person(), open_person()
    identity.lock(user_id=locked.pk, now=clock.now())
    links = mails.recovery_link(Recovery.LOCK, open_.pk), mails.recovery_link(Recovery.UNLOCK, locked.pk)
    return tuple(map(path_of, links))


def every_route(patterns: list[URLPattern | URLResolver] | None = None) -> Iterator[str]:
    """Yield the name of every route, or its pattern where it has no name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from every_route(pattern.url_patterns)
        else:
            yield pattern.name or str(pattern.pattern)
