"""Writes of the stored divisions."""

from divisions.services.importing import CHANGED, apply_import, discard_import, preview_import
from divisions.services.storing import (
    SEED_AS_OF,
    SEED_SOURCE,
    SEEDS,
    ImportReport,
    import_divisions,
    import_seed,
    read_seed_rows,
)

__all__ = [
    "CHANGED",
    "SEEDS",
    "SEED_AS_OF",
    "SEED_SOURCE",
    "ImportReport",
    "apply_import",
    "discard_import",
    "import_divisions",
    "import_seed",
    "preview_import",
    "read_seed_rows",
]
