"""The failure switches: what mail, SMS and cards do with what they are given."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from okpay_sandbox.inbox.changes import Changes
from okpay_sandbox.inbox.records import MODES, Change, Channel, Mode

LONGEST_SECONDS = 300
USUAL_SECONDS = 5.0

Seconds = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_SECONDS)]


class Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one channel does; `seconds` is how long it is slow for."""

    mode: Mode
    seconds: Seconds | None = None

    @property
    def delay(self) -> float:
        """How long to wait before anything is done, in seconds."""
        return (self.seconds or USUAL_SECONDS) if self.mode is Mode.SLOW else 0.0


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Switches to set; a channel that is not named stays as it is."""

    mail: Switch | None = None
    sms: Switch | None = None
    cards: Switch | None = None

    def __post_init__(self) -> None:
        for channel, switch in self.named():
            if switch.mode not in MODES[channel]:
                raise ValueError(f"`{channel}` cannot be told `{switch.mode}`")

    def named(self) -> list[tuple[Channel, Switch]]:
        """Return the channels that are named."""
        every: Any = ((channel, getattr(self, channel.value)) for channel in Channel)
        return [(channel, switch) for channel, switch in every if switch is not None]


class Switches:
    """The present setting. It is not kept: after a restart everything works."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._now = {channel: Switch(Mode.WORKS) for channel in Channel}

    def of(self, channel: Channel) -> Switch:
        """Return what a channel does now."""
        return self._now[channel]

    def put(self, setting: Setting) -> None:
        """Set the channels that are named."""
        for channel, switch in setting.named():
            self._now[channel] = Switch(switch.mode, switch.delay or None)
        self._changes.tell(Change("changed"))

    def shown(self) -> dict[str, Switch]:
        """Return all of them, by the name of the channel."""
        return {channel.value: self._now[channel] for channel in Channel}
