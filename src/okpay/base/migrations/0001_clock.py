"""The test clock and the booking time."""

from django.db import migrations

from okpay.base.database import named_sql, run_sql_file


class Migration(migrations.Migration):
    dependencies = []
    operations = [run_sql_file("okpay.base", "clock", named_sql("okpay.base", "drop_clock"))]
