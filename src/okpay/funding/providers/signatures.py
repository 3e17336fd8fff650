"""Tell whether an event that somebody sends us was signed by the acquirer.

Source: Stripe, "Verify webhook signatures": HMAC-SHA-256 over the time, a point and the body, in hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import hmac
import re

TOLERANCE_SECONDS = 300
"""How far the time in a signature may lie from ours: later, whoever has listened cannot send it again."""
MOST_SIGNATURES = 10
"""While a secret is changed there are two."""
_TIME = re.compile(r"[0-9]{1,12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def fault_of(header: str, body: bytes, *, secret: str, at: int) -> str:
    """Return what is wrong with a signature header, as a code; nothing when it is right.

    Args:
        header: As it came: `t=<seconds>,v1=<digest>`.
        body: As it came, byte for byte.
        secret: What the acquirer signs with; without one nothing is right.
        at: The time of this machine's clock, in seconds: the acquirer knows no other.
    """
    times: list[str] = []
    digests: list[str] = []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            times.append(value)
        elif name == "v1":
            digests.append(value)
    if not secret or len(times) != 1 or not 1 <= len(digests) <= MOST_SIGNATURES:
        return "event_unsigned"
    (stamp,) = times
    if not _TIME.fullmatch(stamp):
        return "event_unsigned"
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    # Each is compared, and each in the same time: how long it takes says nothing of the digest.
    right = [
        bool(_DIGEST.fullmatch(digest)) & hmac.compare_digest(digest.encode(), wanted.encode())
        for digest in digests
    ]
    if not any(right):
        return "event_signature_wrong"
    return "event_too_old" if abs(at - int(stamp)) > TOLERANCE_SECONDS else ""
