"""What is announced of a maintenance, in the row that says whether there is one."""

from django.db import migrations, models
from django.db.models import Q

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_posting_by_place")]
    operations = [
        migrations.AddField("mode", "since", models.DateTimeField(null=True)),
        migrations.AddField("mode", "until", models.DateTimeField(null=True)),
        migrations.AddField("mode", "message", models.CharField(max_length=280, db_default="")),
        migrations.AddField("mode", "message_zh", models.CharField(max_length=280, db_default="")),
        # A ledger that is in maintenance now has been since some time that nobody wrote down.
        migrations.RunSQL("UPDATE ledger_mode SET since = clock_timestamp() WHERE holds_only"),
        migrations.AddConstraint(
            "mode",
            models.CheckConstraint(
                name="ledger_mode_since_while_on",
                condition=Q(holds_only=True, since__isnull=False)
                | Q(holds_only=False, since__isnull=True, until__isnull=True),
            ),
        ),
        run_sql_file("okpay.ledger", "announce"),
    ]
