"""When money from cards matures."""

from django.db import migrations, models

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("wallets", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="MaturingLot",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("maturing_account_id", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("matures_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
            ],
            options={
                "db_table": "wallets_maturing_lot",
                "indexes": [
                    models.Index(fields=["due_at"], name="wallets_maturing_lot_due"),
                    models.Index(
                        fields=["maturing_account_id", "matures_at"], name="wallets_maturing_lot_account"
                    ),
                ],
            },
        ),
        run_sql_file("okpay.wallets", "privileges_lots", migrations.RunSQL.noop),
    ]
