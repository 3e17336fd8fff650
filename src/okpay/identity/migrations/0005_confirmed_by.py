"""Movements are confirmed with passkeys and codes of an app, too; those before were with the payment password."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0004_claimed_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="paymentconfirmation",
            name="method",
            field=models.CharField(db_default="payment_password", max_length=20),
        ),
        migrations.AddConstraint(
            model_name="paymentconfirmation",
            constraint=models.CheckConstraint(
                condition=models.Q(("method__in", ["payment_password", "passkey", "app"])),
                name="identity_confirmation_method",
            ),
        ),
    ]
