from datetime import timedelta

from files import framing, store
from files.contracts import FilePart
from files.errors import RangeNotSatisfiable
from files.models import StoredFile
from kernel import clock
from kernel.crypto import decrypt_bytes
from kernel.errors import NotFound
from kernel.tenancy import bound_schema

# An upload that is still running has an object and no row yet.
_ORPHAN_AGE = timedelta(hours=24)
_LOOK_UP = 500


def get_file(file_id: int) -> StoredFile:
    """Raises NotFound. The caller has checked that the actor may see it."""
    file = StoredFile.objects.filter(pk=file_id).first()
    if file is None:
        raise NotFound()
    return file


def read_range(file: StoredFile, start: int = 0, end: int | None = None) -> FilePart:
    """Plain bytes `start` to `end` (both included; default: to the last), reading only the chunks they lie
    in.

    The key is opened and the request sent now; the body needs no tenant to be bound. Raises
    RangeNotSatisfiable, FileDamaged (also while the body is read), StoreUnavailable.
    """
    last = file.size - 1 if end is None else min(end, file.size - 1)
    if not 0 <= start <= last:
        raise RangeNotSatisfiable()
    key = framing.FileKey.unpack(decrypt_bytes(file.wrapped_key))
    span = framing.plan_span(size=file.size, chunk_size=file.chunk_size, start=start, end=last)
    parts = store.get_range(file.object_key, span.sealed_start, span.sealed_end)
    body = framing.open_span(parts, key, span, chunk_size=file.chunk_size)
    return FilePart(file.content_type, file.size, start, last, body)


def list_orphans(*, older_than: timedelta = _ORPHAN_AGE) -> list[str]:
    """Object keys of the bound tenant that no row knows: left by a crash between the store and the
    database.
    """
    before = clock.now() - older_than
    keys = [key for key, written in store.list_objects(f"{bound_schema()}/") if written < before]
    orphans: list[str] = []
    for at in range(0, len(keys), _LOOK_UP):
        some = keys[at : at + _LOOK_UP]
        known = set(StoredFile.objects.filter(object_key__in=some).values_list("object_key", flat=True))
        orphans += [key for key in some if key not in known]
    return orphans
