"""The table of customers, with what the running program may do to it."""

from django.db import migrations, models

import okpay.base.fields
from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("kind", models.SmallIntegerField()),
                ("country", okpay.base.fields.CountryField(max_length=2)),
                ("level", models.SmallIntegerField()),
                ("send_subject_id", models.BigIntegerField()),
                ("receive_subject_id", models.BigIntegerField()),
                ("top_up_subject_id", models.BigIntegerField()),
                ("withdraw_subject_id", models.BigIntegerField()),
                ("opened_at", models.DateTimeField()),
            ],
            options={
                "db_table": "customers_customer",
                "constraints": [
                    models.UniqueConstraint(fields=("user_id",), name="customers_customer_one_a_user"),
                    models.UniqueConstraint(fields=("send_subject_id",), name="customers_customer_own_send"),
                    models.UniqueConstraint(
                        fields=("receive_subject_id",), name="customers_customer_own_receive"
                    ),
                    models.UniqueConstraint(
                        fields=("top_up_subject_id",), name="customers_customer_own_top_up"
                    ),
                    models.UniqueConstraint(
                        fields=("withdraw_subject_id",), name="customers_customer_own_withdraw"
                    ),
                    models.CheckConstraint(condition=models.Q(("kind", 1)), name="customers_customer_kind"),
                    models.CheckConstraint(
                        condition=models.Q(("level__gte", 0), ("level__lte", 3)),
                        name="customers_customer_level",
                    ),
                ],
            },
        ),
        run_sql_file("okpay.customers", "privileges", migrations.RunSQL.noop),
    ]
