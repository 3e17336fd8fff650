"""The inbox, and the deliveries on their way out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DeliveryRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=8)),
                ("user_id", models.UUIDField(null=True)),
                ("template", models.CharField(max_length=60)),
                ("language", models.CharField(max_length=16)),
                ("recipient", models.BinaryField()),
                ("data", models.BinaryField(null=True)),
                ("state", models.CharField(default="queued", max_length=16)),
                ("attempts", models.IntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("give_up_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("error", models.CharField(default="", max_length=60)),
            ],
            options={
                "db_table": "notifications_delivery",
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["channel", "next_at", "id"],
                        name="notifications_delivery_due",
                    ),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False)),
                        fields=["finished_at"],
                        name="notifications_delivery_old",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["mail", "sms"])),
                        name="notifications_delivery_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("data__isnull", False),
                                ("finished_at__isnull", True),
                                ("state__in", ["queued", "sending", "unknown"]),
                            ),
                            models.Q(
                                ("data__isnull", True),
                                ("finished_at__isnull", False),
                                ("state__in", ["sent", "refused", "given_up"]),
                            ),
                            _connector="OR",
                        ),
                        name="notifications_delivery_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("code", models.CharField(max_length=60)),
                ("data", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "notifications_notice",
                "indexes": [
                    models.Index(fields=["user_id", "id"], name="notifications_notice_inbox"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["user_id", "id"],
                        name="notifications_notice_unread",
                    ),
                ],
            },
        ),
    ]
