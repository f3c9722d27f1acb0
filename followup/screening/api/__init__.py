from followup.screening.api import questions, runs

urlpatterns = [*runs.urlpatterns, *questions.urlpatterns]
