"""The database that the tests run on is the real one, under the role of the running program."""

from django.db import connection


def test_tests_connect_as_the_running_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('plan_cache_mode')")
        assert cursor.fetchone() == ("okpay_app", "force_generic_plan")
