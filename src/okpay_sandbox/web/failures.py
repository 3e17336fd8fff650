"""The page of the failure switches."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from okpay_sandbox.inbox.records import MODES, Channel, Mode
from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.switches import USUAL_SECONDS, Setting, Switch, Switches
from okpay_sandbox.web.frame import Frame, read_form
from okpay_sandbox.web.icons import channel_icon
from okpay_sandbox.web.language import Language, language_of
from okpay_sandbox.web.markup import Html, join, render
from okpay_sandbox.web.parts import incident_rows


class Failures:
    """What people set."""

    def __init__(self, inbox: Inbox, switches: Switches, frame: Frame) -> None:
        self._inbox = inbox
        self._switches = switches
        self._frame = frame

    def routes(self) -> list[Route]:
        """Return the addresses of this page."""
        return [
            Route("/failures", self.show, methods=["GET"]),
            Route("/failures/{channel}", self.set, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the switches, and what they did."""
        language = language_of(request)
        named = ("failures", "failures_lead", "incidents", "incidents_lead", "refresh", "live")
        content = render(
            "failures",
            **{name: language.say(name) for name in named},
            switches=join(self._switch(channel, language) for channel in Channel),
            rows=incident_rows(self._inbox.incidents(), language),
        )
        return self._frame.page(request, language.say("failures"), content, place="failures")

    async def set(self, request: Request) -> Response:
        """Set a switch, and show them again."""
        form = await read_form(request)
        wanted: dict[str, object] = {"mode": form.get("mode", "")}
        if wanted["mode"] == Mode.SLOW.value:
            wanted["seconds"] = form.get("seconds", "")
        try:
            switch = msgspec.convert(wanted, Switch, strict=False)
            self._switches.put(msgspec.convert({request.path_params["channel"]: switch}, Setting))
        except msgspec.ValidationError:
            return self._frame.sentence(request, "bad_form", HTTPStatus.UNPROCESSABLE_ENTITY)
        return RedirectResponse("/failures", HTTPStatus.SEE_OTHER)

    def _switch(self, channel: Channel, language: Language) -> Html:
        now = self._switches.of(channel)
        name = language.say(f"{channel.value}_many")
        return render(
            "switch",
            channel=channel.value,
            icon=channel_icon(channel),
            legend=name,
            choices=join(
                _choice(mode, channel, language, is_now=mode is now.mode) for mode in MODES[channel]
            ),
            seconds_label=language.say("seconds"),
            seconds=f"{now.seconds or USUAL_SECONDS:g}",
            set=language.say("set"),
            set_label=f"{language.say('set')}: {name}",
        )


def _choice(mode: Mode, channel: Channel, language: Language, *, is_now: bool) -> Html:
    return render(
        "choice",
        mode=mode.value,
        checked=Html(" checked" if is_now else ""),
        label=language.say(f"mode_{mode.value}"),
        note=language.of_channel(f"mode_{mode.value}_note", channel.value),
    )
