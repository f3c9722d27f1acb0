from community.catchments.api import areas, changes, contracts, rosters

urlpatterns = [*areas.urlpatterns, *contracts.urlpatterns, *rosters.urlpatterns, *changes.urlpatterns]
