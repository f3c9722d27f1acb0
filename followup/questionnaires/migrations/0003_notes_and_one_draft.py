from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('questionnaires', '0002_governance'),
    ]

    operations = [
        migrations.AddField(
            model_name='questionnaireversion',
            name='updated_by_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='note',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddConstraint(
            model_name='questionnaireversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'reviewed'])), fields=('questionnaire',), name='questionnaires_one_draft'),
        ),
    ]
