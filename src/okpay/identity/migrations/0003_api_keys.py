"""The table of API keys, with what the running program may do to it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0002_payment_passwords"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("hint", models.CharField(max_length=20)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43), size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("last_used_from", models.GenericIPAddressField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="clock_timestamp", output_field=models.DateTimeField()
                        )
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "identity_api_key",
                "indexes": [models.Index(fields=["changed_at"], name="identity_api_key_changed")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="identity_api_key_has_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scopes__len__gte", 1), ("scopes__contained_by", ["read", "send", "top_up"])
                        ),
                        name="identity_api_key_scopes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("networks__len__lte", 20)), name="identity_api_key_networks"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at", None), ("expires_at__gt", models.F("created_at")), _connector="OR"
                        ),
                        name="identity_api_key_lasts",
                    ),
                ],
            },
        ),
        run_sql_file("okpay.identity", "api_key_privileges", migrations.RunSQL.noop),
    ]
