"""The cache that all processes share."""

from django.db import migrations

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("base", "0002_tables")]
    operations = [run_sql_file("okpay.base", "cache", "DROP TABLE base_cache")]
