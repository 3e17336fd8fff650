"""Ids sort by time, never repeat in a process, and are read strictly."""

import os
import threading
import time
import uuid

import pytest

from okpay.base.ids import InvalidId, new_bigint_id, new_uuid7, new_uuid7s, parse_uuid


def test_a_uuid7_carries_version_variant_and_time() -> None:
    before = time.time_ns() // 1_000_000
    made = new_uuid7()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert before <= made.int >> 80 <= after + 1


def test_many_at_once_ascend_and_carry_the_time() -> None:
    before = new_uuid7()
    made = new_uuid7s(3_000)
    after = new_uuid7()
    assert [before, *made, after] == sorted({before, *made, after})
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert (after.int >> 80) - (before.int >> 80) < 1_000
    assert new_uuid7s(0) == []


def test_ids_ascend_within_the_process_and_over_threads() -> None:
    lists: list[tuple[list[uuid.UUID], list[int]]] = []

    def make() -> None:
        lists.append(([new_uuid7() for _ in range(5000)], [new_bigint_id() for _ in range(5000)]))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for uuids, bigints in lists:
        assert uuids == sorted(uuids)
        assert bigints == sorted(bigints)
    assert len({each for uuids, _ in lists for each in uuids}) == 20_000
    assert len({each for _, bigints in lists for each in bigints}) == 20_000


def test_ids_go_on_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first, first_bigint = new_uuid7(), new_bigint_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_000_000_000 - 10**18)
    assert new_uuid7() > first
    assert new_bigint_id() > first_bigint


def test_a_bigint_id_fits_63_bits_to_the_end_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < new_bigint_id() < 2**63
    assert (2**41 + 1_767_225_600_000) // 1000 > 3_966_000_000  # September 2095


def test_a_forked_child_makes_other_ids() -> None:
    new_uuid7()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, new_uuid7().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    assert uuid.UUID(bytes=os.read(reader, 16)) != new_uuid7()
    os.close(reader)
    os.close(writer)


def test_the_canonical_form_is_read_in_either_case() -> None:
    made = new_uuid7()
    assert parse_uuid(str(made)) == parse_uuid(str(made).upper()) == made


@pytest.mark.parametrize(
    "text",
    ["", "x", None, 5, "{12345678-1234-7234-8234-123456789012}", "12345678123472348234123456789012",
     "urn:uuid:12345678-1234-7234-8234-123456789012", "12345678-1234-7234-8234-12345678901g",
     "１2345678-1234-7234-8234-123456789012", "123456781234-7234-8234-1234-56789012"],
)  # fmt: skip
def test_other_spellings_are_refused(text: object) -> None:
    with pytest.raises(InvalidId) as refused:
        parse_uuid(text, field="transfer")
    assert (refused.value.code, refused.value.field) == ("id_malformed", "transfer")
