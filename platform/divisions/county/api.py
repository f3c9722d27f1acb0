"""The public host: a bureau keeps the list of its county, with a function of its own."""

from divisions.api import DivisionImportViewSet, DivisionTreeViewSet, import_routes
from divisions.policy import COUNTY_DIVISIONS_IMPORT


class CountyTreeViewSet(DivisionTreeViewSet):
    """The bureau's county with its townships and villages in one answer."""

    functions = {"retrieve": COUNTY_DIVISIONS_IMPORT}


class CountyImportViewSet(DivisionImportViewSet):
    """Lists of the bureau's county: previewed, applied as previewed, or discarded."""

    functions = dict.fromkeys(DivisionImportViewSet.functions, COUNTY_DIVISIONS_IMPORT)


urlpatterns = import_routes(CountyTreeViewSet, CountyImportViewSet)
