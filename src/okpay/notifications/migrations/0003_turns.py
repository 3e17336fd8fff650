"""What somebody waits for, or what protects them, is sent before the news."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_invitations")]

    operations = [
        migrations.AddField(
            model_name="deliveryrow", name="turn", field=models.SmallIntegerField(db_default=0)
        ),
        migrations.RemoveIndex(model_name="deliveryrow", name="notifications_delivery_due"),
        migrations.AddIndex(
            model_name="deliveryrow",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)),
                fields=["channel", "turn", "next_at", "id"],
                name="notifications_delivery_due",
            ),
        ),
    ]
