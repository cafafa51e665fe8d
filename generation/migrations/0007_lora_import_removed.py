from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0006_pace_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='loraimport',
            name='removed',
            field=models.BooleanField(default=False, editable=False, verbose_name='taken off the list'),
        ),
    ]
