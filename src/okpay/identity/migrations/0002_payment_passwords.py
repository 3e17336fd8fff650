"""The tables of payment passwords and confirmations, with what the running program may do to them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentConfirmation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("binding", models.BinaryField(max_length=32)),
                ("confirmed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "identity_payment_confirmation",
                "indexes": [
                    models.Index(fields=["expires_at"], name="identity_confirmation_expires"),
                    models.Index(
                        condition=models.Q(("used_at", None)),
                        fields=["user_id"],
                        name="identity_confirmation_unused",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("confirmed_at"))),
                        name="identity_confirmation_lasts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentPassword",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("digits_hash", models.CharField(max_length=128)),
                ("times_set", models.IntegerField()),
                ("set_at", models.DateTimeField()),
                ("wrong_count", models.SmallIntegerField()),
                ("blocked_until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "identity_payment_password",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("times_set__gte", 1), ("wrong_count__gte", 0)),
                        name="identity_payment_password_counts",
                    )
                ],
            },
        ),
        run_sql_file("okpay.identity", "privileges", migrations.RunSQL.noop),
    ]
