"""What ORM calls cannot say: locks by key, and the revision of an encounter."""

import hashlib
from collections.abc import Iterable

from django.db import connection
from django.db.models import BigIntegerField, Func

from kernel.tenancy import bound_schema


class CurrentTransaction(Func):
    """The id of the present transaction as a bigint: what `Encounter.revision` is set to.

    A clock or a sequence is drawn before the commit, so a reader could pass a slow writer's number before that
    writer commits, and never come back. A transaction id can be held against `pg_snapshot_xmin`: everything below
    it has ended, everything else will be met by the next run (followup.screening).
    """

    template = "pg_current_xact_id()::text::bigint"
    output_field = BigIntegerField()


def lock_keys(keys: Iterable[str]) -> None:
    """Hold these names until the transaction ends, so that two first messages of one person make one person.

    In one order for everybody, or two messages that share two names could wait for each other.
    """
    schema = bound_schema()
    numbers = sorted(
        int.from_bytes(
            hashlib.blake2b(f"{schema}|records|{key}".encode(), digest_size=8).digest(), signed=True
        )
        for key in set(keys)
    )
    if not numbers:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers])
