"""What every page knows without its view saying so."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

THEMES = ("system", "light", "dark")
THEME_COOKIE = "okpay_theme"

TAGS = {"en": "en", "zh-hans": "zh-Hans"}
"""The language tag that the page carries for each language. Source: BCP 47."""
LANGUAGE_NAMES = {"en": "English", "zh-hans": "简体中文"}
"""Each language under its own name: whoever looks for it may not read the present one."""


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the language, the theme, and who operates this installation."""
    language = get_language() or "en"
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "language_tag": TAGS.get(language, "en"),
        "languages": [
            {"code": code, "tag": TAGS[code], "name": name, "is_current": code == language}
            for code, name in LANGUAGE_NAMES.items()
        ],
        "theme": theme if theme in THEMES else "system",
        "themes": THEMES,
        "trial": settings.TRIAL,
        "operator": settings.OPERATOR,
        "sandbox_url": settings.SANDBOX_URL,
        # Asked only of who brings a session: a public page costs no query.
        "is_signed_in": settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated,
        # The page to come back to: what was sent by a form cannot be visited.
        "here": request.get_full_path() if request.method in ("GET", "HEAD") else "/",
    }
