from followup.worklist.api.escalations import urlpatterns as _escalations
from followup.worklist.api.recordings import urlpatterns as _recordings
from followup.worklist.api.tasks import urlpatterns as _tasks
from followup.worklist.api.workbench import urlpatterns as _workbench

urlpatterns = [*_workbench, *_tasks, *_recordings, *_escalations]
