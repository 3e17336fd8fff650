"""Where the program listens, the address to open, and an own certificate for it."""

from __future__ import annotations

import datetime
import errno
import ipaddress
import os
import socket
import time
from pathlib import Path

from okpay.doors.cli.errors import CommandError

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - only when asked
PATIENCE_SECONDS = 3.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def bind(host: str, port: int) -> socket.socket:
    """Take the port before anything is started.

    A port that is taken is tried again for a moment: when a program was killed and is started again at once, what is
    left of it may still hold the port.

    Raises:
        CommandError: It is taken, or may not be taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except (OSError, OverflowError) as error:
            listener.close()
            is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            if not is_taken or time.monotonic() > deadline:
                raise CommandError(_why(host, port, error)) from error
            time.sleep(0.1)
        else:
            return listener


def _why(host: str, port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OverflowError):
        return f"{port} is not a port: choose one from 1 to 65535."
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program (perhaps OKPay already runs): stop it, or choose another, "
            f"for example `okpay run --port {port + 1}`."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is for root only: choose one above 1023, for example `okpay run --port 8000`."
    return f"This machine cannot listen on {host} port {port} ({error.strerror}): choose another --host."


def known_hosts(host: str) -> list[str]:
    """Return the names under which a browser may ask for pages, when the operator named none."""
    hosts = ["localhost", "127.0.0.1", "[::1]"]
    if host in EVERYWHERE:
        hosts += [socket.gethostname().lower(), *_own_address()]
    elif host not in LOOPBACK:
        hosts.append(f"[{host}]" if ":" in host else host.lower())
    return hosts


def address(host: str, port: int, *, tls: bool) -> str:
    """Return the one address to open in a browser."""
    name = "localhost" if host in (*EVERYWHERE, *LOOPBACK) else (f"[{host}]" if ":" in host else host)
    return f"{'https' if tls else 'http'}://{name}:{port}"


def own_certificate(keys: Path, hosts: list[str]) -> tuple[Path, Path]:
    """Return a certificate of our own and its key, made once and again when the hosts change or it grows old."""
    certificate, key = keys / "tls.crt", keys / "tls.key"
    if not (certificate.exists() and key.exists() and _is_good(certificate, hosts)):
        _make_certificate(certificate, key, hosts)
    return certificate, key


def _own_address() -> list[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Chooses the way out without sending anything. The address is one for documentation (RFC 5737).
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [str(probe.getsockname()[0])]


def _is_good(certificate: Path, hosts: list[str]) -> bool:
    from cryptography import x509

    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30)
    return found.not_valid_after_utc > soon and list(names) == list(_names(hosts))


def _names(hosts: list[str]) -> list[object]:
    from cryptography import x509

    names: list[object] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host.strip("[]"))))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def _make_certificate(certificate: Path, key: Path, hosts: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "OKPay on this machine")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        # Browsers refuse certificates that hold longer. Source: CA/Browser Forum ballot SC-31.
        .not_valid_after(now + datetime.timedelta(days=397))
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)  # type: ignore[arg-type]
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secret)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
