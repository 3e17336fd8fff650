"""Know a call that is under way, and find top-ups by their time."""

from django.db import migrations, models

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("funding", "0001_tables")]

    operations = [
        migrations.AddField("topup", "is_called", models.BooleanField(default=False)),
        migrations.AddIndex("topup", models.Index(fields=["created_at"], name="funding_top_up_made")),
        run_sql_file("okpay.funding", "call_privileges", migrations.RunSQL.noop),
    ]
