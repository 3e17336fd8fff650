"""The invitations that went out, counted by address."""

from django.db import migrations, models

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="InvitationRow",
            fields=[
                ("about_id", models.UUIDField(primary_key=True, serialize=False)),
                ("address_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "notifications_invitation",
                "indexes": [
                    models.Index(fields=["address_hash", "at"], name="notifications_invitation_count"),
                    models.Index(fields=["at"], name="notifications_invitation_old"),
                ],
            },
        ),
        run_sql_file("okpay.notifications", "privileges", migrations.RunSQL.noop),
    ]
