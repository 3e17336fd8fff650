"""The parts of the pages: rows of people, letters, notices."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, urlencode

from okpay_sandbox.inbox.records import Channel, Incident, Message, Mode, Person
from okpay_sandbox.inbox.texts import codes, pieces
from okpay_sandbox.switches import Switches
from okpay_sandbox.web.icons import channel_icon, icon
from okpay_sandbox.web.language import Language
from okpay_sandbox.web.markup import Html, fill, join, render

SNIPPET = 120


def person_address(person: str, search: str = "") -> str:
    """Return the address of a person's page."""
    return f"/people/{quote(person, safe='@+')}" + (f"?{urlencode({'q': search})}" if search else "")


def people_rows(people: list[Person], language: Language, search: str, here: str = "") -> Html:
    """Return the list of people, or what to do when there is nobody."""
    if people:
        rows = join(_row(person, language, search, is_here=person.address == here) for person in people)
        return fill('<ul class="rows">{rows}</ul>', rows=rows)
    if not search:
        return empty(language.say("nobody_title"), language.say("nobody"))
    found = empty(language.say("nobody_found_title"), language.say("nobody_found", search=search))
    everybody = fill('<p><a class="everybody" href="/">{all}</a></p>', all=language.say("search_all"))
    return join([found, everybody])


def empty(title: str, sentence: str, name: str = "empty-title", picture: str = "mail") -> Html:
    """Return a friendly nothing, with a title of that name in the page."""
    return fill(
        '<div class="empty">{icon}<h2 id="{name}">{title}</h2><p>{sentence}</p></div>',
        icon=icon(picture), name=name, title=title, sentence=sentence,
    )  # fmt: skip


def _row(person: Person, language: Language, search: str, *, is_here: bool) -> Html:
    last = person.last
    return render(
        "row",
        key=hashlib.sha256(person.address.encode()).hexdigest()[:16],
        is_new=" row-new" if person.unread else "",
        icon=channel_icon(last.channel),
        channel=language.say(last.channel.value),
        href=person_address(person.address, search),
        here=Html(' aria-current="true"' if is_here else ""),
        address=person.address,
        name=fill('<bdi class="row-name">{name}</bdi>', name=person.name) if person.name else "",
        last=(last.subject or " ".join(last.text.split()) or language.say("no_subject"))[:SNIPPET],
        instant=last.at.isoformat(),
        time=language.time(last.at),
        unread=_mark(language.say("unread", count=person.unread)) if person.unread else "",
    )


def letter(message: Message, language: Language, *, is_new: bool) -> Html:
    """Return a message as its person reads it."""
    is_mail = message.channel is Channel.MAIL
    subject = message.subject or language.say("no_subject")
    return render(
        "letter",
        key=message.id,
        icon=channel_icon(message.channel),
        channel=language.say(message.channel.value) if is_mail else "",
        new=_mark(language.say("new")) if is_new else "",
        instant=message.at.isoformat(),
        time=language.time(message.at),
        subject=fill("<bdi>{subject}</bdi>", subject=subject) if is_mail else language.say("sms"),
        sender=_line("letter-from", language.say("from", sender=message.sender)) if message.sender else "",
        codes=_codes(message, language),
        text=_linked(message.text) if message.text.strip() else language.say("no_text"),
        attachments=_attachments(message, language),
        designed=_designed(message, subject, language) if message.html else "",
    )


def _codes(message: Message, language: Language) -> Html:
    found = [
        render(
            "code", label=language.say("code"), code=code, copy_icon=icon("copy"), copy=language.say("copy")
        )
        for code in codes(f"{message.subject}\n{message.text}")
    ]
    return fill('<div class="codes">{found}</div>', found=join(found)) if found else Html()


def _linked(text: str) -> Html:
    link = '<a href="{piece}" target="_blank" rel="noopener noreferrer">{piece}</a>'
    return join(fill(link if is_link else "{piece}", piece=piece) for is_link, piece in pieces(text.strip()))


def _attachments(message: Message, language: Language) -> Html:
    if not message.attachments:
        return Html()
    return _line("letter-files", language.say("attachments", names=", ".join(message.attachments)))


def _designed(message: Message, subject: str, language: Language) -> Html:
    return render(
        "designed",
        key=message.id,
        next=icon("next"),
        html=language.say("html"),
        html_note=language.say("html_note"),
        html_title=language.say("html_title", subject=subject),
    )


def notices(switches: Switches, language: Language, *, is_there: bool) -> Html:
    """Return a notice for each channel that is told to fail; it leads to the switches, unless they are there."""
    change = fill('<a href="/failures">{change}</a>', change=language.say("change"))
    return join(
        fill(
            '<div class="notice">{icon}<p>{told}</p>{change}</div>',
            icon=icon("warning"),
            told=language.say(
                "told_to_fail",
                channel=language.say(f"{channel.value}_many"),
                mode=language.say(f"mode_{switches.of(channel).mode.value}"),
            ),
            change="" if is_there else change,
        )
        for channel in Channel
        if switches.of(channel).mode is not Mode.WORKS
    )


def incident_rows(incidents: list[Incident], language: Language) -> Html:
    """Return the list of what the switches did."""
    if not incidents:
        return fill('<p class="note">{none}</p>', none=language.say("no_incidents"))
    rows = (
        render(
            "incident",
            key=incident.id,
            icon=channel_icon(incident.channel),
            person=incident.person,
            channel=language.say(incident.channel.value),
            separator=" · ",
            what=language.of_channel(f"incident_{incident.mode.value}", incident.channel),
            instant=incident.at.isoformat(),
            time=language.time(incident.at),
        )
        for incident in incidents
    )
    return fill('<ul class="rows">{rows}</ul>', rows=join(rows))


def _mark(words: str) -> Html:
    return fill('<span class="mark">{words}</span>', words=words)


def _line(kind: str, words: str) -> Html:
    return fill('<p class="{kind}"><bdi>{words}</bdi></p>', kind=kind, words=words)
