"""Language and appearance: a small form at the head and foot of every page, no script needed."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from okpay.doors.design.context import LANGUAGE_NAMES, THEME_COOKIE, THEMES
from okpay.identity import actions as identity

ONE_YEAR_SECONDS = 365 * 24 * 60 * 60
LONGEST_ADDRESS = 2000


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen in a cookie, and go back to the page it was chosen on."""
    answer = HttpResponseRedirect(own_address(request.POST.get("next", "")))
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if language in LANGUAGE_NAMES:
        _keep(answer, settings.LANGUAGE_COOKIE_NAME, language)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            # Mails and messages follow the pages.
            identity.set_language(user_id=UUID(str(request.user.pk)), language=language)
    if theme in THEMES:
        _keep(answer, THEME_COOKIE, theme)
    return answer


def own_address(address: str) -> str:
    """Return an address of this site unchanged, and the home page for anything else.

    One slash and then a letter or digit, a question mark or nothing: no scheme, no host, no backslash, no control
    character can hide behind that.
    """
    is_own = (
        address[:1] == "/"
        and (len(address) == 1 or address[1] == "?" or address[1].isalnum())
        and len(address) <= LONGEST_ADDRESS
        and address.isascii()
        and address.isprintable()
        and "\\" not in address
        and "//" not in address.partition("?")[0]
    )
    return address if is_own else "/"


def _keep(answer: HttpResponse, name: str, value: str) -> None:
    secure = settings.LANGUAGE_COOKIE_SECURE
    answer.set_cookie(name, value, max_age=ONE_YEAR_SECONDS, samesite="Lax", secure=secure, httponly=True)
