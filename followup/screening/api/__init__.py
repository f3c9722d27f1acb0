from followup.screening.api import screening

urlpatterns = [*screening.urlpatterns]
