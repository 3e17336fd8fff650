"""An inbox is a person's own, read by the page, and counted no further than anybody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from okpay.base.errors import BrokenInvariant
from okpay.notifications.actions import mark_read, post_notice
from okpay.notifications.queries import inbox, unread_count, words

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def post(user_id: UUID, times: int = 1) -> list[UUID]:
    return [post_notice(user_id=user_id, code="welcome", data={}, now=NOW) for _ in range(times)]


def test_pages_follow_each_other_without_gap_or_overlap() -> None:
    anna = uuid4()
    ids = post(anna, 7)
    post(uuid4())
    first = inbox(anna, limit=3)
    second = inbox(anna, before_id=first[-1].id, limit=3)
    third = inbox(anna, before_id=second[-1].id, limit=3)
    assert [notice.id for notice in first + second + third] == ids[::-1]
    assert inbox(anna, limit=0) == []
    assert len(inbox(anna, limit=10_000)) == 7


def test_what_was_read_is_read_up_to_there_and_for_nobody_else() -> None:
    anna, boris = uuid4(), uuid4()
    ids = post(anna, 3)
    post(boris)
    later = NOW + timedelta(hours=1)
    assert mark_read(user_id=anna, up_to_id=ids[1], now=later) == 2
    assert mark_read(user_id=anna, up_to_id=ids[1], now=later + timedelta(hours=1)) == 0
    assert [notice.read_at for notice in inbox(anna)] == [None, later, later]
    assert mark_read(user_id=boris, up_to_id=ids[2], now=later) == 0, (
        "another's notice marks nothing of theirs"
    )
    assert (unread_count(anna), unread_count(boris)) == (1, 1)


def test_the_count_of_unread_ends_at_a_hundred() -> None:
    anna = uuid4()
    post(anna, 103)
    assert unread_count(anna) == 100


def test_a_notice_is_words_in_the_language_of_the_reader() -> None:
    anna = uuid4()
    at = datetime(2026, 11, 25, 16, 5, tzinfo=UTC)
    post_notice(user_id=anna, code="phone_changed", data={"new_masked": "+1 202 ··· 0123", "at": at}, now=NOW)
    (notice,) = inbox(anna)
    assert notice.code == "phone_changed"
    assert words(notice, "en").body.startswith("+1 202 ··· 0123, 25 November 2026, 16:05 UTC. If")
    assert words(notice, "zh-hans").title == "您的账户手机号已更换"


def test_what_the_database_cannot_keep_is_kept_without_it() -> None:
    anna = uuid4()
    data = {"device": "a\x00b\ud800c\r\nd", "address": "203.0.113.7", "at": NOW}
    post_notice(user_id=anna, code="new_device", data=data, now=NOW)
    assert inbox(anna)[0].data["device"] == "a b c d"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("wellcome", {}),
        ("welcome", {"home_link": "https://wallet.example.com/"}),
        ("password_changed", {}),
        ("password_changed", {"at": datetime(2026, 11, 25)}),  # noqa: DTZ001 - that is the fault
        ("password_changed", {"at": "2026-11-25"}),
    ],
)
def test_a_notice_that_does_not_exist_is_a_fault_of_the_program(code: str, data: dict[str, object]) -> None:
    with pytest.raises(BrokenInvariant):
        post_notice(user_id=uuid4(), code=code, data=data, now=NOW)
