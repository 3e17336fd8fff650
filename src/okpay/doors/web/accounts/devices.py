"""Call a device by what its browser says of itself: enough for its owner to know it again."""

from __future__ import annotations

from django.utils.translation import gettext

# The first that matches: each of these also says the names that stand below it.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("MicroMessenger", "微信"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("HarmonyOS", "HarmonyOS"),
    ("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_name(user_agent: str) -> str:
    """Return browser and system, such as `Firefox, Windows`; what is unknown is left out.

    Source: the User-Agent header, RFC 9110 section 10.1.5; it is a claim, and nothing is decided by it.
    """
    found = [
        next((name for sign, name in signs if sign in user_agent), "") for signs in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name) or gettext("Unknown device")
