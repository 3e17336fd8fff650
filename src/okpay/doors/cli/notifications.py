"""`okpay notifications`: how the mails and SMS stand, without saying whom they are for."""

from __future__ import annotations

import argparse
from datetime import datetime


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("notifications", help="how many mails and SMS wait, were sent, or failed")
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="deliveries by state, and the oldest that waits; no addresses")
    show.add_argument("--data", help="the data folder, when it is not the usual one")
    show.set_defaults(run=run_show, needs_database=True)


def run_show(_: argparse.Namespace) -> int:
    """Print the deliveries by channel and state, and since when the oldest waits."""
    from okpay.base import clock
    from okpay.notifications import queries
    from okpay.notifications.records import Channel

    now, configured = clock.now(), queries.channels()
    backlog = queries.backlog(now=now)
    for channel, title, variable, is_configured in (
        (Channel.MAIL, "Mail", "OKPAY_MAIL_URL", configured.mail),
        (Channel.SMS, "SMS", "OKPAY_SMS_URL", configured.sms),
    ):
        # Here: the program that sends may have been started with other variables than this command.
        print(f"{title}{'' if is_configured else f' ({variable} is not set here)'}")
        standings = [standing for standing in backlog.standings if standing.channel is channel]
        for standing in standings:
            span = "   in the last day" if standing.state.is_final else ""
            print(f"  {standing.state.replace('_', ' '):<10}{standing.count:>10,}{span}")
        if channel in backlog.oldest_waiting_at:
            print(f"  the oldest waits {_since(backlog.oldest_waiting_at[channel], now)}")
        if not standings:
            print("  nothing waits, and nothing has ended in the last day")
    return 0


def _since(then: datetime, now: datetime) -> str:
    minutes = int((now - then).total_seconds()) // 60
    length = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    return f"since {then:%Y-%m-%d %H:%M} UTC ({length})"
