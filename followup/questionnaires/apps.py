from django.apps import AppConfig


class QuestionnairesConfig(AppConfig):
    name = "followup.questionnaires"
