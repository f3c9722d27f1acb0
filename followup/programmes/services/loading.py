from datetime import date

from django.db import transaction

from access.actor import Actor
from followup.programmes.enums import VersionState
from followup.programmes.library import read_library
from followup.programmes.services.versions import activate_version, save_version, sign_version
from kernel import clock


@transaction.atomic
def load_library(*, actor: Actor, signer_name: str, starts_on: date | None = None) -> dict[str, int]:
    """Bring the shipped programmes and their questionnaires into the tenant, signed and active; key → version id.

    Safe to repeat: unchanged content keeps its version, and what the tenant paused or retired stays so. Discharges
    before `starts_on` (default: today) are not enrolled.
    """
    from followup.questionnaires.services import load_documents

    forms = load_documents(
        documents=list(read_library("questionnaires")), signed_by_name=signer_name, actor=actor
    )
    loaded: dict[str, int] = {}
    for document in read_library("programmes"):
        version = save_version(
            actor=actor, document=document, starts_on=starts_on or clock.today(), questionnaires=forms
        )
        if version.state == VersionState.DRAFT:
            sign_version(actor=actor, version_id=version.pk, signer_name=signer_name)
            activate_version(actor=actor, version_id=version.pk)
        loaded[document["key"]] = version.pk
    return loaded
