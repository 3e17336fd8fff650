"""One family of line icons on a grid of 24: one stroke, square ends, nothing filled. Each is the data of one path.

Circles are written as two arcs, so that every icon is a single `<path>` and takes the colour of its text.
"""

_CLOCK = "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17z"

ICONS: dict[str, str] = {
    # Money that moves
    "send": "M4 20.25H20M6 15.5L18 3.5M9.5 3.5H18V12",
    "receive": "M4 20.25H20M18 3.5L6 15.5M6 7V15.5H14.5",
    "top-up": "M4 20.25H20M12 3.5V16M6.5 9.75H17.5",
    "withdraw": "M4 20.25H20M12 16V3.5M7 8.5L12 3.5L17 8.5",
    "convert": "M4 8.5H19.5M15 4L19.5 8.5L15 13M20 16.5H4.5M9 12.5L4.5 16.5L9 21",
    "scan": "M4 8.5V4H8.5M15.5 4H20V8.5M20 15.5V20H15.5M8.5 20H4V15.5M4 12H20",
    "card": "M3 5.5H21V18.5H3ZM3 9.75H21M6.5 15H10.5",
    "bill": "M5.5 3.5H18.5V21L16.3 19.2L14.2 21L12 19.2L9.8 21L7.7 19.2L5.5 21ZM9 8.5H15M9 12.5H15",
    # Places
    "wallet": "M3.5 6.5H20.5V19.5H3.5ZM3.5 6.5V4H17M20.5 10.75H15V15.25H20.5",
    "record": "M4 5H8M11 5H20M4 12H8M11 12H20M4 19H8M11 19H20",
    "mail": "M3.5 5.5H20.5V18.5H3.5ZM4 6.5L12 13L20 6.5",
    "account": "M12 3.5a4.25 4.25 0 1 1 0 8.5a4.25 4.25 0 1 1 0-8.5zM4 20.5V19.5a4 4 0 0 1 4-4H16a4 4 0 0 1 4 4V20.5",
    "book": "M12 20a2 2 0 0 0-2-2H4V4.5H10a2 2 0 0 1 2 2V20a2 2 0 0 1 2-2H20V4.5H14a2 2 0 0 0-2 2",
    "shop": "M4 10V20.5H20V10M3 9.5L5.5 3.5H18.5L21 9.5ZM9.5 20.5V14.5H14.5V20.5",
    "desk": "M3.5 4H20.5V15.5H3.5ZM12 15.5V20M7 20.25H17M7 8H13M7 11.5H10.5",
    "code": "M8.5 6L3 12L8.5 18M15.5 6L21 12L15.5 18",
    "globe": _CLOCK + "M3.5 12H20.5M12 3.5a13.5 13.5 0 0 1 0 17a13.5 13.5 0 0 1 0-17z",
    # What a state is
    "done": "M4.5 12.5L10 18L19.5 6.5",
    "waiting": _CLOCK + "M12 7V12.25L15.75 14.5",
    "failed": "M6 6L18 18M18 6L6 18",
    "information": _CLOCK + "M12 11V16.5M12 7.25V9",
    "warning": "M12 4L21.5 20.25H2.5ZM12 10V15M12 16.5V18.25",
    "lock": "M5 10.5H19V20.5H5ZM8 10.5V7.5a4 4 0 0 1 8 0V10.5M12 14V17",
    "key": "M8 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8zM12 12H21V16M17 12V15",
    "keypad": "M4.5 3.5H19.5V20.5H4.5ZM9 8h.1M12 8h.1M15 8h.1M9 12h.1M12 12h.1M15 12h.1M9 16h.1M12 16h.1M15 16h.1",
    "frozen": "M12 3V21M4.2 7.5L19.8 16.5M19.8 7.5L4.2 16.5M9.5 4.5L12 7L14.5 4.5M9.5 19.5L12 17L14.5 19.5",
    # Small parts of the interface
    "help": _CLOCK + "M9.5 9.75a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 15.5V17.25",
    "next": "M9 5L16 12L9 19",
    "back": "M15 5L8 12L15 19",
    "close": "M6 6L18 18M18 6L6 18",
    "eye": "M2.5 12C7 4.7 17 4.7 21.5 12C17 19.3 7 19.3 2.5 12ZM12 9a3 3 0 1 1 0 6a3 3 0 1 1 0-6z",
    "delete": "M8.5 5.5H20.5V18.5H8.5L3 12ZM11.5 9L17.5 15M17.5 9L11.5 15",
    "copy": "M8.5 8.5H20V20H8.5ZM15.5 8.5V4H4V15.5H8.5",
}
