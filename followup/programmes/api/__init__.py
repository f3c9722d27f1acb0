from followup.programmes.api import programmes

urlpatterns = [*programmes.urlpatterns]
