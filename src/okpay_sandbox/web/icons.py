"""Line icons on a grid of 24, in the manner of the wallet's: one stroke, square ends, nothing filled."""

from okpay_sandbox.inbox.records import Channel
from okpay_sandbox.web.markup import Html, fill

_CLOCK = "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17z"
_PATHS = {
    "mail": "M3 5.5H21V18.5H3ZM3 6L12 13L21 6",
    "sms": "M3.5 4.5H20.5V16H11.5L7 20V16H3.5ZM8 8.75H16M8 12H13",
    "cards": "M3 5.5H21V18.5H3ZM3 9.5H21M6.5 14.75H11",
    "globe": _CLOCK + "M3.5 12H20.5M12 3.5a13.5 13.5 0 0 1 0 17a13.5 13.5 0 0 1 0-17z",
    "warning": "M12 4L21.5 20.25H2.5ZM12 10V15M12 16.5V18.25",
    "next": "M9 5L16 12L9 19",
    "back": "M15 5L8 12L15 19",
    "copy": "M8.5 8.5H20V20H8.5ZM15.5 8.5V4H4V15.5H8.5",
}


def icon(name: str) -> Html:
    """Return an icon, which stands beside words and says nothing by itself."""
    return fill(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>', path=_PATHS[name]
    )


def channel_icon(channel: Channel) -> Html:
    """Return the icon of mail, of text messages or of cards."""
    return icon(channel.value)
