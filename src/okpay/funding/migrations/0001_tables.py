"""The tables of funding, with what the running program may do to them."""

from django.db import migrations, models

import okpay.base.fields
from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Card",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("customer_id", models.UUIDField()),
                ("token", models.BinaryField()),
                ("brand", models.CharField(max_length=20)),
                ("last4", models.CharField(max_length=4)),
                ("expires_on", models.DateField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "funding_card",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("customer_id", "fingerprint"),
                        name="funding_card_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last4__regex", "^[0-9]{4}$")), name="funding_card_last4"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CardPage",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("customer_id", models.UUIDField()),
                ("session_id", models.CharField(max_length=255)),
                ("opened_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "funding_card_page",
                "indexes": [models.Index(fields=["opened_at"], name="funding_card_page_old")],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("customer_id", models.UUIDField()),
                ("card_id", models.UUIDField()),
                ("currency", okpay.base.fields.CurrencyField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "funding_draft",
                "indexes": [models.Index(fields=["created_at"], name="funding_draft_old")],
            },
        ),
        migrations.CreateModel(
            name="TopUp",
            fields=[
                ("movement_id", models.UUIDField(primary_key=True, serialize=False)),
                ("customer_id", models.UUIDField()),
                ("card_id", models.UUIDField()),
                ("currency", okpay.base.fields.CurrencyField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("charge_id", models.CharField(default="", max_length=255)),
                ("tries", models.IntegerField(default=0)),
                ("first_called_at", models.DateTimeField(null=True)),
                ("may_be_charged", models.BooleanField(default=False)),
                ("due_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "funding_top_up",
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["due_at"],
                        name="funding_top_up_due",
                    ),
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["customer_id"],
                        name="funding_top_up_open",
                    ),
                ],
            },
        ),
        run_sql_file("okpay.funding", "privileges", migrations.RunSQL.noop),
    ]
