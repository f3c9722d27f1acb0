"""The tenant's word that it may use a protected scale."""

import re
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q

from access.actor import Actor
from followup.questionnaires.errors import LicenceStands, WrongState
from followup.questionnaires.models import ScaleLicence
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from trail.services import record

_SCALE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


@transaction.atomic
def state_licence(
    *, actor: Actor, scale: str, holder: str, licence_no: str, valid_until: date | None = None
) -> int:
    """Returns the licence's id; one that has run out is replaced. Raises InvalidInput, LicenceStands."""
    now, today = clock.now(), clock.today()
    if _SCALE.fullmatch(scale) is None:
        raise InvalidInput.at(
            "/scale", "identifier", "量表编号以小写字母开头，只用小写字母、数字和下划线，最多 40 个"
        )
    if valid_until is not None and valid_until < today:
        raise InvalidInput.at("/valid_until", "past", "授权已过期，请填写今后的日期，长期有效的请留空")
    standing = ScaleLicence.objects.select_for_update().filter(scale=scale, revoked_at=None)
    if standing.filter(Q(valid_until=None) | Q(valid_until__gte=today)).exists():
        raise LicenceStands()
    standing.update(revoked_at=now)
    try:
        with transaction.atomic():
            licence = ScaleLicence.objects.create(
                scale=scale, holder=holder, licence_no=licence_no, valid_until=valid_until,
                stated_by_name=actor.name, stated_at=now,
            )  # fmt: skip
    except IntegrityError as error:  # two people stated it at once
        raise LicenceStands() from error
    _note(actor, "stated", licence)
    return licence.pk


@transaction.atomic
def revoke_licence(*, actor: Actor, licence_id: int) -> None:
    """The scale disappears from the library; what runs with it goes on. Raises NotFound, WrongState."""
    licence = ScaleLicence.objects.select_for_update().filter(pk=licence_id).first()
    if licence is None:
        raise NotFound()
    if licence.revoked_at is not None:
        raise WrongState("这份授权已撤销")
    licence.revoked_at = clock.now()
    licence.save(update_fields=["revoked_at"])
    _note(actor, "revoked", licence)


def _note(actor: Actor, act: str, licence: ScaleLicence) -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"questionnaires.licence.{act}",
        object_type="scale_licence", object_id=licence.pk, scale=licence.scale,
    )  # fmt: skip
