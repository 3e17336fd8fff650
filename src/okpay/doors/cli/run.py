"""`okpay run`: make everything ready, start it, say where to look, stop it cleanly."""

from __future__ import annotations

import argparse
import os
import signal
import socket
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import FrameType

from okpay.doors.cli import listening
from okpay.doors.cli.assets import assets_are_current, collect_assets
from okpay.doors.cli.database import open_database
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.home import Home
from okpay.doors.cli.messages import compile_messages, stale_messages
from okpay.doors.cli.progress import Progress
from okpay.doors.cli.sandbox import Sandbox, port_for, running_sandbox

DEFAULT_PORT = 8000
MOST_PROCESSES = 64
ROLES = ("all", "web", "api", "worker")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("run", help="start the wallet and print the address to open")
    parser.add_argument(
        "--port",
        type=int,
        help="the port to serve on (8000); a worker answers for its health there, if given",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (this machine only)")
    parser.add_argument("--data", metavar="FOLDER", help="where the database and the logs are kept")
    parser.add_argument("--role", choices=ROLES, default="all", help="which part to run (all)")
    parser.add_argument(
        "--processes",
        metavar="N",
        type=int,
        default=1,
        help="how many processes answer (1); with more, background work has one of its own",
    )
    parser.add_argument("--tls", action="store_true", help="serve HTTPS with a certificate of our own")
    parser.add_argument("--tls-cert", metavar="FILE", type=Path, help="serve HTTPS with this certificate")
    parser.add_argument("--tls-key", metavar="FILE", type=Path, help="the private key of the certificate")
    parser.add_argument(
        "--sandbox-port",
        metavar="PORT",
        type=int,
        help="where the sandbox of a trial listens (--port plus one)",
    )
    parser.add_argument("--no-sandbox", action="store_true", help="start a trial without the sandbox")
    parser.set_defaults(run=run_program)


def run_program(arguments: argparse.Namespace) -> int:
    """Start everything and serve until Ctrl-C or SIGTERM; return 0 after a clean stop.

    Raises:
        CommandError, FolderError, ClusterError, ProvisionError: It cannot start; nothing goes on running.
    """
    # A shell starts what runs in the background with SIGINT ignored; asked to stop, it must stop all the same.
    signal.signal(signal.SIGINT, _as_interrupt)
    signal.signal(signal.SIGTERM, _as_interrupt)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        # The terminal was closed. Under nohup it is ignored, and stays so.
        signal.signal(signal.SIGHUP, _as_interrupt)
    progress = Progress()
    with ExitStack() as stack:
        try:
            _run(arguments, progress, stack)
        except KeyboardInterrupt:
            # A second Ctrl-C while the database is stopped would leave it running.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            progress.note("Stopping.")
    return 0


def _run(arguments: argparse.Namespace, progress: Progress, stack: ExitStack) -> None:
    _check_processes(arguments)
    home = Home.find(arguments.data)
    is_silent = arguments.role == "worker" and arguments.port is None
    port = DEFAULT_PORT if arguments.port is None else arguments.port
    listener = None if is_silent else listening.bind(arguments.host, port)
    if listener:
        stack.enter_context(listener)
    if home.note:
        progress.note(home.note)
    if "OKPAY_HOSTS" not in os.environ and os.environ.get("OKPAY_MODE", "trial") != "production":
        os.environ["OKPAY_HOSTS"] = ",".join(listening.known_hosts(arguments.host))
    home.prepare()
    certificate = _certificate(arguments, home)
    os.environ["OKPAY_TLS"] = "1" if certificate else ""
    _check_environment()
    _make_assets(home, progress)
    stack.enter_context(open_database(home, progress, migrating=True, processes=arguments.processes))
    where = ""
    sandbox = None
    if listener:
        port = listener.getsockname()[1]
        where = listening.address(arguments.host, port, tls=certificate is not None)
        if os.environ.get("OKPAY_MODE", "trial") != "production":
            # Links in mails lead to where this trial answers.
            os.environ.setdefault("OKPAY_ORIGIN", where)
        if _wants_sandbox(arguments):
            sandbox = _start_sandbox(arguments, home, port, where, progress, stack)
    _serve(arguments, listener, certificate, _told(arguments.role, where, sandbox), progress)


def _check_processes(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.processes <= MOST_PROCESSES:
        raise CommandError(f"--processes is a number from 1 to {MOST_PROCESSES}.")
    if arguments.processes > 1 and arguments.role == "worker":
        raise CommandError("A worker is one process: start another one where you need more.")


def _wants_sandbox(arguments: argparse.Namespace) -> bool:
    is_trial = os.environ.get("OKPAY_MODE", "trial") == "trial"
    return is_trial and arguments.role == "all" and not arguments.no_sandbox


def _start_sandbox(
    arguments: argparse.Namespace, home: Home, port: int, where: str, progress: Progress, stack: ExitStack
) -> Sandbox:
    own_port = port_for(port, arguments.sandbox_port)
    with progress.step("Start the sandbox"):
        sandbox = stack.enter_context(running_sandbox(home, wallet_url=where, port=own_port))
    sandbox.tell_settings()
    return sandbox


def _told(role: str, where: str, sandbox: Sandbox | None) -> str:
    if role == "worker":
        health = f" How it is: {where}/health/ready." if where else ""
        return f"OKPay's worker runs.{health} Ctrl-C stops it."
    lines = [f"OKPay runs: {where}"]
    if sandbox:
        lines.append(f"Mail and SMS of the trial arrive at: {sandbox.url}")
    return "\n" + "\n".join(f"  {line}" for line in [*lines, "Ctrl-C stops it."]) + "\n"


def _check_environment() -> None:
    from django.core.exceptions import ImproperlyConfigured

    try:
        # The floor above: it is named, as Django names its settings, and not imported.
        import_module("okpay.config.env").read_environment()
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from error


def _make_assets(home: Home, progress: Progress) -> None:
    if stale := stale_messages():
        with progress.step("Compile the messages"):
            for path in stale:
                compile_messages(path)
    if not assets_are_current(home.assets):
        with progress.step("Collect styles and scripts"):
            collect_assets(home.assets)


def _serve(
    arguments: argparse.Namespace,
    listener: socket.socket | None,
    certificate: tuple[Path, Path] | None,
    told: str,
    progress: Progress,
) -> None:
    def ready() -> None:
        for sentence in _missing_channels():
            progress.note(sentence)
        progress.note(told)

    if arguments.processes > 1:
        served = "web" if arguments.role == "all" else arguments.role
        roles = [served] * arguments.processes + (["worker"] if arguments.role == "all" else [])
        processes = import_module("okpay.config.processes")
        processes.serve_in_processes(listener=listener, roles=roles, certificate=certificate, ready=ready)
        return
    serving = import_module("okpay.config.serving")
    serving.serve(listener=listener, role=arguments.role, certificate=certificate, ready=ready)


def _missing_channels() -> list[str]:
    # Django reads its settings as the serving begins; before that there are no tables to import.
    import_module("django").setup()
    from okpay.funding import queries as funding
    from okpay.notifications import queries

    channels, sentences = queries.channels(), []
    if not channels.mail:
        sentences.append(
            "Mail is not configured: set OKPAY_MAIL_URL; nobody can prove an address until then."
        )
    if not channels.sms:
        sentences.append(
            "SMS is not configured: set OKPAY_SMS_URL and OKPAY_SMS_KEY; nobody can prove a phone number until then."
        )
    if not funding.takes_cards():
        sentences.append(
            "Cards are not configured: set OKPAY_ACQUIRER_URL and OKPAY_ACQUIRER_KEY; nobody can top up until then."
        )
    return sentences


def _certificate(arguments: argparse.Namespace, home: Home) -> tuple[Path, Path] | None:
    if arguments.tls_cert or arguments.tls_key:
        if not (arguments.tls_cert and arguments.tls_key):
            raise CommandError("--tls-cert and --tls-key go together: name both files.")
        for path in (arguments.tls_cert, arguments.tls_key):
            if not os.access(path, os.R_OK):
                raise CommandError(f"{path} cannot be read: name a certificate and its key in PEM form.")
        return arguments.tls_cert, arguments.tls_key
    if arguments.tls:
        return listening.own_certificate(home.keys, os.environ.get("OKPAY_HOSTS", "localhost").split(","))
    return None


def _as_interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
