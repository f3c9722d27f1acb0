from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('education', '0002_editors_and_one_open_draft'),
    ]

    operations = [
        migrations.AddField(
            model_name='educationcardversion',
            name='note',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='educationcardversion',
            name='specialty',
            field=models.CharField(max_length=40, null=True),
        ),
    ]
