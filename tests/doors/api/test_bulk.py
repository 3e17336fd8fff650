"""Lists: one request, a result for each row, and one key for all of it."""

from __future__ import annotations

import uuid

from okpay.doors.api.wire import MOST_ROWS
from tests.doors.api.conftest import NewProgram
from tests.doors.api.programs import transfer_to
from tests.factories.transfers import new_holder, nobody

PATH = "/v1/bulk_transfers"


def test_each_row_has_its_result_in_order(program: NewProgram) -> None:
    anna, ben, carla = new_holder(available_minor=100_00), new_holder(), new_holder()
    rows = [
        transfer_to(ben.email.address, 10_00, note="First"),
        transfer_to(anna.email.address, 1_00),
        transfer_to(carla.email.address, 20_00),
        transfer_to(ben.email.address, 500_00),
        transfer_to(nobody().address, 5_00),
    ]
    answer = program(anna).post(PATH, {"transfers": rows})
    assert (answer.status, answer.json["object"]) == (200, "bulk_transfer")
    first, oneself, third, too_much, waits = answer.json["results"]
    assert (first["transfer"]["state"], first["transfer"]["note"]) == ("completed", "First")
    assert (oneself["error"]["code"], oneself["error"]["status"]) == ("transfer_to_oneself", 422)
    assert third["transfer"]["amount"]["amount"] == 20_00
    assert too_much["error"]["code"] == "funds_missing"
    assert waits["transfer"]["state"] == "pending"
    assert (ben.available, carla.available) == (10_00, 20_00)


def test_the_same_list_again_is_the_same_answer(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client, key = program(anna), str(uuid.uuid4())
    rows = {"transfers": [transfer_to(ben.email.address, 1_00), transfer_to(ben.email.address, 1_000_00)]}
    first = client.post(PATH, rows, key=key)
    again = client.post(PATH, rows, key=key)
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    other = client.post(PATH, {"transfers": [rows["transfers"][0]]}, key=key)
    assert (other.status, other.code) == (422, "key_reused")
    single = client.post("/v1/transfers", rows["transfers"][0], key=key)
    assert single.code == "key_reused"
    assert ben.available == 1_00


def test_a_key_may_be_as_long_as_any(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    rows = {"transfers": [transfer_to(ben.email.address, 1_00)] * 2}
    assert program(anna).post(PATH, rows, key="k" * 255).status == 200
    assert ben.available == 2_00


def test_equal_rows_are_as_many_transfers(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    rows = {"transfers": [transfer_to(ben.email.address, 1_00)] * 3}
    results = program(anna).post(PATH, rows).json["results"]
    assert len({row["transfer"]["id"] for row in results}) == 3
    assert ben.available == 3_00


def test_a_row_that_does_not_fit_refuses_the_list(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    good = transfer_to(ben.email.address, 1_00)
    for bad, pointer in (
        (transfer_to(ben.email.address, 0), "#/transfers/1/amount/amount"),
        (transfer_to("nobody", 1), "#/transfers/1/recipient"),
        ({**good, "extra": 1}, "#/transfers/1"),
        (transfer_to(ben.email.address, 1, currency="KWD"), "#/transfers/1/amount/currency"),
    ):
        answer = program(anna).post(PATH, {"transfers": [good, bad]})
        assert answer.status == 422
        assert answer.json["errors"][0]["pointer"] == pointer
    assert (anna.available, ben.available) == (100_00, 0)


def test_a_thousand_rows_and_no_more(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=1_000_00, level=2), new_holder(level=3)
    row = transfer_to(ben.email.address, 1)
    answer = program(anna).post(PATH, {"transfers": [row] * MOST_ROWS})
    assert answer.status == 200
    sent = [result for result in answer.json["results"] if "transfer" in result]
    assert len(answer.json["results"]) == MOST_ROWS
    assert ben.available == sum(result["transfer"]["state"] == "completed" for result in sent)
    assert program(anna).post(PATH, {"transfers": [row] * (MOST_ROWS + 1)}).code == "invalid_request"
    assert program(anna).post(PATH, {"transfers": []}).code == "invalid_request"
