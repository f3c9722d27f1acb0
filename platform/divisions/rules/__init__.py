"""Pure rules of lists: reading a file, checking it, comparing it with what is stored."""

from divisions.rules.checking import MAX_PROBLEMS, check_rows
from divisions.rules.comparing import Change, Comparison, compare_rows
from divisions.rules.kinds import KIND_WORDS, kind_of
from divisions.rules.reading import MAX_BYTES, MAX_ROWS, read_list
from divisions.rules.rows import DivisionRow, Problem, StoredRow

__all__ = [
    "KIND_WORDS",
    "MAX_BYTES",
    "MAX_PROBLEMS",
    "MAX_ROWS",
    "Change",
    "Comparison",
    "DivisionRow",
    "Problem",
    "StoredRow",
    "check_rows",
    "compare_rows",
    "kind_of",
    "read_list",
]
