from community.handover.api import agreements, cases

urlpatterns = [*agreements.urlpatterns, *cases.urlpatterns]
