"""Reads of the stored divisions and of what was imported."""

from divisions.selectors.imports import get_import, list_imports
from divisions.selectors.lists import (
    build_gazetteer,
    children_of,
    county_tree,
    divisions_inside,
    get_division,
    path_codes,
    path_names,
    stored_rows,
)

__all__ = [
    "build_gazetteer",
    "children_of",
    "county_tree",
    "divisions_inside",
    "get_division",
    "get_import",
    "list_imports",
    "path_codes",
    "path_names",
    "stored_rows",
]
