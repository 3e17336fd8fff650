"""`okpay demo` and `okpay staff`: people whom the operator vouches for."""

from __future__ import annotations

import pytest

from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.main import build_parser
from okpay.identity import queries as people
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.factories.people import unique_email


def run(*words: str) -> int:
    """Run a command without starting another database: the tests have one."""
    arguments = build_parser().parse_args(words)
    return int(arguments.run(arguments))


def test_the_demo_makes_two_people_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("demo") == 0
    assert run("demo") == 0
    said = capsys.readouterr().out
    assert said.count("was there already") >= 2
    sign_in(browser(), "anna@example.com", "seven quiet herons at noon")
    sign_in(browser(), "+12025550101", "七只安静的苍鹭在正午飞")


def test_the_demo_is_for_trials_only(settings: pytest.FixtureRequest) -> None:
    settings.TRIAL = False  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="for trials only"):
        run("demo")


def test_staff_sign_in_with_the_password_that_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    email = unique_email("staff")
    assert run("staff", "add", email, "Sam Porter") == 0
    password = capsys.readouterr().out.split("the password ")[1].split()[0]
    user = people.user_of_email(email)
    assert user is not None
    assert user.is_staff
    assert user.check_password(password)
    run("staff", "list")
    assert email in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("nobody", "Sam"), ("twice@example.com", ""), ("anna@example.com\r\nx", "Sam")]
)
def test_what_cannot_be_kept_is_said(words: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        run("staff", "add", *words)
