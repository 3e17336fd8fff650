from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("movements", "0001_tables"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(
                condition=models.Q(("state__lt", 10), ("payee_id__isnull", False)),
                fields=["payee_id"],
                name="movements_movement_on_its_way",
            ),
        ),
    ]
