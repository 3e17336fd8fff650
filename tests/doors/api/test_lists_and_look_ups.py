"""Lists whose rows hinge on one another, and how many new addresses a program of somebody unknown may try."""

from __future__ import annotations

import pytest

from okpay.base.errors import Unavailable
from okpay.movements.records import CommandAnswer
from okpay.regions import queries as regions
from okpay.transfers import actions
from okpay.transfers.records import SendCommand
from tests.doors.api.conftest import NewProgram
from tests.doors.api.programs import transfer_to
from tests.factories.people import unique_email
from tests.factories.transfers import new_holder


def test_rows_that_each_break_the_limit_are_refused_and_the_small_one_is_sent(program: NewProgram) -> None:
    # So much a day at this level that two of the rows are too much together, and money for one of them at a time.
    anna, ben = new_holder(level=0, available_minor=80_00), new_holder()
    client = program(anna)
    assert client.send(ben.email.address, 16_50).status == 201
    rows = [transfer_to(ben.email.address, 40_00) for _ in range(12)] + [transfer_to(ben.email.address, 1_00)]
    answer = client.post("/v1/bulk_transfers", {"transfers": rows})
    assert answer.status == 200, answer.body
    results = answer.json["results"]
    assert [row.get("error", {}).get("code") for row in results] == ["send_limit_reached"] * 12 + [None]
    assert ben.available == 17_50


def test_a_list_that_cannot_be_done_as_one_is_done_in_parts(
    program: NewProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    client.get("/v1/accounts")
    send_lists, sizes = actions.send_lists, list[int]()

    def only_short_ones(lists: list[tuple[SendCommand, ...]]) -> list[list[CommandAnswer]]:
        sizes.extend(map(len, lists))
        if any(len(one) > 2 for one in lists):
            raise Unavailable("overloaded")
        return send_lists(lists)

    monkeypatch.setattr(actions, "send_lists", only_short_ones)
    rows = [transfer_to(ben.email.address, 1_00 + number) for number in range(7)]
    answer = client.post("/v1/bulk_transfers", {"transfers": rows})
    assert answer.status == 200, answer.body
    assert [row["transfer"]["amount"]["amount"] for row in answer.json["results"]] == [
        1_00 + number for number in range(7)
    ]
    assert max(sizes) == 7
    assert ben.available == 7_21


def test_somebody_whom_nobody_knows_tries_only_so_many_new_addresses_a_day(program: NewProgram) -> None:
    most = regions.country("US").transfers.new_addresses_a_day
    anna, ben = new_holder(level=0, available_minor=50_00), new_holder()
    client = program(anna)
    assert client.send(ben.email.address, 1).status == 201
    rows = [transfer_to(unique_email(), 1) for _ in range(most + 3)]
    answer = client.post("/v1/bulk_transfers", {"transfers": rows})
    codes = [row.get("error", {}).get("code") for row in answer.json["results"]]
    assert codes == [None] * (most - 1) + ["new_recipients_used_up"] * 4
    assert answer.json["results"][-1]["error"]["most"] == most
    # Whom they have sent to before goes on working, and so does what was tried already.
    assert client.send(ben.email.address, 1).status == 201
    assert client.send(rows[0]["recipient"]["value"], 1).status == 201
    assert client.send(unique_email(), 1).code == "new_recipients_used_up"


def test_somebody_who_is_verified_pays_hundreds(program: NewProgram) -> None:
    client = program(new_holder(level=1, available_minor=50_00))
    rows = [transfer_to(unique_email(), 1) for _ in range(60)]
    answer = client.post("/v1/bulk_transfers", {"transfers": rows})
    assert [row.get("error") for row in answer.json["results"]] == [None] * 60


@pytest.mark.parametrize("number", ["1e3", "1.0", "01", "+1", " 1", "1_0", "0x10", "", "9" * 20])
def test_a_number_in_a_query_is_written_in_digits(number: str, program: NewProgram) -> None:
    client = program(new_holder())
    for address in (
        f"/v1/movements?limit={number}",
        f"/v1/fee_quote?kind=transfer&currency=USD&amount={number}",
    ):
        answer = client.get(address.replace("+", "%2B").replace(" ", "%20"))
        assert (answer.status, answer.code) == (422, "invalid_request"), address
