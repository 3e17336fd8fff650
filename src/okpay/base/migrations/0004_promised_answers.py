"""An answer that came as the key had promised needs no row of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0003_cache"),
    ]

    operations = [
        migrations.AddField("idempotencykey", "promised", models.UUIDField(null=True)),
    ]
