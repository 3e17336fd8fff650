"""The inbox: bounds, unread marks, and what a restart keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from okpay_sandbox.inbox import store
from okpay_sandbox.inbox.lines import Lines
from okpay_sandbox.inbox.records import Channel, Incident, Message, Mode
from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.wire.receipts import Order, Receipts
from tests.okpay_sandbox.running import running

NOW = datetime(2026, 5, 12, 14, 5, 9, tzinfo=UTC)
ANNA = "anna@example.com"


def message(number: int, person: str = ANNA, text: str = "text") -> Message:
    return Message(f"m{number}", Channel.MAIL, NOW, person, text, f"Subject {number}")


def subjects(inbox: Inbox, person: str = ANNA) -> list[str]:
    return [found.subject for found in inbox.messages(person)]


def test_a_restart_keeps_messages_marks_and_incidents(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.add([message(1), message(2, "ben@example.com")])
    inbox.mark_read(ANNA)
    inbox.add([message(3)])
    inbox.note(Incident(NOW, Channel.SMS, Mode.LOSES, "+15550100"))
    again = Inbox(tmp_path)
    assert subjects(again) == ["Subject 3", "Subject 1"]
    assert [(person.address, person.unread) for person in again.people()] == [
        (ANNA, 1),
        ("ben@example.com", 1),
    ]
    assert [found.person for found in again.incidents()] == ["+15550100"]
    again.clear()
    assert Inbox(tmp_path).people() == []
    assert (tmp_path / "messages.jsonl").stat().st_mode & 0o077 == 0


def test_the_oldest_are_dropped_and_the_file_stays_bounded(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, most_messages=10)
    for number in range(3_000):
        inbox.add([message(number)])
        inbox.note(Incident(NOW, Channel.MAIL, Mode.LOSES, ANNA))
    assert subjects(inbox) == [f"Subject {number}" for number in range(2_999, 2_989, -1)]
    assert len((tmp_path / "messages.jsonl").read_bytes().splitlines()) <= 1_021
    assert subjects(Inbox(tmp_path, most_messages=10)) == subjects(inbox)
    assert len(inbox.incidents()) == store.MOST_INCIDENTS


def test_large_messages_push_out_the_oldest(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for number in range(5):
        inbox.add([message(number, text="x" * (store.MOST_CHARACTERS // 4))])
    assert len(subjects(inbox)) == 3
    assert inbox.unread == 3


def test_a_line_that_was_cut_off_spoils_nothing(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.add([message(1), message(2)])
    path = tmp_path / "messages.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    again = Inbox(tmp_path)
    assert subjects(again) == ["Subject 1"]
    again.add([message(3)])
    assert subjects(Inbox(tmp_path)) == ["Subject 3", "Subject 1"]
    path.write_bytes(b"\xff\xfe\n[]\n{}\nnull\n")
    assert Inbox(tmp_path).people() == []


def test_a_full_disk_stops_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    lines = Lines(folder / "x.jsonl", most_lines=10, most_bytes=10)
    lines.append(b"{}")
    lines.rewrite([b"{}"])
    inbox = Inbox(folder)
    inbox.add([message(1)])
    assert subjects(inbox) == ["Subject 1"]


def test_receipts_are_bounded(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path, most=3)
    made = [receipts.add(Order("+15550100", "x", f"r{number}"), "delivered") for number in range(20)]
    assert receipts.by_reference("r16") is None
    assert receipts.by_id(made[0].id) is None
    for number in (17, 18, 19):
        assert receipts.by_reference(f"r{number}") == made[number]
    assert Receipts(tmp_path, most=3).by_reference("r19") == made[19]
    assert len((tmp_path / "receipts.jsonl").read_bytes().splitlines()) <= 7


def test_a_running_sandbox_keeps_its_messages_over_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.send_mail(ANNA, "Kept 保留", "text")
        first.send_sms("+15550100", "Kept", "kept-1")
    with running(tmp_path) as second:
        assert [found["subject"] for found in second.messages(ANNA)] == ["Kept 保留"]
        assert len(second.messages("+15550100")) == 1
