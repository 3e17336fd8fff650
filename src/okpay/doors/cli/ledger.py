"""`okpay ledger`: verify the book, look into it, seal it, and fill an empty trial with an example."""

from __future__ import annotations

import argparse
from uuid import UUID

from okpay.base.amounts import format_plain
from okpay.base.money import Money
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.verified import print_verified


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("ledger", help="verify the book, look into it")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser(
        "verify", help="re-derive the whole book and name the first row that is wrong"
    )
    verify.set_defaults(run=run_verify, needs_database=True)
    show = commands.add_parser("show", help="the trial balance, the seals, or one account, entry or hold")
    show.add_argument(
        "what", nargs="?", help="an account's number or code, the id of an entry or hold, or `seals`"
    )
    show.add_argument("--limit", type=int, default=20, help="rows to show (default 20)")
    show.set_defaults(run=run_show, needs_database=True)
    seal = commands.add_parser("seal", help="seal now what was posted since the last seal")
    seal.set_defaults(run=run_seal, needs_database=True)
    example = commands.add_parser("example", help="post a small example into a trial installation's book")
    example.set_defaults(run=run_example, needs_database=True)
    for command in (verify, show, seal, example):
        command.add_argument("--data", help="the data folder, when it is not the usual one")


def run_verify(arguments: argparse.Namespace) -> int:
    """Verify the book with progress; return 1 when it is not true, having named the first row of each kind."""
    from okpay.ledger.queries import verify

    if print_verified(verify):
        print("The book is true: every balance follows from its entries.")
        return 0
    print("The book is NOT true. Stop the program, keep the data as it is, and look at the rows above first.")
    return 1


def run_show(arguments: argparse.Namespace) -> int:
    """Print the trial balance and the accounts, or what `what` names; return 1 when there is no such thing."""
    from okpay.ledger import queries

    if arguments.what is None:
        _show_book(arguments.limit)
        return 0
    if arguments.what == "seals":
        _show_seals(arguments.limit)
        return 0
    try:
        found_id = UUID(arguments.what)
    except ValueError:
        is_number = arguments.what.isdecimal() and int(arguments.what) < 2**63
        account = (
            queries.account(int(arguments.what)) if is_number else queries.account_by_code(arguments.what)
        )
        if account is None:
            raise CommandError(
                f"There is no account {arguments.what}: `okpay ledger show` lists the accounts."
            ) from None
        _show_account(account.id, arguments.limit)
        return 0
    _show_entry(found_id)
    return 0


def run_seal(arguments: argparse.Namespace) -> int:
    """Seal what was posted since the last seal, in as many seals as it takes."""
    from okpay.ledger import actions

    while (seal := actions.seal()) is not None:
        print(f"Seal {seal.number}: {seal.entry_count:,} entries, root {seal.root.hex()}")
    print("Everything is sealed.")
    return 0


def run_example(arguments: argparse.Namespace) -> int:
    """Post the example of docs/ledger.md: refused in production, harmless when it is there already."""
    from django.conf import settings

    from okpay.doors.cli.example import post_example

    if not settings.TRIAL:
        raise CommandError("The example is for trials only: this installation is set to production.")
    for line in post_example():
        print(line)
    print("Look at it with `okpay ledger show`, or on the page /book.")
    return 0


def _show_book(limit: int) -> None:
    from okpay.ledger import queries

    lines = queries.trial_balance()
    if not lines:
        print("The book is empty. In a trial, `okpay ledger example` posts something to look at.")
        return
    print(f"{'Trial balance':<14}{'debit':>24}{'credit':>24}   accounts")
    for line in lines:
        debit, credit = _plain(line.debit_minor, line.currency), _plain(line.credit_minor, line.currency)
        mark = "" if line.debit_minor == line.credit_minor else "   NOT BALANCED"
        print(f"{line.currency:<14}{debit:>24}{credit:>24}   {line.accounts:,}{mark}")
    print(f"\n{'Account':<22}{'code or purpose':<30}{'status':<11}{'balance':>22}{'held':>18}")
    accounts = queries.accounts(limit=limit + 1)
    for account in accounts[:limit]:
        balance, held = (
            _plain(account.balance_minor, account.currency),
            _plain(account.held_minor, account.currency),
        )
        name = account.code or account.purpose
        print(f"{account.id:<22}{name:<30}{account.status.name.lower():<11}{balance:>22}{held:>18}")
    if len(accounts) > limit:
        print(f"… and more: --limit {limit * 5}")


