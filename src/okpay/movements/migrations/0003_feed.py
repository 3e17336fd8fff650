"""What happened to a customer's movements, in a table that is read by customer."""

from django.db import migrations, models

from okpay.base.database import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("movements", "0002_on_its_way")]

    operations = [
        migrations.CreateModel(
            name="FeedEvent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id",
                        "at",
                        "event_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("customer_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("event_id", models.UUIDField()),
                ("movement_id", models.UUIDField()),
                ("state", models.SmallIntegerField()),
                ("reason", models.CharField(max_length=40)),
            ],
            options={"db_table": "movements_feed"},
        ),
        run_sql_file("okpay.movements", "feed_privileges", reverse=""),
    ]
