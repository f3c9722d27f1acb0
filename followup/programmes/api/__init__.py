from followup.programmes.api import enrolments, programmes, versions

urlpatterns = [*programmes.urlpatterns, *versions.urlpatterns, *enrolments.urlpatterns]