def _show_seals(limit: int) -> None:
    from okpay.ledger import queries

    seals = queries.seals(limit=limit)
    if not seals:
        print("Nothing is sealed yet.")
        return
    print(f"{'Seal':>8}  {'sealed (UTC)':<21}{'entries':>9}   hash")
    for seal in seals:
        print(
            f"{seal.number:>8}  {seal.sealed_at:%Y-%m-%d %H:%M:%S}  {seal.entry_count:>9,}   {seal.hash.hex()}"
        )
    print("The first hash stands for the whole book so far: keep it in another place.")


def _show_account(account_id: int, limit: int) -> None:
    from okpay.ledger import queries

    account = queries.account(account_id)
    assert account is not None
    print(
        f"Account {account.id}{f' {account.code}' if account.code else ''}: {account.purpose}, {account.currency}"
    )
    floor = "none" if account.floor_minor is None else _plain(account.floor_minor, account.currency)
    print(f"  {account.normal_side.name.lower()}-normal, {account.status.name.lower()}, floor {floor}")
    balance, held = (
        _plain(account.balance_minor, account.currency),
        _plain(account.held_minor, account.currency),
    )
    print(f"  balance {balance}, held {held}")
    for hold in queries.open_holds(account_id):
        amount = _plain(hold.remaining_minor, account.currency)
        print(f"  hold {hold.id}: {amount} until {hold.expires_at:%Y-%m-%d %H:%M} UTC")
    postings = queries.postings(account_id, limit=limit)
    entries = queries.entries([posting.entry_id for posting in postings])
    if postings:
        print(f"\n{'Booked (UTC)':<21}{'kind':<28}{'debit':>20}{'credit':>20}{'balance':>22}   entry")
    for posting in postings:
        entry, amount = entries[posting.entry_id], _plain(abs(posting.amount_minor), posting.currency)
        debit, credit = (amount, "") if posting.amount_minor > 0 else ("", amount)
        balance = _plain(posting.balance_minor, posting.currency)
        print(
            f"{entry.booked_at:%Y-%m-%d %H:%M:%S}  {entry.kind:<28}{debit:>20}{credit:>20}{balance:>22}   {entry.id}"
        )


def _show_entry(entry_id: UUID) -> None:
    from okpay.ledger import queries

    entry = queries.entry(entry_id)
    if entry is None:
        raise CommandError(f"There is no entry or hold {entry_id} in the book.")
    print(
        f"Entry {entry.id}: {entry.kind} ({entry.operation.name.lower()}), {entry.booked_at:%Y-%m-%d %H:%M:%S.%f} UTC"
    )
    if entry.reverses_id:
        print(f"  reverses {entry.reverses_id}")
    hold = queries.hold(entry.hold_id) if entry.hold_id else None
    if hold is not None:
        print(
            f"  hold {hold.id}: {hold.amount_minor} minor units on {hold.account_id}, {hold.status.name.lower()}"
        )
    for posting in queries.postings_of_entry(entry):
        side = "debit" if posting.amount_minor > 0 else "credit"
        amount = _plain(abs(posting.amount_minor), posting.currency)
        balance = _plain(posting.balance_minor, posting.currency)
        print(f"  leg {posting.leg}  {side:<7}{posting.account_id:<22}{amount:>22}   balance after {balance}")


def _plain(minor: int, currency: str) -> str:
    return f"{format_plain(Money(minor, currency))} {currency}"
