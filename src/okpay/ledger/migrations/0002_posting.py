"""The posting function, and the guards around the tables."""

from django.db import migrations

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_tables"), ("base", "0001_clock")]
    operations = [
        run_sql_file("okpay.ledger", "known"),
        run_sql_file("okpay.ledger", "post_plain"),
        run_sql_file("okpay.ledger", "post"),
        run_sql_file("okpay.ledger", "guards"),
    ]
