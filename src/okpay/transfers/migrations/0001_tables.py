"""The tables of transfers, with what the running program may do to them."""

from django.db import migrations, models

import okpay.base.fields
from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id",
                        "address_kind",
                        "address",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("customer_id", models.UUIDField()),
                ("address_kind", models.CharField(max_length=5)),
                ("address", models.CharField(max_length=254)),
                ("payee_key", models.UUIDField()),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "db_table": "transfers_contact",
            },
        ),
        migrations.CreateModel(
            name="Lookup",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id",
                        "recipient_key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("customer_id", models.UUIDField()),
                ("recipient_key", models.UUIDField()),
                ("looked_up_on", models.DateField()),
            ],
            options={
                "db_table": "transfers_lookup",
            },
        ),
        migrations.CreateModel(
            name="LookupDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id", "day_on", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("customer_id", models.UUIDField()),
                ("day_on", models.DateField()),
                ("addresses", models.SmallIntegerField()),
            ],
            options={
                "db_table": "transfers_lookup_day",
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("customer_id", models.UUIDField()),
                ("address_kind", models.CharField(max_length=5)),
                ("address", models.CharField(max_length=254)),
                ("currency", okpay.base.fields.CurrencyField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("note", models.CharField(max_length=140)),
                ("delay_hours", models.SmallIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "transfers_draft",
                "indexes": [models.Index(fields=["created_at"], name="transfers_draft_old")],
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("movement_id", models.UUIDField(primary_key=True, serialize=False)),
                ("address_kind", models.CharField(max_length=5)),
                ("address", models.CharField(max_length=254)),
                ("held_maturing_minor", models.BigIntegerField()),
                ("held_available_minor", models.BigIntegerField()),
                ("expires_at", models.DateTimeField()),
                ("arrives_at", models.DateTimeField(null=True)),
                ("check_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "transfers_waiting",
                "indexes": [
                    models.Index(fields=["check_at"], name="transfers_waiting_check"),
                    models.Index(fields=["expires_at"], name="transfers_waiting_expiry"),
                    models.Index(fields=["address"], name="transfers_waiting_address"),
                ],
            },
        ),
        run_sql_file("okpay.transfers", "privileges", migrations.RunSQL.noop),
    ]
