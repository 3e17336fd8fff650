"""The book, open to read: accounts, postings, entries, the trial balance and the seals. In trials only."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from okpay.doors.design.trial import trial_only
from okpay.doors.web import book_lines as lines
from okpay.doors.web.heavy import heavy
from okpay.ledger import queries as ledger
from okpay.ledger.queries import PAGE

LARGEST_KEY = 2**63 - 1


@trial_only
@require_safe
@heavy
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts of the book by id."""
    found = ledger.accounts(after=_key(request, "after", 0), limit=PAGE + 1)
    context = {
        "accounts": [lines.account_line(account) for account in found[:PAGE]],
        "next_after": found[PAGE - 1].id if len(found) > PAGE else None,
        "is_first": "after" not in request.GET,
        "tabs": _tabs("book"),
    }
    return render(request, "web/book/accounts.html", context)


@trial_only
@require_safe
def with_slash(request: HttpRequest) -> HttpResponse:
    """Lead to the book whoever typed a slash behind its address."""
    return HttpResponsePermanentRedirect(reverse("book"))


@trial_only
@require_safe
@heavy
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show one account as it stands, its open holds, and its postings, the latest first."""
    found = ledger.account(account_id) if account_id <= LARGEST_KEY else None
    if found is None:
        raise Http404
    postings = ledger.postings(account_id, before=_key(request, "before", LARGEST_KEY), limit=PAGE + 1)
    page = postings[:PAGE]
    entries = ledger.entries([posting.entry_id for posting in page])
    holds = ledger.open_holds(account_id, limit=PAGE + 1)
    context = {
        "account": found,
        "line": lines.account_line(found),
        "holds": [lines.hold_line(hold, found) for hold in holds[:PAGE]],
        "more_holds": len(holds) > PAGE,
        "postings": [lines.posting_line(posting, entries[posting.entry_id]) for posting in page],
        "next_before": page[-1].sequence if len(postings) > PAGE else None,
        "is_first": "before" not in request.GET,
        "tabs": _tabs("book"),
    }
    return render(request, "web/book/account.html", context)


@trial_only
@require_safe
@heavy
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show one journal entry with all its postings, debit and credit side by side."""
    found = ledger.entry(entry_id)
    if found is None:
        raise Http404
    postings = ledger.postings_of_entry(found)
    names = _names({posting.account_id for posting in postings})
    context = {
        "entry": found,
        "operation": lines.OPERATIONS[found.operation],
        "postings": [lines.side_line(posting, names[posting.account_id]) for posting in postings],
        "totals": lines.totals(postings),
        "tabs": _tabs(""),
    }
    return render(request, "web/book/entry.html", context)


@trial_only
@require_safe
@heavy
def trial_balance(request: HttpRequest) -> HttpResponse:
    """Show the sums of all debit and credit balances by currency."""
    context = {"balances": ledger.trial_balance(), "tabs": _tabs("book_trial_balance")}
    return render(request, "web/book/trial_balance.html", context)


@trial_only
@require_safe
@heavy
def seals(request: HttpRequest) -> HttpResponse:
    """Show the chain of seals, the latest first."""
    found = ledger.seals(before=_key(request, "before", LARGEST_KEY), limit=PAGE + 1)
    context = {
        "seals": [lines.seal_line(seal) for seal in found[:PAGE]],
        "next_before": found[PAGE - 1].number if len(found) > PAGE else None,
        "is_first": "before" not in request.GET,
        "waiting": ledger.unsealed_calls(),
        "tabs": _tabs("book_seals"),
    }
    return render(request, "web/book/seals.html", context)


def _key(request: HttpRequest, name: str, default: int) -> int:
    """Return the key that a page starts at. Raises: BadRequest for what no link of ours says."""
    text = request.GET.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST_KEY):
        raise BadRequest
    return int(text)


def _names(account_ids: set[int]) -> dict[int, str]:
    found = {account_id: ledger.account(account_id) for account_id in account_ids}
    return {account_id: lines.name(account) for account_id, account in found.items() if account is not None}


def _tabs(current: str) -> list[dict[str, object]]:
    labels = {"book": _("Accounts"), "book_trial_balance": _("Trial balance"), "book_seals": _("Seals")}
    return [
        {"href": reverse(name), "label": label, "is_current": name == current}
        for name, label in labels.items()
    ]
