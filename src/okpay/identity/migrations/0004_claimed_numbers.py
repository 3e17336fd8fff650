"""Numbers are looked up whether they are proven or not: whoever sends to one asks whether anybody claims it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_api_keys"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="phone", index=models.Index(fields=["number"], name="identity_phone_number")
        ),
    ]
