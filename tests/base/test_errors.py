"""Codes are stable, belong to one class each, and can all be listed."""

import pytest

from okpay.base import errors
from okpay.base.errors import BrokenInvariant, InvalidInput, Refusal, Unavailable, every_code


def test_every_code_is_listed_with_its_class() -> None:
    codes = every_code()
    assert codes["overloaded"] is Unavailable
    assert list(codes) == sorted(codes)


@pytest.fixture(autouse=True)
def _forget_codes_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another test asks the doors for a sentence for every code there is.
    monkeypatch.setattr(errors, "_owners", dict(errors._owners))


def test_an_error_carries_code_field_and_data() -> None:
    class Overdrawn(Refusal):
        codes = frozenset({"test_overdrawn"})

    refusal = Overdrawn("test_overdrawn", missing_minor=5)
    assert (refusal.code, refusal.data) == ("test_overdrawn", {"missing_minor": 5})
    assert every_code()["test_overdrawn"] is Overdrawn
    assert Unavailable("overloaded", retry_after_seconds=3).retry_after_seconds == 3


def test_a_code_that_is_not_listed_is_our_own_mistake() -> None:
    with pytest.raises(BrokenInvariant, match="does not list"):
        Refusal("whatever")


def test_two_classes_never_share_a_code_and_codes_are_snake_case() -> None:
    with pytest.raises(BrokenInvariant, match="belongs to"):
        type("Rival", (InvalidInput,), {"codes": frozenset({"overloaded"}), "__module__": __name__})
    with pytest.raises(BrokenInvariant, match="snake_case"):
        type("Loud", (InvalidInput,), {"codes": frozenset({"TooLoud"}), "__module__": __name__})
