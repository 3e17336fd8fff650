"""A mailed code as the second step of signing in, for whoever wants it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_confirmed_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="user", name="mailed_code", field=models.BooleanField(db_default=False)
        ),
    ]
