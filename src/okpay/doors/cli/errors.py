"""Why a command cannot do its work."""


class CommandError(Exception):
    """The command cannot go on; the message is one sentence with the way out. The exit code is 2."""
