"""Whatever waits is looked at some day, at the latest when its deadline has come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transfers", "0001_tables"),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE transfers_waiting SET check_at = expires_at WHERE check_at IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("waiting", "check_at", models.DateTimeField()),
    ]
