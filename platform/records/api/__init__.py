from records.api import marks, patients

urlpatterns = [*patients.urlpatterns, *marks.urlpatterns]
