from followup.questionnaires.api import exchange, licences, questionnaires, versions

urlpatterns = [
    *exchange.urlpatterns,  # /questionnaires/import before /questionnaires/{id}
    *questionnaires.urlpatterns,
    *versions.urlpatterns,
    *licences.urlpatterns,
]
