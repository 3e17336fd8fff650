"""Idempotency keys, the outbox and the audit trail, with what the running program may do to them."""

from django.db import migrations, models

from okpay.base.database import named_sql, run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0001_clock"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotencyAnswer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "principal", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("principal", models.UUIDField()),
                ("key", models.CharField(max_length=255)),
                ("answer", models.TextField()),
            ],
            options={
                "db_table": "base_idempotency_answer",
            },
        ),
        migrations.CreateModel(
            name="AuditRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("actor", models.CharField(max_length=120)),
                ("action", models.CharField(max_length=80)),
                ("subject", models.CharField(max_length=120)),
                ("happened_at", models.DateTimeField()),
                ("reason", models.TextField(default="")),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "base_audit",
                "indexes": [models.Index(fields=["subject", "id"], name="base_audit_by_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("actor", ""), _negated=True),
                            models.Q(("action", ""), _negated=True),
                            models.Q(("subject", ""), _negated=True),
                        ),
                        name="base_audit_names_all",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "principal", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("principal", models.UUIDField()),
                ("key", models.CharField(max_length=255)),
                ("operation", models.CharField(max_length=80)),
                ("body_hash", models.BinaryField(max_length=32)),
                ("claimed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "base_idempotency_key",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("key", ""), _negated=True), name="base_idempotency_key_not_empty"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxDelivery",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "listener", "event_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("listener", models.CharField(max_length=80)),
                ("event_id", models.UUIDField()),
                ("failures", models.IntegerField(default=0)),
                ("last_error", models.CharField(default="", max_length=200)),
                ("due_at", models.DateTimeField()),
            ],
            options={
                "db_table": "base_outbox_delivery",
                "indexes": [models.Index(fields=["listener", "due_at"], name="base_outbox_delivery_due")],
            },
        ),
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("type", models.CharField(max_length=80)),
                ("version", models.SmallIntegerField()),
                ("occurred_at", models.DateTimeField()),
                ("subject", models.UUIDField()),
                ("data", models.JSONField()),
                ("distributed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "base_outbox_event",
                "indexes": [
                    models.Index(
                        condition=models.Q(("distributed_at__isnull", True)),
                        fields=["id"],
                        name="base_outbox_event_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)), name="base_outbox_event_version"
                    )
                ],
            },
        ),
        run_sql_file("okpay.base", "privileges", named_sql("okpay.base", "restore_privileges")),
    ]
