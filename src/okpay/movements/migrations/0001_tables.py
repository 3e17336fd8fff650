"""The tables of movements, with what the running program may do to them."""

from django.db import migrations, models

import okpay.base.fields
from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "movement_id",
                        "sequence",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("movement_id", models.UUIDField()),
                ("sequence", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                ("state", models.SmallIntegerField()),
                ("reason", models.CharField(max_length=40)),
                ("turn", models.CharField(max_length=10)),
            ],
            options={
                "db_table": "movements_event",
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id",
                        "at",
                        "movement_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("customer_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("movement_id", models.UUIDField()),
                ("amount_minor", models.BigIntegerField()),
                ("kind", models.SmallIntegerField()),
                ("sign", models.SmallIntegerField()),
                ("currency", okpay.base.fields.CurrencyField(max_length=3)),
                ("counterparty", models.CharField(max_length=254)),
                ("search", models.TextField()),
            ],
            options={
                "db_table": "movements_line",
            },
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("amount_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("deadline_at", models.DateTimeField(null=True)),
                ("payer_id", models.UUIDField(null=True)),
                ("payee_id", models.UUIDField(null=True)),
                ("payee_key", models.UUIDField()),
                ("kind", models.SmallIntegerField()),
                ("state", models.SmallIntegerField()),
                ("events", models.SmallIntegerField()),
                ("currency", okpay.base.fields.CurrencyField(max_length=3)),
                ("reason", models.CharField(max_length=40)),
                ("turn", models.CharField(max_length=10)),
                ("next_step", models.CharField(max_length=40)),
                ("note", models.CharField(max_length=140)),
            ],
            options={
                "db_table": "movements_movement",
                "indexes": [
                    models.Index(
                        condition=models.Q(("payer_id__isnull", False)),
                        fields=["payer_id", "payee_key", "created_at"],
                        name="movements_movement_to_payee",
                    ),
                    models.Index(
                        condition=models.Q(("state__lt", 10)),
                        fields=["deadline_at"],
                        name="movements_movement_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__gte", 10), ("deadline_at__isnull", False), _connector="OR"
                        ),
                        name="movements_movement_pending_says_when",
                    )
                ],
            },
        ),
        run_sql_file("okpay.movements", "privileges", migrations.RunSQL.noop),
    ]
