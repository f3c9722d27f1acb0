"""The criteria of a programme version: a small validated grammar, kept as data (vocabulary.py has its words).

`{all: […]} | {any: […]} | {not: …} | {field, op, value, within_days?}`. Two-valued: a leaf about a fact that is not
recorded is false, and `not_in` and `not` of it are true, in SQL (screening.compiler) and in Python (screening.oracle)
alike.
"""

from followup.programmes.criteria.describe import describe, sentence_of
from followup.programmes.criteria.grammar import CriteriaFault, parse_criteria, validate
from followup.programmes.criteria.nodes import AllOf, AnyOf, Leaf, Node, Not, leaves_of
from followup.programmes.criteria.vocabulary import vocabulary
from followup.programmes.criteria.warnings import find_warnings

__all__ = [
    "AllOf",
    "AnyOf",
    "CriteriaFault",
    "Leaf",
    "Node",
    "Not",
    "describe",
    "find_warnings",
    "leaves_of",
    "parse_criteria",
    "sentence_of",
    "validate",
    "vocabulary",
]
