"""The table of wallets, with what the running program may do to it."""

from django.db import migrations, models

import okpay.base.fields
from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Wallet",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("owner_id", models.UUIDField()),
                ("currency", okpay.base.fields.CurrencyField(max_length=3)),
                ("available_account_id", models.BigIntegerField()),
                ("maturing_account_id", models.BigIntegerField()),
                ("opened_at", models.DateTimeField()),
            ],
            options={
                "db_table": "wallets_wallet",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner_id", "currency"), name="wallets_wallet_one_a_currency"
                    ),
                    models.UniqueConstraint(
                        fields=("available_account_id",), name="wallets_wallet_own_available"
                    ),
                    models.UniqueConstraint(
                        fields=("maturing_account_id",), name="wallets_wallet_own_maturing"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("available_account_id", models.F("maturing_account_id")), _negated=True
                        ),
                        name="wallets_wallet_two_accounts",
                    ),
                ],
            },
        ),
        run_sql_file("okpay.wallets", "privileges", migrations.RunSQL.noop),
    ]
