"""Where the program listens, and what it calls itself."""

import socket
import threading
from pathlib import Path

import pytest
from cryptography import x509

from okpay.doors.cli import listening
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.listening import EVERYWHERE, address, bind, known_hosts, own_certificate


def test_a_port_that_is_taken_is_said_with_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PATIENCE_SECONDS", 0.1)
    with bind("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} is taken.*--port {port + 1}"):
            bind("127.0.0.1", port)


def test_a_port_that_gets_free_in_a_moment_is_taken() -> None:
    first = bind("127.0.0.1", 0)
    first.listen()
    port = first.getsockname()[1]
    threading.Timer(0.3, first.close).start()
    with bind("127.0.0.1", port) as second:
        assert second.getsockname()[1] == port


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_that_is_none_is_said(port: int) -> None:
    with pytest.raises(CommandError, match="is not a port"):
        bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.example"])
def test_an_address_of_another_machine_is_said(host: str) -> None:
    with pytest.raises(CommandError, match="choose another --host"):
        bind(host, 0)


def test_the_address_to_open_is_one_a_browser_takes() -> None:
    assert address("127.0.0.1", 8000, tls=False) == "http://localhost:8000"
    assert address(EVERYWHERE[0], 8000, tls=True) == "https://localhost:8000"
    assert address("wallet.example.com", 443, tls=True) == "https://wallet.example.com:443"
    assert address("2001:db8::1", 8000, tls=False) == "http://[2001:db8::1]:8000"


def test_hosts_are_those_of_this_machine() -> None:
    assert known_hosts("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]
    assert socket.gethostname().lower() in known_hosts(EVERYWHERE[0])
    assert known_hosts("Wallet.example.com")[-1] == "wallet.example.com"


def test_a_certificate_is_kept_until_the_hosts_change(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path, ["localhost", "[::1]"])
    first = certificate.read_bytes()
    assert own_certificate(tmp_path, ["localhost", "[::1]"])[0].read_bytes() == first
    own_certificate(tmp_path, ["localhost", "[::1]", "wallet.example.com"])
    assert certificate.read_bytes() != first
    names = x509.load_pem_x509_certificate(certificate.read_bytes()).extensions
    found = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "wallet.example.com" in found.get_values_for_type(x509.DNSName)
    assert key.stat().st_mode & 0o077 == 0
