"""The posting function again, for books that were opened with an earlier one: the same decisions, with less work."""

from django.db import migrations

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_posting")]
    operations = [
        run_sql_file("okpay.ledger", "post_plain"),
        run_sql_file("okpay.ledger", "post"),
    ]
